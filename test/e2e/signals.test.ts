/** Signals out of a run, where nothing keeps them in: told, with whom they were for. */
import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { afterAll, expect, test } from 'vitest';
import { cleanUp, governed, ORDINARY, policyOf } from './governed.ts';

let outsider: ChildProcess | undefined;
afterAll(() => {
  outsider?.kill('SIGKILL');
  cleanUp();
});

test('a signal to a process outside is told with its number and target; one within the run is not', async () => {
  outsider = spawn('sleep', ['1000'], { stdio: 'ignore' });
  const script = `sleep 1000 & kill -TERM $!; kill -CONT ${outsider.pid}`;
  // A policy that only monitors has no walls, and LSM programs refuse nothing for it.
  const { code, events } = await governed(policyOf(ORDINARY, 'monitor'), ['sh', '-c', script]);
  expect(code).toBe(0);
  const told = events.filter(({ privileged }) => privileged?.privilege === 'signal-others');
  expect(told).toMatchObject([
    {
      privileged: { detail: constants.signals.SIGCONT, targetPid: outsider.pid },
      decision: { verdict: 'VERDICT_ALLOW', would: { verdict: 'VERDICT_DENY' } },
    },
  ]);
});
