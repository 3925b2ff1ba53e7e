/** What a benchmark that is ended leaves behind: nothing after a signal, and nothing after the next start. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeTree } from '../remove-tree.ts';
import { startOf, sweep } from './owned.ts';

const CHILD = new URL('place-child.ts', import.meta.url).pathname;

let place: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'place-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  removeTree(place);
});

interface Begun {
  child: ChildProcess;
  directory: string;
  service: number;
}

async function begin(): Promise<Begun> {
  const env = { ...process.env, TMPDIR: place };
  const child = spawn(process.execPath, [CHILD], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [line] = await once(child.stdout!, 'data');
  return { child, ...(JSON.parse(String(line)) as Omit<Begun, 'child'>) };
}

const runs = (pid: number): boolean => startOf(pid) !== undefined;

test.each([
  ['SIGHUP', 129],
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s ends its services and takes its directories away', async (signal, status) => {
  const { child, service } = await begin();
  child.kill(signal);
  expect(await once(child, 'exit')).toEqual([status, null]);
  expect(readdirSync(place)).toEqual([]);
  await expect.poll(() => runs(service)).toBe(false);
});

test('what a killed one left goes at the next start; of a living one, and of nobody known, nothing', async () => {
  const killed = await begin();
  const living = await begin();
  killed.child.kill('SIGKILL');
  await once(killed.child, 'exit');
  expect(runs(killed.service)).toBe(true);
  const unknown = join(place, 'warder-bench-unknown');
  mkdirSync(unknown);
  expect(await sweep([place])).toEqual([killed.directory]);
  expect(runs(killed.service)).toBe(false);
  expect(runs(living.service)).toBe(true);
  expect(
    readdirSync(place)
      .map((name) => join(place, name))
      .sort(),
  ).toEqual([living.directory, unknown].sort());
  living.child.kill('SIGTERM');
  await once(living.child, 'exit');
});

test('no benchmark makes a directory of that name by itself, which nobody would take away', () => {
  const makers = readdirSync(import.meta.dirname)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .filter((name) => readFileSync(join(import.meta.dirname, name), 'utf8').includes('mkdtempSync'));
  expect(makers).toEqual(['place.ts']);
});
