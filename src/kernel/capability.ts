/**
 * Whether Warder can work on this host, asked before anything is loaded.
 *
 * Out: every problem at once, each a WarderError with what to do about it; none for a host that will do. What
 *      only shows on loading (a kernel that lacks one of our hooks) comes from Sensor.open.
 */
import { WarderError } from '../base/error.ts';
import { type HostFacts, loadAddon } from './addon.ts';
import { explaining } from './kernel-error.ts';

/** Oldest kernel that is supported and tried. */
const KERNEL_FLOOR = [6, 1] as const;

/**
 * Capabilities without which it does not work, and what each is for. CAP_SYS_ADMIN includes CAP_BPF, CAP_PERFMON and
 * CAP_NET_ADMIN for all that we do, and these do not suffice: the BPF file system that pins lie on is a mount.
 */
const NEEDED: Readonly<Record<string, string>> = {
  sys_admin: 'load and attach the programs',
  setuid: 'start an agent as another user',
  setgid: 'start an agent as another user',
  setpcap: 'take capabilities from an agent',
  kill: 'signal an agent that runs as another user',
};

/** Every reason why Warder cannot work here. */
function checkHost(): WarderError[] {
  let facts: HostFacts;
  try {
    const addon = loadAddon();
    facts = explaining(() => addon.hostFacts());
  } catch (error) {
    if (error instanceof WarderError) return [error];
    throw error;
  }
  return hostProblems(facts);
}

/**
 * The mount point of cgroup2 on a host that will do.
 * Throws: the one problem, or an AggregateError of all.
 */
export function requireHost(): { cgroup2: string } {
  const problems = checkHost();
  if (problems.length === 1) throw problems[0];
  if (problems.length > 1) throw new AggregateError(problems, 'Warder cannot work on this host');
  return { cgroup2: loadAddon().hostFacts().cgroup2! };
}

/** The same for given facts. */
export function hostProblems(facts: HostFacts): WarderError[] {
  return [
    ...rightsProblems(facts),
    ...kernelProblems(facts.kernel),
    ...btfProblems(facts.btf),
    ...cgroupProblems(facts.cgroup2),
  ];
}

function rightsProblems({ effectiveUid, capabilities }: HostFacts): WarderError[] {
  if (effectiveUid !== 0) {
    return [
      new WarderError(
        'KERNEL_NOT_ROOT',
        `this command runs as user ${effectiveUid} and watching agents in the kernel needs root`,
        'run it with sudo; the agent itself can run as any user: --user NAME',
      ),
    ];
  }
  const missing = Object.entries(NEEDED).filter(([name]) => !capabilities.includes(name));
  if (missing.length === 0) return [];
  const reasons = missing.map(([name, purpose]) => `CAP_${name.toUpperCase()} (to ${purpose})`).join(', ');
  return [
    new WarderError(
      'KERNEL_CAPABILITY',
      `root here lacks ${reasons}`,
      `run on the host itself; in a container add them: docker run ${missing.map(([name]) => `--cap-add ${name.toUpperCase()}`).join(' ')}`,
    ),
  ];
}

function kernelProblems(release: string): WarderError[] {
  const [major = 0, minor = 0] = release.split(/[.-]/).map(Number);
  const [floorMajor, floorMinor] = KERNEL_FLOOR;
  if (major > floorMajor || (major === floorMajor && minor >= floorMinor)) return [];
  return [
    new WarderError(
      'KERNEL_TOO_OLD',
      `the kernel is ${release} and Warder needs ${KERNEL_FLOOR.join('.')} or newer`,
      'boot a newer kernel (Debian 12, Ubuntu 24.04 and their backports have one)',
    ),
  ];
}

function btfProblems(btf: boolean): WarderError[] {
  if (btf) return [];
  return [
    new WarderError(
      'KERNEL_NO_BTF',
      'the kernel has no /sys/kernel/btf/vmlinux that can be read',
      'boot a kernel built with CONFIG_DEBUG_INFO_BTF=y (Debian 12, Ubuntu 22.04 and RHEL 9 kernels have it)',
    ),
  ];
}

function cgroupProblems(cgroup2: string | null): WarderError[] {
  if (cgroup2 !== null) return [];
  return [
    new WarderError(
      'KERNEL_NO_CGROUP2',
      'no cgroup2 hierarchy is mounted',
      'mount it: mkdir -p /sys/fs/cgroup/unified && mount -t cgroup2 none /sys/fs/cgroup/unified',
    ),
  ];
}
