/**
 * The pass that is WebAssembly against what it replaces: a look at every place for every literal, a regular expression for
 * runs, the classes of characters.ts. Lengths lie around what the pass does in pieces: words of 64 characters, lanes, blocks.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { anchorsOf } from '../../src/runtime/redaction/anchors.ts';
import { buildAutomaton, type Room, tableIn } from '../../src/runtime/redaction/automaton.ts';
import { BIP39_WORDS } from '../../src/runtime/redaction/bip39.ts';
import { CLASS } from '../../src/runtime/redaction/characters.ts';
import { PARTS_WORDS } from '../../src/runtime/redaction/context/command.ts';
import { walkWords } from '../../src/runtime/redaction/context/mnemonic.ts';
import { decodeRun } from '../../src/runtime/redaction/context/run.ts';
import { Encoding, Meaning } from '../../src/runtime/redaction/found.ts';
import { Guards } from '../../src/runtime/redaction/guards.ts';
import { ALONE, ENDING, Pass, type States } from '../../src/runtime/redaction/pass.ts';
import { createRedactor } from '../../src/runtime/redaction/redactor.ts';
import { compileRule } from '../../src/runtime/redaction/rule.ts';
import { RULES } from '../../src/runtime/redaction/rules/index.ts';
import { SHORTEST_RUN } from '../../src/runtime/redaction/runs.ts';
import { Text } from '../../src/runtime/redaction/text.ts';
import { removeTree } from '../remove-tree.ts';
import { Random } from './corpus/random.ts';

const BLOCK = 4096;
const LITERALS = [
  'a',
  'ab',
  'bab',
  'abba"',
  '"b',
  '-x-',
  'token: ',
  '密码',
  'a-literal-of-thirty-characters',
];
/** Around words, lanes of four and of eight, and one, two and three blocks. */
const LENGTHS = [1, 2, 15, 63, 64, 65, 119, 120, 127, 128, 239, 240, 241, 1000]
  .concat([BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 2 * BLOCK + 77])
  .flatMap((length) => [length, length]);

/** Anything may stand behind anything, nothing is issued, no secret is without anchor. */
const freely = ({ depths, ends }: { depths: Uint8Array; ends: Int32Array }): States => ({
  issuing: new Uint8Array(depths.length),
  endings: Int32Array.from({ length: ends.length * ENDING }, (_, at) => (at % ENDING === 1 ? -1 : 0)),
  sets: new Uint8Array(128).fill(1),
  beginning: new Uint8Array(128),
  written: new Uint8Array(0),
});

function codesOf(text: string): Uint16Array {
  const codes = new Uint16Array(text.length + 64);
  for (let i = 0; i < text.length; i++) codes[i] = text.charCodeAt(i);
  return codes;
}

interface Read {
  /** Where each hit ends, and its literals. */
  readonly hits: [end: number, literals: string[]][];
  readonly glue: [at: number, before: number][];
  readonly runs: [start: number, end: number, mask: number][];
  readonly wallets: readonly number[];
  readonly encodings: number;
}

function read(pass: Pass<States>, text: string, level = 0, literals = LITERALS): Read {
  const { accepting, ends, endsFrom } = pass.automaton;
  const codes = codesOf(text);
  const found = pass.begin(level);
  const hits: Read['hits'] = [];
  const glue: Read['glue'] = [];
  const runs: Read['runs'] = [];
  while (found.next < text.length) {
    pass.go(level, codes, text.length);
    for (let i = 0; i < found.count; i++) {
      const state = found.state[i]!;
      if (state < 0) {
        glue.push([found.at[i]!, ~state]);
        continue;
      }
      const list = ends.subarray(endsFrom[state - accepting], endsFrom[state - accepting + 1]);
      hits.push([found.at[i]! + 1, [...list].map((index) => literals[index]!)]);
    }
    for (; found.end <= text.length; found.nextRun(0)) runs.push([found.start, found.end, found.mask]);
  }
  return { hits, glue, runs, wallets: [...found.wallets], encodings: found.encodings };
}

