/**
 * A label survives every way for a process to come to be. The policy only monitors, so that no wall is in the way: what
 * is told of a run is told because the process bore its label.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { cleanUp, finished, ORDINARY, place, policyOf, start } from '../e2e/governed.ts';
import { cleanUpKept, testCgroup } from './kept-fixtures.ts';

afterEach(async () => {
  cleanUp();
  await cleanUpKept();
});

const BIRTHS = fileURLToPath(new URL('./hostile/births.py', import.meta.url));
const WAYS = [...readFileSync(BIRTHS, 'utf8').matchAll(/^@way\ndef (\w+)/gm)].map(([, name]) => name);

test('fork, vfork, clone3, threads, daemons, cgroups and namespaces: what comes of them is the run’s', async () => {
  const at = place(policyOf(ORDINARY, 'monitor'));
  const { code, stdout, stderr, events } = await finished(
    start(at, ['/usr/bin/python3', BIRTHS, testCgroup()]),
    at,
  );
  expect(code, stderr).toBe(0);
  const ran = stdout.match(/\w+/g) ?? [];
  expect(ran.sort()).toEqual([...WAYS].sort());
  const told = events.flatMap(({ exec }) => (exec?.argv?.[0] === 'printf' ? [exec.argv[2]] : []));
  expect(told.sort()).toEqual([...WAYS].sort());
  expect(WAYS.length).toBeGreaterThanOrEqual(12);
});
