// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * System calls as they return, on hosts without LSM: opens, refusals of all that the policy knows, and changes of what
 * a process is.
 *
 * One program on one hook. Whoever asks for any return makes the kernel take its slow way out of every call of
 * everybody, and that is most of what a bystander pays; a second program, or a perf event of the kernel's for one call,
 * adds to it each time, and takes a grace period of its own when it is taken away (docs/decisions/0160). So what is none
 * of ours ends here after a few comparisons, before any look at who calls.
 *
 * The number is the register's, which nobody but the kernel can write by then; what it means is not looked up for calls
 * of the other word size, which come by int 0x80 (calls.h).
 */
#include "calls.h"
#include "storage.h"

/* Refusals by permission, by a read-only mount, between mounts, and of a mount point itself. */
static __always_inline int is_refused(long result)
{
	return result == -EACCES || result == -EPERM || result == -EROFS || result == -EXDEV || result == -EBUSY;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_syscall, struct pt_regs *registers, long result)
{
	int number = call_number(registers);
	enum open_kind kind = open_kind_of(number);
	enum context_call call;
	int first;

	if (kind)
		return may_have_label(bpf_get_current_task_btf()) ? open_returned(result, kind) : 0;
	if (result >= 0) {
		call = context_call_of(number);
		return call ? context_returned(call) : 0;
	}
	if (!is_refused(result))	/* of everybody: cost ends here */
		return 0;
	first = exec_name_of(number);
	if (first >= 0)
		return result == -EACCES || result == -EPERM ? exec_returned(first) : 0;
	return change_returned(number);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
