// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Looks at every task there is, threads too: iterators (iter/task, 5.8), run when user space reads them and attached
 * to nothing. Each writes one struct governed_task for every task that it has to tell of.
 *
 * A task that comes to be behind an iterator's back is labelled by the fork program, or is met by the next round:
 * user space goes round until nothing is told.
 */
#include "adopt.h"

static __always_inline void tell(struct bpf_iter__task *context, struct task_struct *task, __u32 run)
{
	struct task_struct *parent = BPF_CORE_READ(task, real_parent);
	struct governed_task entry = {
		.run = run,
		.tgid = BPF_CORE_READ(task, tgid),
		.tid = BPF_CORE_READ(task, pid),
		.start_ns = BPF_CORE_READ(task, group_leader, start_boottime),
		.parent_tgid = BPF_CORE_READ(parent, tgid),
		.parent_start_ns = BPF_CORE_READ(parent, group_leader, start_boottime),
	};

	bpf_seq_write(context->meta->seq, &entry, sizeof(entry));
}

/* Those that have a label of their own. */
SEC("iter/task")
int list_governed(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;
	struct label label = {};

	if (!task)		/* the end */
		return 0;
	storage_read(task, &label);
	if (label.run)
		tell(context, task, label.run);
	return 0;
}

/* Labels those that belong to an agent by their cgroup or executable and have no label; tells whom. */
SEC("iter/task")
int adopt_tasks(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;
	struct label *label;
	struct label own = {};

	if (!task)
		return 0;
	storage_read(task, &own);
	if (own.run)
		return 0;
	label = label_adopt(task, BPF_CORE_READ(task, mm, exe_file));
	if (label)
		tell(context, task, label->run);
	return 0;
}

/* Which run release_tasks sets free; 0: none. */
__u32 released_run = 0;

/* Takes the label of that run away; tells from whom. */
SEC("iter/task")
int release_tasks(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;
	struct label label = {};

	if (!task)
		return 0;
	storage_read(task, &label);
	if (!label.run || label.run != released_run)
		return 0;
	bpf_task_storage_delete(&labels, task);
	tell(context, task, label.run);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
