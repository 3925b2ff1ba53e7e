// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Signals to processes outside the run, on hosts without LSM: seen as they are
 * sent. What the launcher's walls refuse (Landlock, 6.12 and newer) never comes
 * here. Hook: signal_generate, in the sender.
 */
#include "privilege.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct kernel_siginfo {
	int si_code;
};

#pragma clang attribute pop

/* Values of the pointer that stand for the kernel itself (include/linux/sched/signal.h). */
#define SEND_SIG_PRIV	((void *)1L)

SEC("tp_btf/signal_generate")
int BPF_PROG(on_signal, int signal, struct kernel_siginfo *info, struct task_struct *target)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct label *label = label_of(task);
	struct privileged_event event = { .detail = signal };

	/* What the kernel sends for the caller (SIGCHLD, SIGPIPE, timers) has a positive code, or no information. */
	if (!label || (void *)info <= SEND_SIG_PRIV || BPF_CORE_READ(info, si_code) > 0 || !other_run(target))
		return 0;
	event.target_tgid = BPF_CORE_READ(target, tgid);
	privilege_judge(&event, task, label, PRIVILEGE_SIGNAL_OTHERS);
	if (event.head.decision.verdict != VERDICT_ALLOW)
		event.head.outcome = OUTCOME_OBSERVED;
	emit(&event, sizeof(event));
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
