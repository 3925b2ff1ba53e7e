/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Actions that need a name under `privileged` in the policy, whatever their target.
 */
#ifndef WARDER_PRIVILEGE_H
#define WARDER_PRIVILEGE_H

#include "emit.h"
#include "task.h"

/* Whether the caller may, asked without telling anybody. */
static __attribute__((unused)) __noinline int privilege_silent(__u32 privilege)
{
	struct label *label = label_of(bpf_get_current_task_btf());
	struct decision decision = {};
	const struct policy *policy;
	__u32 number, run_flags;
	__u8 reason;

	if (!label)
		return 1;
	policy = policy_watched(label, &number, &run_flags, &reason);
	if (!policy)
		return 0;
	decide_privilege(&decision, policy, privilege);
	return decision.verdict == VERDICT_ALLOW && decision.would == VERDICT_ALLOW;
}

/* Another process of the same run is the agent's own. */
static __always_inline int other_run(struct task_struct *target)
{
	struct label *label = label_of(bpf_get_current_task_btf());
	struct label theirs = {};

	if (!label)
		return 0;
	storage_read(target, &theirs);
	return theirs.run != label->run;
}

/* The record and the decision of it; what became of it is the caller's to say. */
static __always_inline void privilege_judge(struct privileged_event *event, struct task_struct *task,
					    struct label *label, __u32 privilege)
{
	const struct policy *policy;
	__u32 run_flags;
	__u8 reason;

	head_fill(&event->head, EVENT_PRIVILEGED, sizeof(*event), task, label);
	event->head.category = CATEGORY_PRIVILEGED;
	event->privilege = privilege;
	policy = policy_watched(label, &event->head.policy, &run_flags, &reason);
	if (policy)
		decide_privilege(&event->head.decision, policy, privilege);
	else
		decide_refused(&event->head.decision, reason);
}

/* 1 when the caller may: it is under no agent, or its policy grants it. A refusal is told as prevented. */
static __attribute__((unused)) __noinline int privilege_granted(__u32 privilege, __u32 detail, __u32 target_tgid)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct label *label = label_of(task);
	struct privileged_event event = { .detail = detail, .target_tgid = target_tgid };

	if (!label)
		return 1;
	privilege_judge(&event, task, label, privilege);
	if (event.head.decision.verdict != VERDICT_ALLOW)
		event.head.outcome = OUTCOME_PREVENTED;
	emit(&event, sizeof(event));
	return event.head.outcome != OUTCOME_PREVENTED;
}

#endif
