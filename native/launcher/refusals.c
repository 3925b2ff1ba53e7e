/* SPDX-License-Identifier: Apache-2.0 */
/* The list of calls. See refusals.h. */
#include "refusals.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "maker.h"
#include "walls.h"

struct refusal {
	const char *call;
	int error;
	unsigned int lifted;	/* enum wall_privilege; 0: never */
};

static const struct refusal REFUSALS[] = {
	/* Mounts: names would no longer be what the policy means by them. */
	{ "mount", EPERM, LIFT_MOUNT },
	{ "umount", EPERM, LIFT_MOUNT },
	{ "umount2", EPERM, LIFT_MOUNT },
	{ "pivot_root", EPERM, LIFT_MOUNT },
	{ "chroot", EPERM, LIFT_MOUNT },
	{ "open_tree", ENOSYS, LIFT_MOUNT },
	{ "move_mount", ENOSYS, LIFT_MOUNT },
	{ "fsopen", ENOSYS, LIFT_MOUNT },
	{ "fsconfig", ENOSYS, LIFT_MOUNT },
	{ "fsmount", ENOSYS, LIFT_MOUNT },
	{ "fspick", ENOSYS, LIFT_MOUNT },
	{ "mount_setattr", ENOSYS, LIFT_MOUNT },
	{ "open_tree_attr", ENOSYS, LIFT_MOUNT },
	{ "setns", EPERM, LIFT_MOUNT },
	{ "swapon", EPERM, 0 },
	{ "swapoff", EPERM, 0 },
	{ "quotactl", EPERM, 0 },
	{ "quotactl_fd", ENOSYS, 0 },
	{ "acct", EPERM, 0 },
	/* Files past their names. */
	{ "open_by_handle_at", EPERM, 0 },
	{ "name_to_handle_at", EOPNOTSUPP, 0 },
	{ "fanotify_init", EPERM, 0 },
	/* Changes of metadata by calls that the older ones do as well, and that nothing performs. */
	{ "setxattrat", ENOSYS, 0 },
	{ "removexattrat", ENOSYS, 0 },
	{ "file_setattr", ENOSYS, 0 },
	/* Other processes' memory and descriptors. */
	{ "ptrace", EPERM, LIFT_PTRACE },
	{ "process_vm_readv", EPERM, LIFT_PTRACE },
	{ "process_vm_writev", EPERM, LIFT_PTRACE },
	{ "process_madvise", EPERM, LIFT_PTRACE },
	{ "pidfd_getfd", EPERM, LIFT_PTRACE },
	{ "kcmp", EPERM, LIFT_PTRACE },
	/* Calls that are made where no filter and no file rule looks. */
	{ "io_uring_setup", ENOSYS, LIFT_IO_URING },
	{ "io_uring_enter", ENOSYS, LIFT_IO_URING },
	{ "io_uring_register", ENOSYS, LIFT_IO_URING },
	{ "userfaultfd", EPERM, 0 },
	{ "bpf", EPERM, LIFT_BPF },
	{ "perf_event_open", EACCES, LIFT_BPF },
	{ "lookup_dcookie", EPERM, LIFT_BPF },
	/* Kernel code and settings. */
	{ "init_module", EPERM, LIFT_MODULE },
	{ "finit_module", EPERM, LIFT_MODULE },
	{ "delete_module", EPERM, LIFT_MODULE },
	{ "create_module", ENOSYS, LIFT_MODULE },
	{ "kexec_load", EPERM, 0 },
	{ "kexec_file_load", EPERM, 0 },
	{ "reboot", EPERM, 0 },
	{ "settimeofday", EPERM, 0 },
	{ "clock_settime", EPERM, 0 },
	{ "clock_settime64", EPERM, 0 },
	{ "sethostname", EPERM, 0 },
	{ "setdomainname", EPERM, 0 },
	{ "syslog", EPERM, 0 },
	{ "iopl", EPERM, 0 },
	{ "ioperm", EPERM, 0 },
	{ "vm86", ENOSYS, 0 },
	{ "vm86old", ENOSYS, 0 },
	{ "uselib", ENOSYS, 0 },
	{ "nfsservctl", ENOSYS, 0 },
	{ "_sysctl", ENOSYS, 0 },
	{ "vhangup", EPERM, 0 },
	/* Keys of the host's users and of the kernel. */
	{ "add_key", EPERM, 0 },
	{ "request_key", EPERM, 0 },
	{ "keyctl", EPERM, 0 },
	/* Memory as a file without a name: no rule can mean it, and it could be run and mapped. notify.h has another. */
	{ "memfd_create", ENOSYS, LIFT_MEMORY },
	{ "memfd_secret", ENOSYS, 0 },
};

void refusals_add(struct maker *maker)
{
	size_t i;

	for (i = 0; i < sizeof(REFUSALS) / sizeof(REFUSALS[0]); i++) {
		const struct refusal *refusal = &REFUSALS[i];
		int call = maker_number(refusal->call);

		if (call < 0)		/* not of this architecture */
			continue;
		if (!(maker->privileges & refusal->lifted))
			maker_refuse(maker, call, 0, NULL);
	}
}

static int socket_error(const struct seccomp_data *call)
{
	switch ((int)call->args[0]) {
	case AF_INET:
	case AF_INET6:
		return EPERM;
	case AF_NETLINK:
		return EPROTONOSUPPORT;
	default:
		return EAFNOSUPPORT;
	}
}

int refusals_error(const struct seccomp_data *call)
{
	size_t i;

	if (call->nr == SYS_socket)
		return socket_error(call);
	for (i = 0; i < sizeof(REFUSALS) / sizeof(REFUSALS[0]); i++)
		if (maker_number(REFUSALS[i].call) == call->nr)
			return REFUSALS[i].error;
	return EPERM;
}
