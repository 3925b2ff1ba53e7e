/**
 * The `privileged` name that a refused system call asks for; the call's own name where no policy can grant it.
 *
 * One fact, one home: native/launcher/refusals.c has the same names beside each call, and test/kernel compares.
 */
const CALLS: Readonly<Record<string, readonly string[]>> = {
  mount: [
    'mount', 'umount', 'umount2', 'pivot_root', 'chroot', 'open_tree', 'open_tree_attr', 'move_mount', 'fsopen', 'fsconfig', 'fsmount',
    'fspick', 'mount_setattr', 'setns',
  ],
  userns: ['unshare', 'clone', 'clone3'],
  'ptrace-others': ['ptrace', 'process_vm_readv', 'process_vm_writev', 'process_madvise', 'pidfd_getfd', 'kcmp'],
  io_uring: ['io_uring_setup', 'io_uring_enter', 'io_uring_register'],
  bpf: ['bpf', 'perf_event_open', 'lookup_dcookie'],
  module: ['init_module', 'finit_module', 'delete_module', 'create_module'],
  'raw-socket': ['socket'],
}; // biome-ignore format: a table

const PRIVILEGES = new Map(
  Object.entries(CALLS).flatMap(([privilege, calls]) => calls.map((call) => [call, privilege] as const)),
);

export function privilegeOf(call: string): string {
  return PRIVILEGES.get(call) ?? call;
}
