/* SPDX-License-Identifier: Apache-2.0 */
/* The seccomp filter. See filter.h; the list and its reasons are in docs/walls.md. */
#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clerk.h"
#include "walls.h"

#define NAMESPACES	(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWCGROUP)
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME	0x80
#endif
#define AF_OF_RAW	3	/* SOCK_RAW, without its flags */
#define TYPE_MASK	0xf
/* linux/netlink.h */
#define NETLINK_ROUTE_PROTOCOL	0

/* linux/seccomp.h: SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV */
#define WAIT_KILLABLE	(1UL << 5)

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
	{ "memfd_create", ENOSYS, 0 },
	{ "memfd_secret", ENOSYS, 0 },
};

/* Families that a rule can name, and routing messages, which name look-ups need. */
static const int FAMILIES[] = { AF_INET, AF_INET6 };

struct maker {
	scmp_filter_ctx context;
	unsigned int privileges;
	int failed;		/* a negative errno: the first fault */
};

static void note(struct maker *maker, int result)
{
	if (result < 0 && !maker->failed)
		maker->failed = result;
}

/* Refused by the monitor, which tells of it: filter_error() has the errno. */
static void refuse(struct maker *maker, int call, unsigned int count, const struct scmp_arg_cmp *arguments)
{
	note(maker, seccomp_rule_add_array(maker->context, SCMP_ACT_NOTIFY, call, count, arguments));
}

/* Refused by the filter itself, without a word: what honest programs try all the time. */
static void refuse_quietly(struct maker *maker, int error, int call, unsigned int count,
			   const struct scmp_arg_cmp *arguments)
{
	note(maker, seccomp_rule_add_array(maker->context, SCMP_ACT_ERRNO((unsigned int)error), call, count, arguments));
}

/* Its number, or __NR_SCMP_ERROR where neither libseccomp nor we know the name. */
static int number_of(const char *name)
{
	/* Newer than the libseccomp of Debian 12; the numbers are those of every architecture. Linux 6.6, 6.13, 6.15, 6.17. */
	static const struct { const char *name; int number; } NEWER[] = {
		{ "fchmodat2", __NR_fchmodat2 }, { "setxattrat", 463 }, { "removexattrat", 466 },
		{ "open_tree_attr", 467 }, { "file_setattr", 469 },
	};
	int number = seccomp_syscall_resolve_name(name);
	size_t i;

	for (i = 0; number == __NR_SCMP_ERROR && i < sizeof(NEWER) / sizeof(NEWER[0]); i++)
		if (!strcmp(name, NEWER[i].name))
			number = NEWER[i].number;
	return number;
}

static void refuse_calls(struct maker *maker)
{
	size_t i;

	for (i = 0; i < sizeof(REFUSALS) / sizeof(REFUSALS[0]); i++) {
		const struct refusal *refusal = &REFUSALS[i];
		int call = number_of(refusal->call);

		if (call < 0)		/* not of this architecture */
			continue;
		if (!(maker->privileges & refusal->lifted))
			refuse(maker, call, 0, NULL);
	}
}

/*
 * A namespace is where a filter or a rule could be left behind. clone3 has its flags in memory, where no
 * filter can look: the C library falls back to clone on ENOSYS.
 */
static void refuse_namespaces(struct maker *maker)
{
	static const unsigned int FLAGS[] = { CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER,
					      CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWCGROUP };
	size_t i;

	if (maker->privileges & LIFT_USERNS)
		return;
	refuse_quietly(maker, ENOSYS, SCMP_SYS(clone3), 0, NULL);
	for (i = 0; i < sizeof(FLAGS) / sizeof(FLAGS[0]); i++) {
		struct scmp_arg_cmp set = SCMP_A0(SCMP_CMP_MASKED_EQ, FLAGS[i], FLAGS[i]);

		refuse(maker, SCMP_SYS(clone), 1, &set);
		refuse(maker, SCMP_SYS(unshare), 1, &set);
	}
	{
		struct scmp_arg_cmp set = SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_NEWTIME, CLONE_NEWTIME);

		refuse(maker, SCMP_SYS(unshare), 1, &set);	/* the same bit means something else to clone */
	}
}

/* Typing into the terminal's input, as if the person at it had: and the console's selection, the same by another way. */
static void refuse_typing(struct maker *maker)
{
	static const unsigned int REQUESTS[] = { TIOCSTI, TIOCLINUX };
	size_t i;

	for (i = 0; i < sizeof(REQUESTS) / sizeof(REQUESTS[0]); i++) {
		/* The kernel looks at the lower half alone. */
		struct scmp_arg_cmp request = SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffff, REQUESTS[i]);

		refuse(maker, SCMP_SYS(ioctl), 1, &request);
	}
}

