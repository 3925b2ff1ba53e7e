// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Signals about a file (F_SETOWN, F_SETSIG), where the kernel runs BPF LSM
 * programs. Whoever owns a file is sent any signal, SIGKILL too, when
 * something happens to it, and no hook of kill(2) is asked. So a governed
 * process may name itself, and nobody else.
 *
 * Ways that pass the owner by pointer are refused whole (also lsm_metadata.bpf.c):
 * another thread could change it after it was looked at.
 */
#include "privilege.h"

/* include/uapi/asm-generic/fcntl.h */
#define F_SETOWN	8
#define F_SETOWN_EX	15

/* In the caller's pid namespace, as fcntl(2) takes it. */
static __always_inline int own_number(struct task_struct *task)
{
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	unsigned int level = BPF_CORE_READ(pid, level);
	int number = 0;

	bpf_probe_read_kernel(&number, sizeof(number), (void *)pid + bpf_core_field_offset(struct pid, numbers) +
			      level * bpf_core_type_size(struct upid));
	return number;
}

SEC("lsm/file_fcntl")
int BPF_PROG(guard_owner, struct file *file, unsigned int command, unsigned long argument)
{
	struct task_struct *task = bpf_get_current_task_btf();
	int number = argument;

	if ((command != F_SETOWN && command != F_SETOWN_EX) || !label_of(task))
		return 0;
	if (command == F_SETOWN && (!number || number == own_number(task) || number == own_number(task->group_leader)))
		return 0;
	return privilege_granted(PRIVILEGE_HOST, HOST_OWNER, 0) ? 0 : -EPERM;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
