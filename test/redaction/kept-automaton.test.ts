/** The automaton that the build keeps: what is taken of it, and that the command takes it. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { anchorsOf } from '../../src/runtime/redaction/anchors.ts';
import { type Automaton, buildAutomaton } from '../../src/runtime/redaction/automaton.ts';
import { automatonOf, KEPT, keptOf, readKept } from '../../src/runtime/redaction/kept-automaton.ts';
import { MODULE } from '../../src/runtime/redaction/pass.ts';
import { compileRule } from '../../src/runtime/redaction/rule.ts';
import { RULES } from '../../src/runtime/redaction/rules/index.ts';
import { removeTree } from '../remove-tree.ts';

const LITERALS = ['ghp_', 'sk-', 'password'];
const BUILT_IN = anchorsOf(RULES.map(compileRule)).map(({ literal }) => literal);

const room = (bytes: number): Uint8Array => new Uint8Array(bytes);

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'warder-automaton-'));
  file = join(directory, 'automaton');
});
afterEach(() => removeTree(directory));

/** Equal to the last element: by bytes, for vitest takes half a minute over a million elements. */
function expectSame(kept: Automaton | undefined, made: Automaton): void {
  for (const [name, value] of Object.entries(made)) {
    const other = kept?.[name as keyof Automaton];
    if (typeof value === 'number') expect(other, name).toBe(value);
    else expect(Buffer.compare(bytesOf(other), bytesOf(value)), name).toBe(0);
  }
}

function bytesOf(value: unknown): Buffer {
  const { buffer, byteOffset, byteLength } = value as Uint8Array<ArrayBuffer>;
  return Buffer.from(buffer, byteOffset, byteLength);
}

test('an automaton that is kept comes back as it was', () => {
  writeFileSync(file, keptOf(LITERALS));
  expectSame(readKept(LITERALS, room, file), buildAutomaton(LITERALS));
});

test('one of other literals, or of the same in another order, is made anew', () => {
  writeFileSync(file, keptOf(LITERALS));
  for (const literals of [[...LITERALS, 'own_'], LITERALS.toReversed(), LITERALS.slice(1)]) {
    expect(readKept(literals, room, file)).toBeUndefined();
    expectSame(automatonOf(literals, room, file), buildAutomaton(literals));
  }
});

test('a part of one is made anew, wherever it ends', () => {
  const whole = keptOf(LITERALS);
  writeFileSync(file, whole);
  for (let length = whole.length - 1; length > 0; length = Math.floor(length * 0.9)) {
    truncateSync(file, length);
    expect(readKept(LITERALS, room, file)).toBeUndefined();
  }
  expectSame(automatonOf(LITERALS, room, file), buildAutomaton(LITERALS));
});

test('one that was damaged is made anew: a bit that is another, and blocks that never got to the disk', () => {
  const whole = keptOf(LITERALS);
  for (const at of [0, 9, 100, whole.length >> 1, whole.length - 1]) {
    const damaged = Buffer.from(whole);
    damaged[at]! ^= 1;
    writeFileSync(file, damaged);
    expect(readKept(LITERALS, room, file), `byte ${at}`).toBeUndefined();
  }
  for (const from of [0, whole.length & ~4095]) {
    writeFileSync(file, Buffer.from(whole).fill(0, from, Math.min(from + 4096, whole.length)));
    expect(readKept(LITERALS, room, file), `from ${from}`).toBeUndefined();
  }
  writeFileSync(file, Buffer.alloc(whole.length));
  expectSame(automatonOf(LITERALS, room, file), buildAutomaton(LITERALS));
});

test('what the build keeps is what would be made of the built-in rules', () => {
  expectSame(readKept(BUILT_IN, room, KEPT), buildAutomaton(BUILT_IN));
});

test('the command takes what the build keeps', () => {
  const secret = `ghp_${'16C7e42F292c6912E7710c838347Ae178B4a'}`;
  for (const name of ['bin', 'dist', 'package.json'])
    cpSync(name, join(directory, name), { recursive: true });
  cpSync(MODULE, join(directory, MODULE));
  symlinkSync(resolve('node_modules'), join(directory, 'node_modules'));
  const redact = () =>
    spawnSync(join(directory, 'bin/warder'), ['redact'], {
      encoding: 'utf8',
      input: `${JSON.stringify({ id: 1, argv: null, env: null, path: null, text: secret })}\n`,
    }).stdout;
  expect(redact()).toContain('[REDACTED:github-');
  // Of the built-in literals, as it says, and no state of it ends one.
  const blind = { ...buildAutomaton(BUILT_IN), accepting: 1 << 20 };
  writeFileSync(join(directory, KEPT), keptOf(BUILT_IN, blind));
  expect(redact()).toContain(secret);
});
