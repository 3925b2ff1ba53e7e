// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a governed process, root included, may not do to the rest of the host,
 * where the kernel runs BPF LSM programs: reach into other processes, change
 * the mount tree, load code into the kernel. Each is lifted by its name under
 * `privileged` in a policy that every layer agrees to.
 */
#include "privilege.h"

/* What an LSM hook returns for it. */
static __always_inline int privilege_refused(__u32 privilege, __u32 detail, __u32 target_tgid)
{
	return privilege_granted(privilege, detail, target_tgid) ? 0 : -EPERM;
}

SEC("lsm/ptrace_access_check")
int BPF_PROG(guard_ptrace, struct task_struct *child, unsigned int mode, int ret)
{
	if (ret || !other_run(child))
		return ret;
	return privilege_refused(PRIVILEGE_PTRACE_OTHERS, mode, BPF_CORE_READ(child, tgid));
}

SEC("lsm/task_kill")
int BPF_PROG(guard_kill, struct task_struct *target, struct kernel_siginfo *info, int signal,
	     const struct cred *cred, int ret)
{
	if (ret || !signal || !other_run(target))
		return ret;
	return privilege_refused(PRIVILEGE_SIGNAL_OTHERS, signal, BPF_CORE_READ(target, tgid));
}

/*
 * These two hooks lost or gained an argument over time, so that an earlier
 * program's answer stands elsewhere by kernel. It is not needed: the kernel
 * calls no further program once one has refused.
 */
SEC("lsm/bpf")
int BPF_PROG(guard_bpf, int command)
{
	return privilege_refused(PRIVILEGE_BPF, command, 0);
}

SEC("lsm/perf_event_open")
int BPF_PROG(guard_perf)
{
	return privilege_refused(PRIVILEGE_BPF, 0, 0);
}

SEC("lsm/sb_mount")
int BPF_PROG(guard_mount, const char *device, const struct path *path, const char *type, unsigned long flags,
	     void *data, int ret)
{
	return ret ? ret : privilege_refused(PRIVILEGE_MOUNT, flags, 0);
}

SEC("lsm/move_mount")
int BPF_PROG(guard_move_mount, const struct path *from, const struct path *to, int ret)
{
	return ret ? ret : privilege_refused(PRIVILEGE_MOUNT, 0, 0);
}

SEC("lsm/sb_umount")
int BPF_PROG(guard_umount, struct vfsmount *mount, int flags, int ret)
{
	return ret ? ret : privilege_refused(PRIVILEGE_MOUNT, flags, 0);
}

SEC("lsm/sb_pivotroot")
int BPF_PROG(guard_pivotroot, const struct path *old, const struct path *new, int ret)
{
	return ret ? ret : privilege_refused(PRIVILEGE_MOUNT, 0, 0);
}

SEC("lsm/sb_remount")
int BPF_PROG(guard_remount, struct super_block *sb, void *options, int ret)
{
	return ret ? ret : privilege_refused(PRIVILEGE_MOUNT, 0, 0);
}

/* 6.1 and newer */
SEC("lsm/userns_create")
int BPF_PROG(guard_userns, const struct cred *cred, int ret)
{
	return ret ? ret : privilege_refused(PRIVILEGE_USERNS, 0, 0);
}

SEC("lsm/kernel_module_request")
int BPF_PROG(guard_module_request, char *name, int ret)
{
	return ret ? ret : privilege_refused(PRIVILEGE_MODULE, 0, 0);
}

SEC("lsm/kernel_read_file")
int BPF_PROG(guard_kernel_read, struct file *file, int id, bool contents, int ret)
{
	return ret ? ret : privilege_refused(PRIVILEGE_MODULE, id, 0);
}

SEC("lsm/kernel_load_data")
int BPF_PROG(guard_kernel_load, int id, bool contents, int ret)
{
	return ret ? ret : privilege_refused(PRIVILEGE_MODULE, id, 0);
}

/* include/uapi/linux/sched.h */
#define CLONE_INTO_CGROUP	0x200000000ULL

/*
 * Born elsewhere: a child in another cgroup is past its run's limits, and neither suspended nor ended with it. clone3(2)
 * takes a descriptor for a path, which no open was asked about.
 */
SEC("lsm/task_alloc")
int BPF_PROG(guard_birth, struct task_struct *task, unsigned long flags, int ret)
{
	if (ret || !(flags & CLONE_INTO_CGROUP))
		return ret;
	return privilege_refused(PRIVILEGE_HOST, HOST_CGROUP, 0);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
