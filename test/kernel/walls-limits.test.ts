/** `limits:` of a policy on a real run: what goes past them fails in the run, and leaves nothing behind on the host. */
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { olderHierarchies } from '../../src/runtime/walls/limits.ts';
import { Arena } from './walls-fixture.ts';

const PYTHON = '/usr/bin/python3';
const arena = new Arena();
beforeAll(() => arena.start());
afterAll(() => arena.end());

const limited = (limits: string) => `${arena.policy}  limits: {${limits}}\n`;

const FORKS = `
import os, time
count = 0
try:
    while count < 100:
        if os.fork() == 0:
            time.sleep(1); os._exit(0)
        count += 1
except BlockingIOError: pass
print(count)`;

test('processes', () => {
  expect(arena.run([PYTHON, '-c', FORKS]).stdout).toBe('100\n');
  const forks = Number(arena.run([PYTHON, '-c', FORKS], { policy: limited('pids: 20') }).stdout);
  expect(forks).toBeGreaterThan(10);
  expect(forks).toBeLessThan(20);
});

test('memory', () => {
  const eat = [PYTHON, '-c', 'print(len(bytearray(b"x") * (200 << 20)))'];
  expect(arena.run(eat).status).toBe(0);
  const run = arena.run(eat, { policy: limited('memory: 64MB'), allowFailure: true });
  expect(run.status).not.toBe(0);
  expect(run.stdout).toBe('');
});

test('CPU', () => {
  const burn =
    'import time\nt=time.time(); c=time.process_time()\nwhile time.time()-t < 2: pass\nprint(time.process_time()-c)';
  const used = Number(arena.run([PYTHON, '-c', burn], { policy: limited('cpu: 20%') }).stdout);
  expect(used).toBeLessThan(0.7);
});

test('no cgroup stays behind', () => {
  for (const place of new Set(olderHierarchies().values())) {
    expect(readdirSync(place).filter((name) => name.startsWith('warder-0'))).toEqual([]);
  }
});