/* Limits of other processes: whoever has the same user may set them, and no scope of Landlock covers it. */
static void refuse_limits_of_others(struct maker *maker)
{
	struct scmp_arg_cmp other = SCMP_A0(SCMP_CMP_NE, 0);

	refuse(maker, SCMP_SYS(prlimit64), 1, &other);
}

static void refuse_devices(struct maker *maker)
{
	static const unsigned int KINDS[] = { S_IFCHR, S_IFBLK };
	size_t i;

	for (i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]); i++) {
		struct scmp_arg_cmp mode = SCMP_A1(SCMP_CMP_MASKED_EQ, S_IFMT, KINDS[i]);
		struct scmp_arg_cmp mode_at = SCMP_A2(SCMP_CMP_MASKED_EQ, S_IFMT, KINDS[i]);

		refuse(maker, SCMP_SYS(mknod), 1, &mode);
		refuse(maker, SCMP_SYS(mknodat), 1, &mode_at);
	}
}

/* Every family that is not allowed, as ranges between those that are: a filter has no "none of". */
static void refuse_families(struct maker *maker, const struct walls *walls)
{
	bool allowed[AF_MAX] = { false };
	unsigned int family;
	size_t i;

	for (i = 0; i < sizeof(FAMILIES) / sizeof(FAMILIES[0]); i++)
		allowed[FAMILIES[i]] = true;
	allowed[AF_NETLINK] = true;
	allowed[AF_UNIX] = walls->local_sockets;
	if (maker->privileges & LIFT_RAW_SOCKET)
		allowed[AF_PACKET] = true;
	for (family = 0; family < AF_MAX; family++) {
		struct scmp_arg_cmp equal = SCMP_A0(SCMP_CMP_MASKED_EQ, 0xffffffff, family);

		/* Name look-ups try a unix socket before anything else. */
		if (family == AF_UNIX && !allowed[family])
			refuse_quietly(maker, EACCES, SCMP_SYS(socket), 1, &equal);
		else if (!allowed[family])
			refuse(maker, SCMP_SYS(socket), 1, &equal);
	}
	{
		struct scmp_arg_cmp beyond = SCMP_A0(SCMP_CMP_GE, AF_MAX);

		refuse(maker, SCMP_SYS(socket), 1, &beyond);
	}
}

static void refuse_raw_sockets(struct maker *maker)
{
	size_t i;

	for (i = 0; i < sizeof(FAMILIES) / sizeof(FAMILIES[0]); i++) {
		struct scmp_arg_cmp raw[] = { SCMP_A0(SCMP_CMP_MASKED_EQ, 0xffffffff, (unsigned int)FAMILIES[i]),
					      SCMP_A1(SCMP_CMP_MASKED_EQ, TYPE_MASK, AF_OF_RAW) };

		if (!(maker->privileges & LIFT_RAW_SOCKET))
			refuse(maker, SCMP_SYS(socket), 2, raw);
	}
	for (i = NETLINK_ROUTE_PROTOCOL + 1; i < 32; i++) {
		struct scmp_arg_cmp other[] = { SCMP_A0(SCMP_CMP_MASKED_EQ, 0xffffffff, AF_NETLINK),
						SCMP_A2(SCMP_CMP_MASKED_EQ, 0xffffffff, i) };

		refuse(maker, SCMP_SYS(socket), 2, other);
	}
}

/* From libseccomp into memory that seccomp(2) takes. It writes to descriptors only. */
static int export(scmp_filter_ctx context, struct sock_fprog *filter)
{
	int fd = memfd_create("filter", MFD_CLOEXEC);
	struct stat status;
	int result = fd < 0 ? -errno : seccomp_export_bpf(context, fd);

	if (result < 0)
		return result;
	if (fstat(fd, &status))
		return -errno;
	filter->len = (unsigned short)((size_t)status.st_size / sizeof(struct sock_filter));
	filter->filter = malloc((size_t)status.st_size);
	if (!filter->filter)
		return -ENOMEM;
	if (pread(fd, filter->filter, (size_t)status.st_size, 0) != status.st_size)
		return -EIO;
	close(fd);
	return 0;
}

/* Execs that wait for an answer, opens that may have been granted: nobody pays for these but whose policy holds some. */
static void notify_held(struct maker *maker, unsigned int holds)
{
	if (holds & HOLD_EXEC) {
		refuse(maker, SCMP_SYS(execve), 0, NULL);
		refuse(maker, SCMP_SYS(execveat), 0, NULL);
	}
	if (holds & HOLD_FILES) {
		refuse(maker, SCMP_SYS(open), 0, NULL);
		refuse(maker, SCMP_SYS(creat), 0, NULL);
		refuse(maker, SCMP_SYS(openat), 0, NULL);
		refuse(maker, SCMP_SYS(openat2), 0, NULL);
	}
}

