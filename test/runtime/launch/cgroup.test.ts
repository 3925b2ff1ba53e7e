/** Whose a run's cgroup is, when more than one look at it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { RunCgroup } from '../../../src/runtime/launch/cgroup.ts';
import { removeTree } from '../../remove-tree.ts';

const RUN = '01a20292-a456-7a35-930e-39594b9c72fc';
const cgroup2 = mkdtempSync(join(tmpdir(), 'warder-test-'));
const directory = join(cgroup2, 'warder', RUN);
mkdirSync(directory, { recursive: true });
afterAll(() => removeTree(cgroup2));

/** Another process that has the run's lock until it is told to let go. */
async function holder() {
  const child = spawn('flock', [directory, 'sh', '-c', 'echo held; read -r line'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return async () => {
    child.stdin.end();
    await once(child, 'exit');
  };
}

test('a run that a sweep looks at for a moment is claimed by the runtime that it goes on under', async () => {
  const letGo = await holder();
  expect(RunCgroup.adopt(cgroup2, RUN)).toBeNull();
  const claim = RunCgroup.claim(cgroup2, RUN);
  await letGo();
  const cgroup = await claim;
  expect(cgroup?.path).toBe(directory);
  expect(RunCgroup.adopt(cgroup2, RUN)).toBeNull();
  cgroup?.release();
});

test('one that is gone is not waited for, and one that stays with another is left to it', async () => {
  expect(await RunCgroup.claim(cgroup2, RUN.replace('01a2', '01a3'))).toBeNull();
  const letGo = await holder();
  expect(await RunCgroup.claim(cgroup2, RUN)).toBeNull();
  await letGo();
});
