/**
 * What a kernel was built and booted with, as far as it says: why a mechanism is not to be had, and what would change that.
 *
 * In:     /sys/kernel/security, /proc/mounts, /proc/sys, cgroup2; and a BPF LSM program that is loaded, attached and triggered.
 * Out:    facts; null for what this host does not show.
 * Throws: KERNEL_… of the addon.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type HostFacts, type LsmProbe, loadAddon } from './addon.ts';
import { explaining } from './kernel-error.ts';

export interface HostState {
  kernel: string;
  lsm: LsmProbe;
  /** In the order in which the kernel asks them; null where securityfs is not mounted. */
  activeLsms: string[] | null;
  /** `none`, `integrity` or `confidentiality`; null where that LSM is not active. */
  lockdown: string | null;
  /** 0: none. */
  landlockAbi: number;
  bpffs: boolean;
  /** Groups of permission events that the kernel gives to a user; null where it does not say. */
  eventGroups: number | null;
  /** Of cgroup2: those that `limits:` can use. */
  controllers: string[];
}

export function hostState({ kernel, landlockAbi, cgroup2 }: HostFacts): HostState {
  return {
    kernel,
    lsm: explaining(() => loadAddon().probeLsm()),
    activeLsms: text('/sys/kernel/security/lsm')?.trim().split(',') ?? null,
    lockdown: /\[(\w+)\]/.exec(text('/sys/kernel/security/lockdown') ?? '')?.[1] ?? null,
    landlockAbi,
    bpffs: /^\S+ \/sys\/fs\/bpf bpf /m.test(text('/proc/mounts') ?? ''),
    eventGroups: Number(text('/proc/sys/fs/fanotify/max_user_groups') ?? 0) || null,
    controllers:
      text(join(cgroup2 ?? '/sys/fs/cgroup', 'cgroup.controllers'))
        ?.trim()
        .split(' ') ?? [],
  };
}

function text(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
