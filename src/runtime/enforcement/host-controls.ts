/**
 * Places of the kernel's own through which processes are held, watched and given rights, wherever they are mounted: a
 * process that may write there leaves its limits and its suspension, unpins what governs it, or has a program of its
 * choice run outside of every run (core_pattern, uevent_helper).
 *
 * In:  text of mountinfo. Out: absolute paths, each once; below some of them others may lie.
 * Source: cgroups(7), core(5).
 */
import { mounts } from '../mountinfo.ts';

const KINDS = new Set([
  'cgroup',
  'cgroup2',
  'bpf',
  'tracefs',
  'debugfs',
  'securityfs',
  'configfs',
  'efivarfs',
]);
// Not all of /proc/sys: who makes a container sets what of it is the container's own, under the container's label.
const SETTINGS = [
  'fs/binfmt_misc',
  'kernel/core_pattern',
  'kernel/hotplug',
  'kernel/modprobe',
  'kernel/poweroff_cmd',
  'kernel/sysrq',
  'kernel/unprivileged_bpf_disabled',
  'kernel/usermodehelper',
  'kernel/yama',
].map((name) => `/proc/sys/${name}`);
const ALWAYS = ['/sys/fs/cgroup', '/sys/fs/bpf', '/sys/kernel', '/proc/sysrq-trigger', ...SETTINGS];

export function hostControls(mountinfo?: string): string[] {
  const places = new Set(ALWAYS);
  for (const { place, kind } of mounts(mountinfo)) if (KINDS.has(kind)) places.add(place);
  return [...places];
}
