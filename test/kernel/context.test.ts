/** What a process is changed: user, capabilities, namespaces, memfd, tracing. Seen with and without LSM, by root. */
import { readlinkSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cleanUp, governed, type JsonEvent, ORDINARY, policyOf } from '../e2e/governed.ts';

afterAll(cleanUp);

const SCRIPT = `
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def check(result):
    if result != 0: raise OSError(ctypes.get_errno(), 'refused')
def child(act):
    pid = os.fork()
    if pid == 0:
        try: act()
        except BaseException as error: print(error, flush=True); os._exit(1)
        os._exit(0)
    if os.waitpid(pid, 0)[1] != 0: print('failed', act)
    return pid
CAP_SYS_BOOT, NEWUTS, NEWIPC, NEWUSER = 22, 0x04000000, 0x08000000, 0x10000000
os.memfd_create('of-the-test')
def other_user():
    os.setgroups([7])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
child(other_user)
def enter():
    outside = os.open('/proc/self/ns/uts', os.O_RDONLY)
    check(libc.unshare(NEWUTS | NEWIPC))
    print('made', os.readlink('/proc/self/ns/uts'), os.readlink('/proc/self/ns/ipc'), flush=True)
    check(libc.setns(outside, 0))
child(enter)
def unprivileged():
    check(libc.unshare(NEWUSER))
    print('user', os.readlink('/proc/self/ns/user'), flush=True)
child(unprivileged)
child(lambda: check(libc.prctl(24, CAP_SYS_BOOT, 0, 0, 0)))
child(lambda: check(libc.ptrace(0, 0, 0, 0)))
def of_fork():
    # clone(2) by hand: a child in namespaces of its own
    pid = libc.syscall(ctypes.c_long(56), ctypes.c_ulong(NEWUTS | 17), 0, 0, 0, 0)
    if pid == 0:
        os.write(1, ('cloned ' + os.readlink('/proc/self/ns/uts') + '\\n').encode())
        os._exit(0)
    if pid < 0: raise OSError(ctypes.get_errno(), 'clone')
    os.waitpid(pid, 0)
child(of_fork)
print('pid', os.getpid())
`;

type Context = NonNullable<JsonEvent['contextChange']>;
let told: Context[] = [];
let said = new Map<string, string[]>();

beforeAll(async () => {
  const { code, stdout, stderr, events } = await governed(policyOf(ORDINARY, 'monitor'), [
    'python3',
    '-c',
    SCRIPT,
  ]);
  expect(code, stderr).toBe(0);
  said = new Map(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' '))
      .map(([word, ...rest]) => [word!, rest]),
  );
  expect(stdout).not.toMatch(/failed|refused/);
  expect(events.filter(({ contextChange, decision }) => contextChange && decision)).toEqual([]);
  told = events.flatMap(({ contextChange }) => contextChange ?? []);
});

const of = (operation: string): Context[] => told.filter((each) => each.operation === operation);
const entered = (): string[] => of('namespaces').flatMap(({ namespaces }) => namespaces ?? []);

test('a memfd is told with the name that it was made by', () => {
  expect(of('memfd').map(({ name }) => name)).toContain('of-the-test');
});

test('a memfd is told behind walls too, where another process may make it in the place of the agent', async () => {
  // Little that may be read: behind walls all of that is looked through for denied names.
  const rules =
    '  exec:\n    - allow: /usr/bin/perl\n  read:\n    - allow: [/usr/bin/perl, /usr/lib/x86_64-linux-gnu/**, "${workspace}/**"]\n';
  const script = 'my $name = "behind-walls"; syscall(319, $name, 0) >= 0 or die $!';
  const { code, stderr, events } = await governed(policyOf(rules), ['perl', '-e', script], ['--private-tmp']);
  expect(code, stderr).toBe(0);
  const names = events.flatMap(({ contextChange }) => contextChange?.name ?? []);
  expect(names).toContain('behind-walls');
});

test('another user and group is told with the whole of both', () => {
  expect(of('user').at(-1)).toMatchObject({
    uid: 65534,
    effectiveUid: 65534,
    gid: 65534,
    effectiveGid: 65534,
  });
});

test('namespaces that are made or entered are told by their numbers', () => {
  expect(entered()).toEqual(expect.arrayContaining(said.get('made')!));
  expect(entered()).toContain(readlinkSync('/proc/self/ns/uts'));
  expect(entered()).toEqual(expect.arrayContaining(said.get('user')!));
  expect(entered()).toEqual(expect.arrayContaining(said.get('cloned')!));
});

test('a capability that is given away for ever is told', () => {
  expect(of('capabilities').length).toBeGreaterThan(0);
});

test('who is traced on its own asking is told with its parent', () => {
  expect(of('traced').map(({ targetPid }) => targetPid)).toEqual([Number(said.get('pid')![0])]);
});
