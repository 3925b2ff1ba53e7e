/**
 * Errors of the addon as WarderErrors: what the kernel said, and what to do about it.
 *
 * In:     whatever a call into the addon threw.
 * Out:    WarderError with the addon's code and message. Anything else is a fault of ours and stays what it is.
 */
import { WarderError } from '../base/error.ts';
import type { AddonError } from './addon.ts';

const REPORT = 'this should not happen: report it with the message and the kernel version';

const RIGHTS = 'run as root on the host itself; in a container give it CAP_SYS_ADMIN';

/** By errno: reasons that say more than the step that failed. */
const FIX_BY_ERRNO: Readonly<Record<string, string>> = {
  EPERM: RIGHTS,
  EACCES: RIGHTS,
  ENOMEM: 'free memory, or raise the memory limit of the cgroup that Warder runs in',
  EMFILE: 'raise the limit of open files (ulimit -n)',
  ENFILE: 'raise the limit of open files of the host (sysctl fs.file-max)',
};

/** Of what the addon fails with; what is not here should not happen. */
export const FIX_BY_CODE: Readonly<Record<string, string>> = {
  KERNEL_CGROUP: 'mount cgroup2: mount -t cgroup2 none /sys/fs/cgroup',
  KERNEL_BTF: 'boot a kernel built with CONFIG_DEBUG_INFO_BTF=y',
  KERNEL_LOAD: 'check that the kernel is 6.1 or newer; the end of the message is the reason of its verifier',
  KERNEL_ATTACH: 'check that the kernel is 6.1 or newer and built with the hook that the message names',
  KERNEL_GUARD: 'run as root, on a kernel with CONFIG_FANOTIFY_ACCESS_PERMISSIONS=y',
  KERNEL_LABEL: 'the process ended before it could be governed; start it again',
  KERNEL_PIN: 'mount a BPF file system: mount -t bpf bpf /sys/fs/bpf',
  KERNEL_RING: 'free memory, or ask for smaller ring buffers',
  KERNEL_MAP_WRITE: 'use fewer or shorter rules: the kernel has no room for all of them',
};

export function explained(error: unknown): unknown {
  if (!isAddonError(error)) return error;
  const fix = FIX_BY_ERRNO[error.errnoName ?? ''] ?? FIX_BY_CODE[error.code] ?? REPORT;
  return new WarderError(error.code, error.message, fix, { cause: error });
}

/** Runs a call into the addon. */
export function explaining<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw explained(error);
  }
}

function isAddonError(error: unknown): error is AddonError {
  return (
    error instanceof Error &&
    !(error instanceof WarderError) &&
    String((error as Partial<AddonError>).code).startsWith('KERNEL_')
  );
}
