/** What a host lacks: all of it at once, each with what to do. */
import { expect, test } from 'vitest';
import type { HostFacts } from '../../src/kernel/addon.ts';
import { loadAddon } from '../../src/kernel/addon.ts';
import { hostProblems } from '../../src/kernel/capability.ts';

const GOOD: HostFacts = {
  kernel: '6.1.0-30-amd64',
  btf: true,
  cgroup2: '/sys/fs/cgroup',
  effectiveUid: 0,
  capabilities: ['chown', 'kill', 'setgid', 'setpcap', 'setuid', 'sys_admin'],
  landlockAbi: 7,
};

const codes = (facts: Partial<HostFacts>) =>
  hostProblems({ ...GOOD, ...facts }).map((problem) => problem.code);

test('a host that will do has none', () => {
  expect(hostProblems(GOOD)).toEqual([]);
});

test.each(['6.1.0', '6.1', '6.18.44-fc', '7.2.0-rc1', '10.0.1'])('%s is new enough', (kernel) => {
  expect(codes({ kernel })).toEqual([]);
});

test.each(['6.0.19', '5.15.0-91-generic', '4.19', '2.6.32-754.el6'])('%s is too old', (kernel) => {
  expect(codes({ kernel })).toEqual(['KERNEL_TOO_OLD']);
  expect(hostProblems({ ...GOOD, kernel })[0]!.message).toBe(
    `the kernel is ${kernel} and Warder needs 6.1 or newer`,
  );
});

test('all problems come at once', () => {
  expect(codes({ kernel: '5.4.0', btf: false, cgroup2: null, effectiveUid: 1000, capabilities: [] })).toEqual(
    ['KERNEL_NOT_ROOT', 'KERNEL_TOO_OLD', 'KERNEL_NO_BTF', 'KERNEL_NO_CGROUP2'],
  );
});

test('root of a container is told which capabilities it lacks, and what each is for', () => {
  const [problem] = hostProblems({ ...GOOD, capabilities: ['chown', 'setgid', 'setpcap', 'setuid', 'bpf'] });
  expect(problem!.code).toBe('KERNEL_CAPABILITY');
  expect(problem!.message).toBe(
    'root here lacks CAP_SYS_ADMIN (to load and attach the programs), CAP_KILL (to signal an agent that runs as another user)',
  );
  expect(problem!.fix).toMatch(/docker run --cap-add SYS_ADMIN --cap-add KILL$/);
});

test('without cgroup2 the command that mounts one is given', () => {
  expect(hostProblems({ ...GOOD, cgroup2: null })[0]!.fix).toMatch(
    /mount -t cgroup2 none \/sys\/fs\/cgroup\/unified/,
  );
});

test('an addon that is not built is named, with how to build it', () => {
  expect(() => loadAddon('/nowhere/warder.node')).toThrow(
    expect.objectContaining({
      code: 'KERNEL_ADDON',
      message: expect.stringMatching(/^cannot load the native addon \/nowhere\/warder.node: /),
      fix: expect.stringMatching(/make build/),
    }),
  );
});
