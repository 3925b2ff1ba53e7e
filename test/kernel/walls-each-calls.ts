/**
 * Rows of walls-each.test.ts for seccomp: each refused call, its errno and the `privileged` name that lifts it, as
 * docs/walls.md has them and written down apart from native/launcher/refusals.c, so that a call taken out there is missed.
 */

export interface CallRow {
  /** As the launcher tells of it. */
  call: string;
  /** Of attacks in hostile/kernel.py and hostile/each.py. */
  act: string;
  errno: string;
  /** A name under `privileged`; null: none, and the act is seen with no walls at all. */
  lifted: string | null;
  /** What has to be lifted beside it: another wall would refuse the same. */
  beside?: string;
}

const group = (errno: string, lifted: string | null, calls: string): CallRow[] =>
  calls.split(' ').map((call) => ({ call, act: `call_${call}`, errno, lifted }));

/** REFUSALS of the filter. */
export const REFUSED: readonly CallRow[] = [
  ...group('EPERM', 'mount', 'mount umount2 pivot_root chroot setns'),
  ...group('ENOSYS', 'mount', 'open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr open_tree_attr'),
  ...group('EPERM', 'ptrace-others', 'ptrace process_vm_readv process_vm_writev process_madvise pidfd_getfd kcmp'),
  ...group('ENOSYS', 'io_uring', 'io_uring_setup io_uring_enter io_uring_register'),
  ...group('EPERM', 'bpf', 'bpf lookup_dcookie'),
  ...group('EACCES', 'bpf', 'perf_event_open'),
  ...group('EPERM', 'module', 'init_module finit_module delete_module'),
  ...group('ENOSYS', 'module', 'create_module'),
  ...group('EPERM', null, 'swapon swapoff quotactl acct open_by_handle_at fanotify_init userfaultfd'),
  ...group('EPERM', null, 'kexec_load reboot settimeofday clock_settime sethostname setdomainname syslog'),
  ...group('EPERM', null, 'iopl ioperm vhangup add_key request_key keyctl'),
  ...group('ENOTSUP', null, 'name_to_handle_at'),
  ...group('ENOSYS', null, 'quotactl_fd setxattrat removexattrat file_setattr uselib nfsservctl _sysctl memfd_secret'),
  ...group('EPERM', null, 'kexec_file_load'),
]; // biome-ignore format: groups

/** Calls refused by their arguments. */
export const BY_ARGUMENT: readonly CallRow[] = [
  ...['mount', 'user', 'pid', 'network', 'ipc', 'uts'].map((word) => ({
    call: 'unshare',
    act: `unshare_${word}`,
    errno: 'EPERM',
    lifted: 'userns',
    beside: 'mount', // for the capability
  })),
  { call: 'clone', act: 'clone_user_namespace', errno: 'EPERM', lifted: 'userns' },
  { call: 'ioctl', act: 'type_into_terminal', errno: 'EPERM', lifted: null },
  { call: 'ioctl', act: 'type_into_terminal_high_bits', errno: 'EPERM', lifted: null },
  { call: 'ioctl', act: 'select_on_the_console', errno: 'EPERM', lifted: null },
  { call: 'ioctl', act: 'snapshot_of_a_tree', errno: 'EPERM', lifted: 'mount' },
  { call: 'prlimit64', act: 'limit_outsider', errno: 'EPERM', lifted: null },
  { call: 'mknodat', act: 'make_device', errno: 'EPERM', lifted: null },
  { call: 'listen', act: 'listen_on_a_port_that_the_kernel_picks', errno: 'EPERM', lifted: 'local-sockets' },
  { call: 'socket', act: 'socket_packet', errno: 'EAFNOSUPPORT', lifted: 'raw-socket' },
  { call: 'socket', act: 'socket_packet_datagram', errno: 'EAFNOSUPPORT', lifted: 'raw-socket' },
  { call: 'socket', act: 'socket_raw', errno: 'EPERM', lifted: 'raw-socket' },
  { call: 'socket', act: 'socket_raw6', errno: 'EPERM', lifted: 'raw-socket' },
  { call: 'socket', act: 'socket_alg', errno: 'EAFNOSUPPORT', lifted: null },
  { call: 'socket', act: 'socket_vsock', errno: 'EAFNOSUPPORT', lifted: null },
  { call: 'socket', act: 'socket_netlink_audit', errno: 'EPROTONOSUPPORT', lifted: null },
  { call: 'socket', act: 'socket_netlink_netfilter', errno: 'EPROTONOSUPPORT', lifted: null },
];
