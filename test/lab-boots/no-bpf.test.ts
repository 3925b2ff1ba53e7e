/**
 * A kernel that has BPF LSM and was booted with an lsm= that leaves bpf out, as most distributions do: programs load and
 * attach there, and are never asked. Doctor sees that and says what to change; walls prevent instead.
 */
import { spawnSync } from 'node:child_process';
import { afterAll, expect, test } from 'vitest';
import { cleanUp, governed, ORDINARY, policyOf, WARDER } from '../e2e/governed.ts';

afterAll(cleanUp);

test('doctor: LSM programs are attached and never called; which LSMs are active, and what to boot with', () => {
  const { stdout, status } = spawnSync(WARDER, ['doctor', '--json'], { encoding: 'utf8' });
  const { lsm, host, categories } = JSON.parse(stdout);
  expect({ lsm, status }).toEqual({ lsm: false, status: 1 });
  expect(host.lsm).toEqual({ state: 'uncalled' });
  expect(host.activeLsms).not.toContain('bpf');
  expect(host.landlockAbi).toBeGreaterThan(0);
  const read = categories.find(({ category }: { category: string }) => category === 'read');
  expect(read).toMatchObject({ strength: 'prevented', by: 'landlock+mounts' });
  expect(read.better).toMatchObject([
    { by: 'lsm', strength: 'prevented', why: expect.stringContaining('bpf is not among the active LSMs') },
  ]);
  expect(read.better[0].change).toMatch(/lsm=[a-z,]*landlock[a-z,]*,bpf; /);
});

test('walls prevent what LSM would have', async () => {
  const { stdout, stderr } = await governed(policyOf(ORDINARY), [
    'sh',
    '-c',
    'cat /root/.bashrc; (: > /var/tmp/made); id; echo on',
  ]);
  expect(stdout, stderr).toBe('on\n');
  expect(stderr).toMatch(/\.bashrc: Permission denied[\s\S]*\/var\/tmp\/made: Read-only file system/);
});
