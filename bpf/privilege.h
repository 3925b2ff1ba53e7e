/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Actions that need a name under `privileged` in the policy, whatever their target.
 */
#ifndef WARDER_PRIVILEGE_H
#define WARDER_PRIVILEGE_H

#include "emit.h"
#include "task.h"

/* 1 when the caller may: it is under no agent, or its policy grants it. A refusal is told as prevented. */
static __noinline int privilege_granted(__u32 privilege, __u32 detail, __u32 target_tgid)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct label *label = label_of(task);
	struct privileged_event event = {};
	const struct policy *policy;
	__u32 run_flags;
	__u8 reason;

	if (!label)
		return 1;
	head_fill(&event.head, EVENT_PRIVILEGED, sizeof(event), task, label);
	event.head.category = CATEGORY_PRIVILEGED;
	event.privilege = privilege;
	event.detail = detail;
	event.target_tgid = target_tgid;
	policy = policy_watched(label, &event.head.policy, &run_flags, &reason);
	if (policy)
		decide_privilege(&event.head.decision, policy, privilege);
	else
		decide_refused(&event.head.decision, reason);
	if (event.head.decision.verdict != VERDICT_ALLOW)
		event.head.outcome = OUTCOME_PREVENTED;
	emit(&event, sizeof(event));
	return event.head.outcome != OUTCOME_PREVENTED;
}

#endif
