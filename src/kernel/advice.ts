/**
 * Why a host has no better mechanism for a category, and what to change: a kernel option, a boot parameter, a mount.
 *
 * In:     the programs of this version with what became of each, and what the kernel was built and booted with.
 * Out:    sentences for people. Nothing where this version has no better mechanism for any host.
 */
import { WarderError } from '../base/error.ts';
import type { ProgramStatus } from './addon.ts';
import type { HostState } from './host-state.ts';
import { type Strength, strongerChoices } from './mechanisms.ts';

/** What is the matter, and what to do about it. */
export interface Advice {
  why: string;
  change: string;
}

export interface Better extends Advice {
  by: string;
  strength: Strength;
}

const BOOT =
  'on Debian and Ubuntu: add it to GRUB_CMDLINE_LINUX in /etc/default/grub, run update-grub, reboot';

type Programs = readonly Pick<ProgramStatus, 'name' | 'section' | 'available'>[];

/** Stronger mechanisms of a category, strongest first, each with the first thing that stands in its way. */
export function whyNotBetter(category: string, programs: Programs, state: HostState): Better[] {
  const loaded = programs.filter(({ available }) => available).map(({ name }) => name);
  return strongerChoices(category, loaded).flatMap(({ by, strength, missing }) => {
    const absent = programs.find(({ name }) => missing.includes(name));
    const isKnown = missing.every((name) => programs.some((program) => program.name === name));
    return absent && isKnown ? [{ by, strength, ...programAdvice(absent.section, state) }] : [];
  });
}

function programAdvice(section: string, state: HostState): Advice {
  if (section.startsWith('lsm')) {
    return (
      lsmAdvice(state) ?? {
        why: `the kernel has no hook ${section}`,
        change: 'boot a newer kernel: docs/kernel-support.md says which hooks each has',
      }
    );
  }
  const option = section.startsWith('cgroup/') ? 'CONFIG_CGROUP_BPF=y' : 'CONFIG_FTRACE_SYSCALLS=y';
  return {
    why: `the kernel has no hook ${section}`,
    change: `boot a kernel that is built with ${option} and has that hook: docs/kernel-support.md says which do`,
  };
}

/** Null where BPF LSM works. */
export function lsmAdvice({ lsm, activeLsms, lockdown }: HostState): Advice | null {
  if (lsm.state === 'works') return null;
  if (lsm.state === 'absent') {
    return {
      why: 'the kernel is built without BPF LSM',
      change:
        'boot a kernel built with CONFIG_BPF_LSM=y (Debian 12, Ubuntu 22.04 and RHEL 9 kernels have it)',
    };
  }
  if (lsm.state === 'uncalled') return inactiveAdvice('bpf', activeLsms);
  const why = `the kernel refuses to load BPF LSM programs (${lsm.errnoName}), whatever its list of active LSMs says`;
  if (lockdown === 'confidentiality') {
    return { why: `${why}: it is locked down`, change: `boot with lockdown=integrity; ${BOOT}` };
  }
  return {
    why,
    change:
      'whoever operates this kernel has to allow them (a sandbox or a hosting provider took them away); a virtual machine with a kernel of its own has them',
  };
}

function inactiveAdvice(name: string, activeLsms: string[] | null): Advice {
  const others = activeLsms?.filter((lsm) => lsm !== 'capability').join(',');
  return {
    why:
      activeLsms === null
        ? `${name} is no active LSM; which are is unknown, for securityfs is not mounted`
        : `${name} is not among the active LSMs (${activeLsms.join(', ')})`,
    change: `boot with lsm=${others ?? '…'},${name}; ${BOOT}`,
  };
}

/** What the walls of a run and its limits lack, with no category to stand under. */
export function hostNotes(state: HostState): Advice[] {
  const notes: Advice[] = [];
  if (state.lsm.state !== 'works' && state.landlockAbi > 0 && state.landlockAbi < SCOPES_ABI) {
    notes.push({
      why: `Landlock has version ${state.landlockAbi} here: ${landlockGaps(state.landlockAbi)}`,
      change: 'boot Linux 6.12 or newer, or make BPF LSM work',
    });
  }
  if (state.lsm.state !== 'works' && (state.eventGroups ?? MANY_RUNS) < MANY_RUNS) {
    notes.push({
      why: `each run takes one of root's ${state.eventGroups} groups of permission events: more runs at once are not started`,
      change: `sysctl -w fs.fanotify.max_user_groups=${MANY_RUNS}, and the same in /etc/sysctl.d`,
    });
  }
  const missing = ['cpu', 'memory', 'pids'].filter((name) => !state.controllers.includes(name));
  if (missing.length > 0) {
    notes.push({
      why: `cgroup2 has no controller ${missing.join(', ')}: \`limits:\` of a policy are not kept by it`,
      change: 'boot with cgroup_no_v1=all, or systemd.unified_cgroup_hierarchy=1',
    });
  }
  if (!state.bpffs) {
    notes.push({
      why: 'no bpf file system is mounted at /sys/fs/bpf: nothing can stay in force there when a service of Warder dies',
      change: 'mount -t bpf bpf /sys/fs/bpf',
    });
  }
  return notes;
}

/** More than a host is expected to run at once. The kernel's own default is 128. */
const MANY_RUNS = 1024;

/** landlock(7): truncate with 3 (Linux 6.2), ioctl of devices with 5 (6.10), signals and abstract sockets with 6 (6.12). */
const SCOPES_ABI = 6;

function landlockGaps(abi: number): string {
  const since: [number, string][] = [
    [3, 'truncate(2)'],
    [5, 'ioctl(2) of devices'],
    [SCOPES_ABI, 'signals and abstract unix sockets to outside a run'],
  ];
  const lacking = since.filter(([least]) => abi < least).map(([, what]) => what);
  return `it does not judge ${lacking.join(', ')}`;
}

/** Where an agent cannot be started under an enforcing policy: nothing would refuse its file effects. */
export function wallProblems(state: HostState): WarderError[] {
  if (state.lsm.state === 'works' || state.landlockAbi > 0) return [];
  const landlock = inactiveAdvice('landlock', state.activeLsms);
  return [
    new WarderError(
      'KERNEL_NO_WALLS',
      `neither BPF LSM nor Landlock work here, so an enforcing policy could not be kept: ${lsmAdvice(state)?.why}; ${landlock.why}`,
      `boot with lsm=…,landlock,bpf on a kernel built with CONFIG_SECURITY_LANDLOCK=y and CONFIG_BPF_LSM=y; ${BOOT}`,
    ),
  ];
}
