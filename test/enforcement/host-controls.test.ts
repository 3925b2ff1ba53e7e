/** Where the kernel is told what to do with processes, from mountinfo. */
import { expect, test } from 'vitest';
import { hostControls } from '../../src/runtime/enforcement/host-controls.ts';

test('wherever such a file system is mounted, and the places of always', () => {
  const places = hostControls(
    [
      '29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw',
      '40 23 0:30 / /srv/a\\040b rw - cgroup none rw,pids',
      '41 23 8:1 / /data rw - ext4 /dev/sda1 rw',
      '',
    ].join('\n'),
  );
  expect(places).toContain('/srv/a b');
  expect(places).toContain('/proc/sys/kernel/core_pattern');
  expect(places.filter((place) => place === '/sys/fs/cgroup')).toHaveLength(1);
  expect(places).not.toContain('/data');
});

test('on this host its own', () => {
  expect(hostControls()).toContain('/sys/fs/cgroup');
});
