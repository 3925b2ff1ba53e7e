// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What reaches the host past files and addresses, where the kernel runs BPF LSM
 * programs: capabilities of root, sockets of other families, rings, keys, and
 * settings of other processes.
 *
 * The launcher's walls take the same away from a run where there is no LSM
 * (native/launcher/capabilities.c, filter.c); here it holds for adopted
 * processes as well.
 */
#include "privilege.h"

/* include/uapi/linux/capability.h */
#define CAP_CHOWN		0
#define CAP_DAC_OVERRIDE	1
#define CAP_DAC_READ_SEARCH	2	/* asked before the one above, on every access; handles are judged as they open */
#define CAP_FOWNER		3
#define CAP_FSETID		4
#define CAP_KILL		5
#define CAP_SETGID		6
#define CAP_SETUID		7
#define CAP_NET_BIND_SERVICE	10
#define CAP_NET_RAW		13
#define CAP_SYS_MODULE		16
#define CAP_SYS_CHROOT		18
#define CAP_SYS_PTRACE		19
#define CAP_SYS_ADMIN		21
#define CAP_PERFMON		38
#define CAP_BPF			39

/* include/linux/security.h: a question that is nobody's action */
#define CAP_OPT_NOAUDIT		(1 << 1)

/* Ids and permission bits, as package managers and build tools of root use them. */
#define CAPABILITIES_KEPT	(1ULL << CAP_CHOWN | 1ULL << CAP_DAC_OVERRIDE | 1ULL << CAP_FOWNER | \
				 1ULL << CAP_FSETID | 1ULL << CAP_DAC_READ_SEARCH | 1ULL << CAP_KILL | 1ULL << CAP_SETGID | 1ULL << CAP_SETUID | \
				 1ULL << CAP_NET_BIND_SERVICE)

/* Which name under `privileged` gives it; PRIVILEGE_HOST is none that a policy can write. */
static __always_inline __u32 privilege_of_capability(int capability)
{
	switch (capability) {
	case CAP_NET_RAW:
		return PRIVILEGE_RAW_SOCKET;
	case CAP_SYS_PTRACE:
		return PRIVILEGE_PTRACE_OTHERS;
	case CAP_SYS_ADMIN:
	case CAP_SYS_CHROOT:
		return PRIVILEGE_MOUNT;
	case CAP_PERFMON:
	case CAP_BPF:
		return PRIVILEGE_BPF;
	case CAP_SYS_MODULE:
		return PRIVILEGE_MODULE;
	default:
		return PRIVILEGE_HOST;
	}
}

/*
 * Over the initial user namespace, and over any that the caller is not in: who may enter one has them all there, and
 * with them the mounts and names of whoever made it. What root is in its own one the other hooks judge. With other
 * credentials than the task's own a file system acts for itself, below what was judged: overlayfs looks at its marks on
 * a layer.
 */
SEC("lsm/capable")
int BPF_PROG(guard_capable, const struct cred *cred, struct user_namespace *ns, int capability, unsigned int options)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 privilege;

	if ((__u32)capability < 64 && (CAPABILITIES_KEPT >> capability & 1))
		return 0;
	if (task->cred != task->real_cred)
		return 0;
	if (!BPF_CORE_READ(ns, level))
		privilege = privilege_of_capability(capability);
	else if (ns != BPF_CORE_READ(cred, user_ns))
		privilege = PRIVILEGE_USERNS;
	else
		return 0;
	/* Granted ones are asked for all the time: nobody is told. */
	if (privilege_silent(privilege))
		return 0;
	if (options & CAP_OPT_NOAUDIT)
		return -EPERM;
	return privilege_granted(privilege, capability, 0) ? 0 : -EPERM;
}

/* include/linux/socket.h */
#define AF_UNIX		1
#define AF_NETLINK	16
/* include/uapi/linux/netlink.h: addresses and routes, sockets, devices that come and go, named families */
#define NETLINK_ALLOWED	(1U << 0 | 1U << 4 | 1U << 15 | 1U << 16)

/* Sockets of AF_INET and AF_INET6 are on_sock_create's (network.bpf.c). */
SEC("lsm/socket_create")
int BPF_PROG(guard_socket, int family, int type, int protocol, int kern)
{
	if (kern || family == AF_UNIX || family == AF_INET || family == AF_INET6)
		return 0;
	if (family == AF_NETLINK && (__u32)protocol < 32 && (NETLINK_ALLOWED >> protocol & 1))
		return 0;
	return privilege_granted(PRIVILEGE_RAW_SOCKET, family, 0) ? 0 : -EPERM;
}

/* Files without a name that are a way into the kernel: rings, faults handled in user space, secret memory. */
SEC("lsm/inode_init_security_anon")
int BPF_PROG(guard_anonymous, struct inode *inode, const struct qstr *name, const struct inode *from)
{
	const unsigned char *text = BPF_CORE_READ(name, name);
	char start[4] = {};

	bpf_probe_read_kernel(start, sizeof(start), text);
	if (start[0] == '[' && start[1] == 'i' && start[2] == 'o' && start[3] == '_')	/* [io_uring] */
		return privilege_granted(PRIVILEGE_IO_URING, 0, 0) ? 0 : -EPERM;
	if (start[0] == '[' && ((start[1] == 'u' && start[2] == 's' && start[3] == 'e') ||	/* [userfaultfd] */
				(start[1] == 's' && start[2] == 'e' && start[3] == 'c')))	/* [secretmem] */
		return privilege_granted(PRIVILEGE_HOST, HOST_ANONYMOUS, 0) ? 0 : -EPERM;
	return 0;
}

/* Whether or not reading it needs a capability on this host (kernel.dmesg_restrict). */
SEC("lsm/syslog")
int BPF_PROG(guard_log, int type)
{
	return privilege_granted(PRIVILEGE_HOST, HOST_LOG, 0) ? 0 : -EPERM;
}

/* Keys of the user, who is not the agent. */
SEC("lsm/key_permission")
int guard_key(__u64 *context)
{
	return privilege_granted(PRIVILEGE_HOST, HOST_KEYS, 0) ? 0 : -EPERM;
}

/* What one process may set of another. */
static __always_inline int setting_guard(struct task_struct *target, __u32 detail)
{
	struct label *label = label_of(bpf_get_current_task_btf());
	struct label theirs = {};

	if (!label)
		return 0;
	storage_read(target, &theirs);
	if (theirs.run == label->run)
		return 0;
	return privilege_granted(PRIVILEGE_HOST, detail, BPF_CORE_READ(target, tgid)) ? 0 : -EPERM;
}

SEC("lsm/task_setrlimit")
int BPF_PROG(guard_setrlimit, struct task_struct *target, unsigned int resource, void *limit)
{
	return setting_guard(target, HOST_LIMITS);
}

SEC("lsm/task_setnice")
int BPF_PROG(guard_setnice, struct task_struct *target, int nice)
{
	return setting_guard(target, HOST_SCHEDULING);
}

SEC("lsm/task_setioprio")
int BPF_PROG(guard_setioprio, struct task_struct *target, int ioprio)
{
	return setting_guard(target, HOST_SCHEDULING);
}

SEC("lsm/task_setscheduler")
int BPF_PROG(guard_setscheduler, struct task_struct *target)
{
	return setting_guard(target, HOST_SCHEDULING);
}

SEC("lsm/task_movememory")
int BPF_PROG(guard_movememory, struct task_struct *target)
{
	return setting_guard(target, HOST_SCHEDULING);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
