/** Why a host has no better mechanism, in words that name what to change; on states as the lab's kernels have them. */
import { expect, test } from 'vitest';
import { hostNotes, lsmAdvice, wallProblems, whyNotBetter } from '../../src/kernel/advice.ts';
import type { HostState } from '../../src/kernel/host-state.ts';

const GOOD: HostState = {
  kernel: '6.12.9-cloud-amd64',
  lsm: { state: 'works' },
  activeLsms: ['lockdown', 'capability', 'landlock', 'yama', 'bpf'],
  lockdown: 'none',
  landlockAbi: 6,
  bpffs: true,
  eventGroups: 1024,
  controllers: ['cpuset', 'cpu', 'io', 'memory', 'pids'],
};

const PROGRAMS = [
  { name: 'guard_exec', section: 'lsm/bprm_check_security', available: true },
  { name: 'guard_mmap', section: 'lsm/mmap_file', available: true },
  { name: 'guard_mprotect', section: 'lsm/file_mprotect', available: true },
  { name: 'on_exec', section: 'tp_btf/sched_process_exec', available: true },
  { name: 'on_connect4', section: 'cgroup/connect4', available: true },
];
const without = (pattern: RegExp) =>
  PROGRAMS.map((program) => (pattern.test(program.name) ? { ...program, available: false } : program));

test('a host with all of it gets no advice', () => {
  expect(lsmAdvice(GOOD)).toBeNull();
  expect(hostNotes(GOOD)).toEqual([]);
  expect(wallProblems(GOOD)).toEqual([]);
  expect(whyNotBetter('load', PROGRAMS, GOOD)).toEqual([]);
});

test('LSM programs that are attached and not called: bpf goes behind the LSMs that are active', () => {
  const state: HostState = {
    ...GOOD,
    lsm: { state: 'uncalled' },
    activeLsms: ['capability', 'landlock', 'yama'],
  };
  expect(lsmAdvice(state)).toEqual({
    why: 'bpf is not among the active LSMs (capability, landlock, yama)',
    change: expect.stringMatching(/^boot with lsm=landlock,yama,bpf; .*GRUB_CMDLINE_LINUX/),
  });
  expect(lsmAdvice({ ...state, activeLsms: null })?.why).toMatch(/securityfs is not mounted/);
});

test('each other reason has its own words', () => {
  expect(lsmAdvice({ ...GOOD, lsm: { state: 'absent' } })?.change).toMatch(/CONFIG_BPF_LSM=y/);
  const refused: HostState = { ...GOOD, lsm: { state: 'refused', errnoName: 'EPERM' } };
  expect(lsmAdvice(refused)).toMatchObject({
    why: expect.stringContaining('EPERM'),
    change: expect.stringContaining('virtual machine'),
  });
  expect(lsmAdvice({ ...refused, lockdown: 'confidentiality' })?.change).toMatch(/lockdown=integrity/);
});

test('a category says what is stronger, strongest first, and what stands in its way', () => {
  const state: HostState = { ...GOOD, lsm: { state: 'absent' } };
  expect(whyNotBetter('exec', without(/^guard/), state)).toEqual([
    { by: 'lsm', strength: 'prevented', ...lsmAdvice(state) },
  ]);
  expect(whyNotBetter('exec', PROGRAMS, GOOD)).toEqual([]);
});

test('a hook that the kernel lacks is named, with the option that builds it', () => {
  const [none] = whyNotBetter('exec', without(/./), { ...GOOD });
  expect(none?.why).toBe('the kernel has no hook lsm/bprm_check_security');
  const [, second] = whyNotBetter('exec', without(/./), { ...GOOD });
  expect(second).toMatchObject({
    by: 'exec-kill',
    why: 'the kernel has no hook tp_btf/sched_process_exec',
    change: expect.stringContaining('CONFIG_FTRACE_SYSCALLS=y'),
  });
});

test('what this version has no program for is no advice', () => {
  expect(whyNotBetter('connect', PROGRAMS, GOOD)).toEqual([]);
});

test.each([
  [2, /truncate\(2\), ioctl\(2\) of devices, signals/],
  [4, /ioctl\(2\) of devices, signals/],
  [5, /judge signals/],
])('Landlock %i behind walls: what it does not judge', (landlockAbi, words) => {
  const state: HostState = { ...GOOD, lsm: { state: 'uncalled' }, landlockAbi };
  expect(hostNotes(state)).toMatchObject([{ why: expect.stringMatching(words) }]);
  expect(hostNotes({ ...state, lsm: { state: 'works' } })).toEqual([]);
});

test('mounts and controllers that are missing are notes with a command or a boot parameter', () => {
  expect(hostNotes({ ...GOOD, bpffs: false, controllers: ['pids'] })).toMatchObject([
    { why: expect.stringContaining('cpu, memory'), change: expect.stringContaining('cgroup_no_v1=all') },
    { change: 'mount -t bpf bpf /sys/fs/bpf' },
  ]);
});

test('few groups of permission events are a note where walls need them, with the setting', () => {
  const state: HostState = { ...GOOD, eventGroups: 128 };
  expect(hostNotes(state)).toEqual([]);
  expect(hostNotes({ ...state, lsm: { state: 'uncalled' } })).toMatchObject([
    {
      why: expect.stringMatching(/128 groups/),
      change: expect.stringContaining('fs.fanotify.max_user_groups=1024'),
    },
  ]);
});

test('with neither BPF LSM nor Landlock it is a problem, with both reasons', () => {
  const state: HostState = {
    ...GOOD,
    lsm: { state: 'uncalled' },
    landlockAbi: 0,
    activeLsms: ['capability', 'yama'],
  };
  expect(wallProblems(state)).toMatchObject([
    {
      code: 'KERNEL_NO_WALLS',
      message: expect.stringMatching(/bpf is not among .*landlock is not among/),
      fix: expect.stringMatching(/lsm=…,landlock,bpf/),
    },
  ]);
});
