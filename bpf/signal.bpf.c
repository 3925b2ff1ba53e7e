// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Signals to processes outside the run, on hosts without LSM: seen as they are
 * sent. What the launcher's walls refuse (Landlock, 6.12 and newer) never comes
 * here. Hook: signal_generate, in the sender.
 */
#include "calls.h"
#include "privilege.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct kernel_siginfo {
	int si_code;
};

#pragma clang attribute pop

/* Values of the pointer that stand for the kernel itself (include/linux/sched/signal.h). */
#define SEND_SIG_PRIV	((void *)1L)

/* include/uapi/asm-generic/siginfo.h: a timer of the target's has run out (timer_create), whoever is on the processor then. */
#define SI_TIMER	(-2)

/* arch/x86/include/uapi/asm/unistd.h: set in the numbers of x32. */
#define X32_BIT		0x40000000

/*
 * A caller can say that it were a timer, by the calls that take what is said of a signal: then it is in one of them. Another
 * word size has other numbers for them, and is taken to be.
 */
static __always_inline int may_say_timer(struct task_struct *task)
{
#if defined(__TARGET_ARCH_x86)
	struct pt_regs *registers = (struct pt_regs *)bpf_task_pt_regs(task);

	switch (call_number(registers) & ~X32_BIT) {
	case 129:	/* rt_sigqueueinfo */
	case 297:	/* rt_tgsigqueueinfo */
	case 424:	/* pidfd_send_signal */
	case 524:	/* rt_sigqueueinfo and rt_tgsigqueueinfo of x32 */
	case 536:
		return 1;
	}
	return is_compat(task);
#else
	return 1;
#endif
}

SEC("tp_btf/signal_generate")
int BPF_PROG(on_signal, int signal, struct kernel_siginfo *info, struct task_struct *target)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct label *label = label_of(task);
	struct privileged_event event = { .detail = signal };
	int code;

	/* What the kernel sends for the caller (SIGCHLD, SIGPIPE, alarms) has a positive code, or no information. */
	if (!label || (void *)info <= SEND_SIG_PRIV)
		return 0;
	code = BPF_CORE_READ(info, si_code);
	if (code > 0 || (code == SI_TIMER && !may_say_timer(task)) || !other_run(target))
		return 0;
	event.target_tgid = BPF_CORE_READ(target, tgid);
	privilege_judge(&event, task, label, PRIVILEGE_SIGNAL_OTHERS);
	if (event.head.decision.verdict != VERDICT_ALLOW)
		event.head.outcome = OUTCOME_OBSERVED;
	emit(&event, sizeof(event));
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
