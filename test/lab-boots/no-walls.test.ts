/** A kernel that was booted with neither BPF LSM nor Landlock: an enforcing policy could not be kept there. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { WARDER } from '../e2e/governed.ts';

test('doctor says so, with both reasons and what to boot with', () => {
  const { stdout, stderr, status } = spawnSync(WARDER, ['doctor'], { encoding: 'utf8' });
  expect({ stdout, status }).toEqual({ stdout: '', status: 125 });
  expect(stderr).toMatch(/bpf is not among the active LSMs \(.*\); landlock is not among the active LSMs/);
  expect(stderr).toMatch(/fix: boot with lsm=…,landlock,bpf .*CONFIG_SECURITY_LANDLOCK=y/);
});