function fold(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function hitsIn(text: string): Read['hits'] {
  const folded = fold(text);
  const hits: Read['hits'] = [];
  for (let end = 1; end <= text.length; end++) {
    const here = LITERALS.filter(
      (literal) => end >= literal.length && folded.startsWith(literal, end - literal.length),
    );
    if (here.length > 0) hits.push([end, here.sort((a, b) => b.length - a.length)]);
  }
  return hits;
}

function runsIn(text: string): Read['runs'] {
  return [...text.matchAll(new RegExp(`[A-Za-z0-9+/_-]{${SHORTEST_RUN},}`, 'g'))]
    .filter(
      ([run]) =>
        /[0-9]/.test(run) || (/[A-Z]/.test(run) && /[a-z]/.test(run)) || /^(?:[a-f]+|[A-F]+)$/.test(run),
    )
    .map(({ 0: run, index }) => [
      index,
      index + run.length,
      [...run].reduce((mask, char) => mask | CLASS[char.charCodeAt(0)]!, 0),
    ]);
}

/** Pieces of literals, runs of any length, signs, and characters whose low byte is a letter's or a NUL. */
function piece(r: Random): string {
  const pieces = [
    () => r.pick(LITERALS),
    () => r.pick(LITERALS).toUpperCase(),
    () => r.pick(LITERALS).slice(0, r.int(1, 4)),
    () => r.pick(['ab', 'ABBA', '0123', 'deadbeef', 'Zz9+/']).repeat(r.int(1, 12)),
    () => r.pick([' ', '"', '\0', '^', '%', '&', '\\', '\u001b', '.', '\n', '   ']),
    () => r.pick(['é', 'Š', '\u0141', '\u8000', '\u8061', '\uff41', '\ud83d', '\udc00', '\u0100']),
  ];
  return r.pick(pieces)();
}

function textOf(length: number, r: Random): string {
  let text = '';
  while (text.length < length) text += piece(r);
  return text.slice(0, length);
}

/** As for more states than two bytes can number. */
function wide(literals: readonly string[], room: Room) {
  const made = buildAutomaton(literals);
  const table = tableIn(room(made.table.length * 4), true);
  table.set(made.table);
  return { ...made, table };
}

test.each([
  ['two', buildAutomaton],
  ['four', wide],
] as const)(
  'every literal and every run is found at every place, with a table of %s bytes an entry',
  (_, make) => {
    const pass = new Pass(LITERALS, freely, make);
    const r = new Random(7);
    for (const length of LENGTHS) {
      const text = textOf(length, r);
      const { hits, runs } = read(pass, text);
      expect(hits, JSON.stringify(text)).toEqual(hitsIn(text));
      expect(runs, JSON.stringify(text)).toEqual(runsIn(text));
    }
  },
);

test('a run is of the characters that characters.ts says, among all code units', () => {
  const pass = new Pass(LITERALS, freely, buildAutomaton);
  const before = '0'.repeat(SHORTEST_RUN - 1);
  let text = '';
  for (let code = 0; code < 0x10000; code++) text += `${before}${String.fromCharCode(code)} `;
  const last = read(pass, text).runs.map(([, end]) => text.charCodeAt(end - 1));
  expect(last).toEqual([...CLASS.keys()].filter((code) => CLASS[code] !== 0));
});

test('a long run is one, over blocks and up to the end', () => {
  const pass = new Pass(LITERALS, freely, buildAutomaton);
  for (const before of [0, 1, 63, BLOCK - 12, BLOCK - 11, BLOCK - 1, BLOCK])
    for (const length of [11, 12, 13, 64, 128, BLOCK, 2 * BLOCK + 5])
      for (const behind of ['', ' '])
        expect(
          read(pass, `${' '.repeat(before)}${'0'.repeat(length)}${behind}`).runs.map(([start, end]) => [
            start,
            end,
          ]),
        ).toEqual(length < SHORTEST_RUN ? [] : [[before, before + length]]);
});

test('a run over the border of blocks is of what its characters before and behind it are', () => {
  const pass = new Pass(LITERALS, freely, buildAutomaton);
  for (let before = 1; before <= 20; before++)
    for (const head of ['Z', 'z', 'A', 'a', '0', '+', '-', '_'])
      for (const blocks of [1, 2]) {
        const text = `${' '.repeat(BLOCK - before)}${head}${'0'.repeat(before + 20 + BLOCK * (blocks - 1))}`;
        expect(read(pass, text).runs, `${before} ${head}`).toEqual(runsIn(text));
      }
});

/** What the pass says of the one run in `text`. */
function meaningOf(pass: Pass<States>, text: string): number {
  const codes = codesOf(text);
  const found = pass.begin(0);
  let meaning = -1;
  while (found.next < text.length) {
    pass.go(0, codes, text.length);
    if (found.end <= text.length) meaning = found.meaning;
  }
  return meaning;
}

/** Runs that are encoded, some behind a word or a path, and runs that are none. */
function run(r: Random): string {
  const text = r
    .pick(['postgres://app:x@db', 'token=', 'ls -la /', 'café', '\0\0', '\n\t ok', '~!'])
    .repeat(r.int(1, 5));
  const bytes = r.pick([Buffer.from(text), Buffer.from(text), r.bytes(r.int(9, 60))]);
  const encoded = bytes.toString(r.pick(['base64', 'base64url', 'hex'] as const)).replace(/=+$/, '');
  const before = r.pick(['', '', 'x-', 'usr/lib/', 'Data/', 'a_B+', 'path/to/some/Longer_name-of/0']);
  return (before + (r.int(0, 3) === 0 ? encoded.toUpperCase() : encoded)).padEnd(SHORTEST_RUN, 'a');
}

test('a run in which something is encoded is told, wherever it lies', () => {
  const pass = new Pass(LITERALS, freely, buildAutomaton);
  const r = new Random(11);
  const into = new Text();
  let encoded = 0;
  for (let i = 0; i < 20_000; i++) {
    const written = run(r);
    const text = `${' '.repeat(r.pick([0, 1, 40, BLOCK - 3, BLOCK - 40]))}${written}`;
    const whole = new Text();
    whole.reset(text.length, 'text');
    whole.append(text);
    const mask = [...written].reduce((all, char) => all | CLASS[char.charCodeAt(0)]!, 0);
    if (!decodeRun(whole, text.length - written.length, text.length, mask, into)) continue;
    encoded++;
    expect(meaningOf(pass, text) & Meaning.encoded, written).not.toBe(0);
  }
  expect(encoded).toBeGreaterThan(4000);
});

test('of digests, paths and names hardly one is looked at more closely', () => {
  const pass = new Pass(LITERALS, freely, buildAutomaton);
  const r = new Random(12);
  const runs = [
    () => r.hex(64),
    () => `usr/lib/node_modules/${r.lower(8)}/${r.lower(8)}-${r.int(1, 9)}`,
    () => `sha512-${r.base64(400)}`,
  ];
  let closer = 0;
  for (let i = 0; i < 3000; i++) if (meaningOf(pass, runs[i % 3]!()) > 0) closer++;
  expect(closer).toBeLessThan(400);
});

test('a run is told that begins as a secret without anchor may, or goes on so behind a slash', () => {
  const beginning = new Uint8Array(128);
  beginning['K'.charCodeAt(0)] = 1;
  const pass = new Pass(LITERALS, (automaton) => ({ ...freely(automaton), beginning }), buildAutomaton);
  const unmarked = (text: string): boolean => (meaningOf(pass, text) & Meaning.unmarked) !== 0;
  expect(unmarked('K0123456789012')).toBe(true);
  expect(unmarked('some/path/K012345678901')).toBe(true);
  expect(unmarked(`${'some/path/'.repeat(9)}K0123456789`)).toBe(true);
  expect(unmarked(`${' '.repeat(BLOCK - 5)}K0123456789012`)).toBe(true);
  expect(unmarked('L0123456789K012')).toBe(false);
  expect(unmarked(`${'some/path/'.repeat(9)}L0123456789`)).toBe(false);
  expect(unmarked('some-path-K0123456789')).toBe(false);
  expect(unmarked('KABCDEFGHIJKLMabc')).toBe(false);
});

test('an anchor behind which stands what may not is no hit; what is not ASCII may', () => {
  const sets = new Uint8Array(128);
  sets[':'.charCodeAt(0)] = 1;
  const pass = new Pass(['key'], (automaton) => ({ ...freely(automaton), sets }), buildAutomaton);
  const text = `key: key; KEY:keyé ${' '.repeat(BLOCK - 22)}key:key`;
  expect(read(pass, text, 0, ['key']).hits.map(([end]) => end)).toEqual([3, 13, 17, BLOCK]);
});

test('what stands around an anchor is looked at as the guards do', () => {
  const rules = RULES.map(compileRule);
  const anchors = anchorsOf(rules);
  const literals = anchors.map(({ literal }) => literal);
  const beginning = new Uint8Array(128);
  const pass = new Pass(literals, (automaton) => new Guards(anchors, automaton, beginning));
  const open = new Pass(literals, freely);
  const { ends, endsFrom, accepting } = open.automaton;
  const hitsOf = (by: Pass<States>, text: string): [end: number, only: number][] => {
    const codes = codesOf(text);
    const found = by.begin(0);
    const hits: [number, number][] = [];
    while (found.next < text.length) {
      by.go(0, codes, text.length);
      for (let i = 0; i < found.count; i++) {
        const state = found.state[i]!;
        const from = endsFrom[state - accepting]!;
        if (state >= ALONE) hits.push([found.at[i]! + 1, state - ALONE]);
        else if (state >= 0 && endsFrom[state - accepting + 1] === from + 1)
          hits.push([found.at[i]! + 1, ends[from]!]);
      }
    }
    return hits;
  };
  const r = new Random(21);
  const around = ['', ' ', 'a', 'Z', '7', '-', '_', '\\n', '%3D', ' -S', '"', 'é', '\0', '.'];
  let passed = 0;
  let told = 0;
  for (let i = 0; i < 3000; i++) {
    let text = ' '.repeat(r.pick([0, 1, 2, 3, 50, BLOCK - 20]));
    for (let pieces = 0; pieces < 6; pieces++) {
      const { name, literal } = r.pick(anchors);
      text += r.pick(around) + r.pick([name, name, literal, name.toUpperCase()]) + r.pick(around);
    }
    const codes = codesOf(text);
    const guards = pass.states;
    const letBy = hitsOf(open, text).filter(([end, only]) => guards.pass(codes, only, end));
    const hits = hitsOf(pass, text);
    expect(
      hits.filter(([end, only]) => guards.pass(codes, only, end)),
      text,
    ).toEqual(letBy);
    passed += letBy.length;
    told += hits.length;
  }
  // Those at a block's border and before what is not ASCII are left to the guards.
  expect(told).toBeLessThan(passed * 1.1);
});

test('a text in the memory of the module is read as any other, and has NULs behind it', () => {
  const pass = new Pass(LITERALS, freely, buildAutomaton);
  const r = new Random(22);
  for (const length of LENGTHS.filter((length) => length <= BLOCK)) {
    const text = textOf(length, r);
    const codes = codesOf(text);
    const read = (from: Uint16Array): [number, number][] => {
      const found = pass.begin(0);
      pass.go(0, from, length);
      return Array.from({ length: found.count }, (_, i) => [found.at[i]!, found.state[i]!]);
    };
    const expected = read(codes);
    const { home } = pass;
    home.codes.fill(0x61);
    home.codes.set(codes.subarray(0, length));
    expect(read(home.codes)).toEqual(expected);
    expect([...home.codes.subarray(0, codes.length)]).toEqual([...codes]);
  }
});

test('what parts the words of a command is told of all code units, from wherever it is asked', () => {
  const { home } = new Pass(LITERALS, freely, buildAutomaton);
  for (let first = 0; first < 0x10000; first += BLOCK) {
    for (let i = 0; i < BLOCK; i++) home.codes[i] = first + i;
    const start = (first / BLOCK) * 7;
    const parts = home.parts(start, BLOCK);
    for (let at = start; at < BLOCK; at++)
      if (((parts[(at - start) >> 5]! >>> ((at - start) & 31)) & 1) !== PARTS_WORDS[first + at])
        expect.fail(`${first + at}`);
  }
});

test('quotes and borders are told within an anchor of an issued secret only, with the state before', () => {
  const literals = ['ghp_', 'pass '];
  const pass = new Pass(
    literals,
    (automaton) => {
      const issuing = new Uint8Array(automaton.depths.length);
      let state = 0;
      for (const char of 'ghp_') {
        state = automaton.table[(state << automaton.shift) | automaton.classOf[char.charCodeAt(0)]!]!;
        issuing[state] = 1;
      }
      return { ...freely(automaton), issuing };
    },
    buildAutomaton,
  );
  for (const sign of ['"', "'", '`', '^', '\\', '\0'])
    for (const before of [0, 61, 62, BLOCK - 2, BLOCK]) {
      const { glue } = read(pass, `${' '.repeat(before)}gh${sign}p_ pa${sign}ss x${sign}`, 0, literals);
      expect(glue.map(([at]) => at)).toEqual([before + 2]);
      expect(pass.automaton.depths[glue[0]![1]]).toBe(2);
    }
});

test('encodings are told of the whole text, wherever their sign stands', () => {
  const pass = new Pass(LITERALS, freely, buildAutomaton);
  const signs = [
    ['%', Encoding.percent],
    ['\\', Encoding.backslash],
    ['&', Encoding.ampersand],
    ['\u001b', Encoding.escape],
  ] as const;
  expect(read(pass, 'nothing \u0125 here').encodings).toBe(0);
  for (const [sign, encoding] of signs)
    for (const at of [0, 15, 16, 63, 64, BLOCK - 1, BLOCK])
      expect(read(pass, `${'.'.repeat(at)}${sign}${'.'.repeat(BLOCK)}`).encodings).toBe(encoding);
});

test('a text within a text does not disturb the outer one', () => {
  const pass = new Pass(LITERALS, freely, buildAutomaton);
  const r = new Random(3);
  const text = textOf(3 * BLOCK, r);
  const codes = codesOf(text);
  const outer = pass.begin(0);
  const ends: number[] = [];
  while (outer.next < text.length) {
    pass.go(0, codes, text.length);
    read(pass, textOf(300, r), 1);
    for (let i = 0; i < outer.count; i++) ends.push(outer.at[i]! + 1);
  }
  expect(ends).toEqual(hitsIn(text).map(([end]) => end));
});

const WORDS = BIP39_WORDS.split(' ').filter((_, index) => index % 170 === 0);

test.each([' ', '\n', '", "', ' 1. ', '      '])(
  'a wallet is found wherever it begins, its words with %j between',
  (gap) => {
    const pass = new Pass(LITERALS, freely, buildAutomaton);
    const wallet = WORDS.slice(0, 12).join(gap);
    for (let before = 0; before < 140; before++)
      for (const start of ['', 'of ', 'strangers ', 'x-', 'Word_', 'ABC', '12', '(', 'é'])
        for (const from of [before, BLOCK - 140 + before]) {
          const text = `${'. '.repeat(from).slice(0, from)} ${start}${wallet}; and so on`;
          const begin = from + 1 + start.length;
          expect(read(pass, text).wallets, JSON.stringify(text)).toEqual([begin, begin + wallet.length]);
        }
  },
);

test('eleven words, words that are too far apart and words with a stranger among them are no wallet', () => {
  const pass = new Pass(LITERALS, freely, buildAutomaton);
  const [first, ...others] = WORDS.slice(0, 12);
  for (const text of [
    others.join(' '),
    [first, ...others].join('       '),
    [...others.slice(0, 6), 'absolutely', ...others.slice(6), first].join(' '),
    [...others.slice(0, 6), 'of', ...others.slice(6), first].join(' '),
    [...others.slice(0, 6), '=', ...others.slice(6), first].join(' '),
  ])
    expect(read(pass, text).wallets, text).toEqual([]);
});

test('the walk over words of a stretch ends with it: each is walked over once, however many there are', () => {
  const stretch = 'stable hip sugar fit loop lend mandate ivory seat house window debris ';
  const codes = codesOf(`${stretch}(`.repeat(3));
  const walked = walkWords(codes, 0, stretch.length, codes.length - 64, []);
  expect(walked).toBeLessThanOrEqual(stretch.length + 1);
});

test('a wallet right behind an identifier is taken out, wherever in the line it stands', () => {
  const redactor = createRedactor();
  const wallet = WORDS.slice(0, 12).join(' ');
  for (let before = 0; before < 70; before++)
    expect(redactor.text(`${'.'.repeat(before)} by pm_IFQ8udu0pMjF75ABC${wallet} was`, {})).toBe(
      `${'.'.repeat(before)} by pm_IFQ8udu0pMjF75ABC[REDACTED:wallet-mnemonic] was`,
    );
});

test('without its module the redactor does not start, and says what to do', () => {
  const directory = mkdtempSync(join(tmpdir(), 'warder-pass-'));
  try {
    for (const name of ['bin', 'dist', 'package.json'])
      cpSync(name, join(directory, name), { recursive: true });
    symlinkSync(resolve('node_modules'), join(directory, 'node_modules'));
    const { status, stdout, stderr } = spawnSync(join(directory, 'bin/warder'), ['redact'], {
      encoding: 'utf8',
      input: `${JSON.stringify({ id: 1, argv: null, env: null, path: null, text: 'x' })}\n`,
    });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(
      /the redactor's pass build\/redaction\.wasm cannot be loaded: ENOENT[\s\S]*run make build/,
    );
  } finally {
    removeTree(directory);
  }
});
