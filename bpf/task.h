/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who acts: the label of a task, and the run and policy behind it.
 */
#ifndef WARDER_TASK_H
#define WARDER_TASK_H

#include "storage.h"
#include "decide.h"

/*
 * The label of a task, or NULL where it is under no agent. The kernel makes
 * io_uring's worker threads without a fork that anybody is told of: they act
 * under the label of their thread group's leader.
 *
 * What is returned is a copy in the caller's block.
 */
#define label_of(task)	label_find(task, &(struct label){})

static __always_inline struct label *label_find(struct task_struct *task, struct label *label)
{
	struct task_struct *leader;

	storage_read(task, label);
	if (label->run)
		return label;
	leader = task->group_leader;
	if (!leader || leader == task)
		return NULL;
	storage_read(leader, label);
	return label->run ? label : NULL;
}

/*
 * The policy in force for a label. NULL refuses: `reason` says why. An unknown
 * run or policy must never mean allow. `now_ns`: CLOCK_BOOTTIME, as in the record's head.
 */
static __always_inline const struct policy *policy_at(const struct label *label, __u64 now_ns, __u32 *number,
						      __u32 *run_flags, __u8 *reason)
{
	__u32 run_number = label->run;
	struct run *run = bpf_map_lookup_elem(&runs, &run_number);
	struct policy *policy;

	*reason = REASON_NO_POLICY;
	*number = 0;
	*run_flags = RUN_TERMINATE;
	if (!run)
		return NULL;
	*run_flags = run->flags;
	*number = run->policy;
	policy = bpf_map_lookup_elem(&policies, number);
	if (!policy)
		return NULL;
	if (now_ns > policy->lease_until_ns) {
		*reason = REASON_LEASE;
		return NULL;
	}
	return policy;
}

static __always_inline const struct policy *policy_of(const struct label *label, __u32 *number, __u32 *run_flags,
						      __u8 *reason)
{
	return policy_at(label, bpf_ktime_get_boot_ns(), number, run_flags, reason);
}

/*
 * Beats are of CLOCK_MONOTONIC, which stands still while the host sleeps. CLOCK_BOOTTIME is never behind it, so what is
 * in time by that needs no second reading of a clock.
 */
static __always_inline int is_silent(const struct control *control, __u64 now_ns)
{
	__u64 until_ns = control->beat_ns + control->silence_ns;

	return control->silence_ns && now_ns > until_ns && bpf_ktime_get_ns() > until_ns;
}

/*
 * The same, for what starts or reaches something new: that is refused, too, once the runtime has been silent for
 * longer than it was told to be. What a process has already, it keeps.
 */
static __always_inline const struct policy *policy_watched_at(const struct label *label, __u64 now_ns, __u32 *number,
							      __u32 *run_flags, __u8 *reason)
{
	const struct policy *policy = policy_at(label, now_ns, number, run_flags, reason);
	const struct control *control = control_read();

	if (policy && control && is_silent(control, now_ns)) {
		*reason = REASON_SILENT;
		return NULL;
	}
	return policy;
}

static __always_inline const struct policy *policy_watched(const struct label *label, __u32 *number,
							   __u32 *run_flags, __u8 *reason)
{
	return policy_watched_at(label, bpf_ktime_get_boot_ns(), number, run_flags, reason);
}

#endif
