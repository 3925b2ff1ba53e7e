/** A program that a person let run where nothing may be run: its mount, and the walls that stand at the same place. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { removeTree } from '../remove-tree.ts';
import { cleanUp, described, eventually, shell, start } from './launcher-fixtures.ts';

const directory = mkdtempSync(join(tmpdir(), 'warder-lift-'));
afterEach(cleanUp);
afterAll(() => removeTree(directory));

/** What a script prints of which each program is let run, with lines to the launcher before the Nth of them is. */
async function walled(walls: string[], script: string, lines: Record<number, string[]>): Promise<string> {
  const open = ['place', 'wx', '/', 'allow', 'rdxwmi', '/', 'hold', 'exec'];
  const options = { walls: described(...open, ...walls), flags: ['--chdir', directory] };
  const agent = start(shell(script), options);
  let hasEnded = false;
  const ended = agent.ended.then(() => {
    hasEnded = true;
  });
  await agent.said(/^pid /);
  agent.control.write('go\n');
  for (let next = 0; ; next++) {
    const exec = () => agent.lines.filter((line) => line.startsWith('exec '))[next];
    await eventually(() => expect(hasEnded || exec()).toBeTruthy());
    const waiting = exec();
    if (!waiting) break;
    const answer = `answer ${waiting.split(' ')[1]} go`;
    agent.control.write([...(lines[next] ?? []), answer, ''].join('\n'));
  }
  await ended;
  return agent.output();
}

function makeProgram(place: string, name: string): string {
  const program = join(directory, place, name);
  mkdirSync(dirname(program), { recursive: true });
  writeFileSync(program, '#!/bin/sh\necho ran\n', { mode: 0o755 });
  return program;
}

test('what is lifted runs, and no more once it is dropped', async () => {
  const program = makeProgram('tools', 'program');
  const script = `${program} || echo refused`;
  const walls = ['place', 'w', dirname(program)];
  expect(await walled(walls, script, {})).toBe('refused\n');
  expect(await walled(walls, script, { 1: [`lift ${program}`] })).toBe('ran\n');
  expect(await walled(walls, script, { 1: [`lift ${program}`, `drop ${program}`] })).toBe('refused\n');
});

test.each(['file', 'directory'])('a mask over a %s stays: it was no program to be lifted', async (kind) => {
  const secret = join(directory, `secret-${kind}`);
  const read = kind === 'file' ? secret : join(secret, 'key');
  if (kind === 'directory') mkdirSync(secret);
  writeFileSync(read, 'SECRET\n');
  const script = `/bin/cat ${read} || echo refused`;
  const told = { 1: [`lift ${secret}`, `drop ${secret}`] };
  expect(await walled([], script, told)).toBe('SECRET\n');
  expect(await walled(['hide', secret], script, told)).toBe('refused\n');
});

test('a mask stays where the name of what was lifted leads to it by now', async () => {
  const program = makeProgram('own/tools', 'key');
  const kept = join(directory, 'kept');
  mkdirSync(kept);
  writeFileSync(join(kept, 'key'), 'SECRET\n');
  const tools = dirname(program);
  const script = `${program}; mv ${tools} ${tools}-before; ln -s ${kept} ${tools}; cat ${kept}/key || echo refused`;
  const walls = ['place', 'w', join(directory, 'own'), 'hide', join(kept, 'key')];
  const lines = { 1: [`lift ${program}`], 4: [`drop ${program}`] };
  expect(await walled(walls, script, lines)).toBe('ran\nrefused\n');
});
