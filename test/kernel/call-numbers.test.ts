/** System calls by numbers that the kernel takes as other ones: it goes by the lower half of the register. */
import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { afterAll, expect, test } from 'vitest';
import { cleanUp, governed, ORDINARY, policyOf } from '../e2e/governed.ts';

let outsider: ChildProcess | undefined;
afterAll(() => {
  outsider?.kill('SIGKILL');
  cleanUp();
});

/** Each call with a bit of the upper half set: two opens, a forged timer, another user for files, a capability less. */
const SCRIPT = `
import ctypes, os, signal, sys
target = int(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
def call(bit, number, *arguments):
    return libc.syscall(ctypes.c_long(number | 1 << bit), *arguments)
info = (ctypes.c_int * 32)(signal.SIGCONT, 0, -2)
assert call(32, 257, -100, b'/etc/group', 0) >= 0
assert call(47, 2, b'/etc/shells', 0) >= 0
assert call(63, 129, target, signal.SIGCONT, info) == 0
assert call(40, 122, 65534) == 0
# prctl(PR_CAPBSET_DROP, CAP_SYS_BOOT), which takes an int
assert call(34, 157, ctypes.c_long(24 | 1 << 32), 22, 0, 0, 0) == 0
`;

test.skipIf(process.arch !== 'x64')(
  'a call whose number has bits that the kernel passes over is told as the call that it is',
  async () => {
    outsider = spawn('sleep', ['1000'], { stdio: 'ignore' });
    // A policy that only monitors has no walls: what is told of here is what the programs see.
    const { code, stderr, events } = await governed(policyOf(ORDINARY, 'monitor'), [
      'python3',
      '-c',
      SCRIPT,
      String(outsider.pid),
    ]);
    expect(stderr).not.toContain('Error');
    expect(code).toBe(0);
    const opened = events.map(({ fileOpen }) => fileOpen?.path);
    expect(opened).toEqual(expect.arrayContaining(['/etc/group', '/etc/shells']));
    const signal = { privilege: 'signal-others', detail: constants.signals.SIGCONT, targetPid: outsider.pid };
    // BPF LSM tells of more that is privileged.
    const signals = events.filter(({ privileged }) => privileged?.privilege === 'signal-others');
    expect(signals.map(({ privileged }) => privileged)).toEqual([signal]);
    expect(events.flatMap(({ contextChange }) => contextChange ?? [])).toHaveLength(2);
  },
);
