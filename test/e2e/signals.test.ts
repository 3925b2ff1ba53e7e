/** Signals out of a run, where nothing keeps them in: told, with whom they were for. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
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

/** Sleeps on processor 0, where a timer of its own (timer_create) wakes it each millisecond. */
const TIMED = `
import ctypes, os, signal
os.sched_setaffinity(0, {0})
signal.signal(signal.SIGALRM, lambda *_: None)
libc = ctypes.CDLL(None, use_errno=True)
timer = ctypes.c_void_p()
every = (ctypes.c_long * 4)(0, 1000000, 0, 1000000)
if libc.timer_create(1, None, ctypes.byref(timer)) or libc.timer_settime(timer, 0, every, None):
    raise OSError(ctypes.get_errno())
print('ready', flush=True)
while True: signal.pause()
`;

/** Keeps processor 0 busy, then says of a signal of its own that a timer had sent it, by each of the calls that take that. */
const FORGING = `
import ctypes, os, signal, struct, sys, time
target = int(sys.argv[1])
os.sched_setaffinity(0, {0})
end = time.monotonic() + 0.5
while time.monotonic() < end: pass
libc = ctypes.CDLL(None, use_errno=True)
info = (ctypes.c_int * 32)(signal.SIGCONT, 0, -2)
for call, who in ((129, (target,)), (297, (target, target)), (424, (os.pidfd_open(target),))):
    flags = (0,) if call == 424 else ()
    if libc.syscall(call, *who, signal.SIGCONT, info, *flags): raise OSError(ctypes.get_errno(), call)
# And by int 0x80, rt_sigqueueinfo of i386: push rbx; mov eax, 178; mov ebx, ..; mov ecx, ..; mov edx, ..; int 0x80; pop rbx; ret
libc.mmap.restype = ctypes.c_void_p
MAP_PRIVATE, MAP_ANONYMOUS, MAP_32BIT = 2, 32, 64
at = libc.mmap(None, 4096, 7, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0)
code = struct.pack('<BBIBIBIBIHBB', 0x53, 0xb8, 178, 0xbb, target, 0xb9, signal.SIGCONT, 0xba, at + 1024, 0x80cd, 0x5b, 0xc3)
ctypes.memmove(at, code, len(code))
ctypes.memmove(at + 1024, info, ctypes.sizeof(info))
if ctypes.CFUNCTYPE(ctypes.c_int)(at)(): raise OSError('int 0x80')
`;

test('a timer of a process outside is not told as a signal of whom it interrupts; a signal that is called a timer is told', async () => {
  const timed = spawn('python3', ['-c', TIMED], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await once(timed.stdout!, 'data');
    const command = ['python3', '-c', FORGING, String(timed.pid)];
    const { code, events } = await governed(policyOf(ORDINARY, 'monitor'), command);
    expect(code).toBe(0);
    const told = events.flatMap(({ privileged }) => privileged ?? []);
    const forged = { privilege: 'signal-others', detail: constants.signals.SIGCONT, targetPid: timed.pid };
    expect(told).toEqual([forged, forged, forged, forged]);
  } finally {
    timed.kill('SIGKILL');
  }
});