/* Opens that may make a file: by their flags, where those are in a register. */
static void notify_creations(struct maker *maker)
{
	struct scmp_arg_cmp creates = SCMP_A1(SCMP_CMP_MASKED_EQ, O_CREAT, O_CREAT);
	struct scmp_arg_cmp creates_at = SCMP_A2(SCMP_CMP_MASKED_EQ, O_CREAT, O_CREAT);

	refuse(maker, SCMP_SYS(open), 1, &creates);
	refuse(maker, SCMP_SYS(openat), 1, &creates_at);
	refuse(maker, SCMP_SYS(creat), 0, NULL);
	refuse(maker, SCMP_SYS(openat2), 0, NULL);
}

/* Names given and taken, performed by the clerk or with a grant. */
static void notify_names(struct maker *maker)
{
	static const char *const CALLS[] = { "rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat",
					     "mkdir", "mkdirat", "mknod", "mknodat", "unlink", "unlinkat", "rmdir", "chmod", "fchmodat", "fchmodat2",
					     "truncate", "inotify_add_watch", "chown", "lchown", "fchownat", "utime", "utimes", "setxattr",
					     "lsetxattr", "removexattr", "lremovexattr" };
	/* Without a name they are of a descriptor, and go on. */
	static const char *const NAMED[] = { "futimesat", "utimensat" };
	struct scmp_arg_cmp named = SCMP_A1(SCMP_CMP_NE, 0);
	size_t i;

	for (i = 0; i < sizeof(CALLS) / sizeof(CALLS[0]); i++)
		if (number_of(CALLS[i]) >= 0)
			refuse(maker, number_of(CALLS[i]), 0, NULL);
	for (i = 0; i < sizeof(NAMED) / sizeof(NAMED[0]); i++)
		if (number_of(NAMED[i]) >= 0)
			refuse(maker, number_of(NAMED[i]), 1, &named);
}

/* Whether changes of names are performed: by the clerk, or with a grant. Those that neither makes go on. */
static bool performs(const struct walls *walls)
{
	return clerk_wanted(walls) || (walls->holds & HOLD_FILES);
}

int filter_make(struct sock_fprog *filter, const struct walls *walls)
{
	struct maker maker = { .context = seccomp_init(SCMP_ACT_ALLOW), .privileges = walls->privileges };

	if (!maker.context) {
		errno = ENOMEM;
		return -1;
	}
	note(&maker, seccomp_attr_set(maker.context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS));
	note(&maker, seccomp_attr_set(maker.context, SCMP_FLTATR_CTL_OPTIMIZE, 2));
	refuse_calls(&maker);
	refuse_namespaces(&maker);
	refuse_typing(&maker);
	refuse_limits_of_others(&maker);
	if (!performs(walls))
		refuse_devices(&maker);
	refuse_families(&maker, walls);
	refuse_raw_sockets(&maker);
	/* A port that nobody bound the kernel picks, and no rule is asked. Where there are unix sockets it goes on: notify.c. */
	if (!walls->local_sockets)
		refuse(&maker, SCMP_SYS(listen), 0, NULL);
	notify_held(&maker, walls->holds);
	if (performs(walls))
		notify_names(&maker);
	if (clerk_wanted(walls) && !(walls->holds & HOLD_FILES))
		notify_creations(&maker);
	if (clerk_wanted(walls) && walls->local_sockets)
		refuse(&maker, SCMP_SYS(bind), 0, NULL);
	if (!maker.failed)
		note(&maker, export(maker.context, filter));
	seccomp_release(maker.context);
	errno = -maker.failed;
	return maker.failed ? -1 : 0;
}

int filter_bind(const struct sock_fprog *filter)
{
	/* Who waits for a person is not to be sent home by every SIGCHLD; Linux 5.19. */
	int listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
				    SECCOMP_FILTER_FLAG_NEW_LISTENER | WAIT_KILLABLE, filter);

	if (listener >= 0 || errno != EINVAL)
		return listener;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, filter);
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

int filter_error(const struct seccomp_data *call)
{
	size_t i;

	if (call->nr == SYS_socket)
		return socket_error(call);
	for (i = 0; i < sizeof(REFUSALS) / sizeof(REFUSALS[0]); i++)
		if (number_of(REFUSALS[i].call) == call->nr)
			return REFUSALS[i].error;
	return EPERM;
}
