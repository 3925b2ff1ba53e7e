/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Processes that become an agent's without the launcher: by the cgroup that they are in, or by the executable
 * that they start. Asked only of tasks without a label; while nothing is adopted that is one load.
 */
#ifndef WARDER_ADOPT_H
#define WARDER_ADOPT_H

#include "emit.h"
#include "task.h"

struct adopted_walk {
	struct cgroup **ancestors;
	__u64 levels;
	struct label *label;	/* in the map; NULL while none is found */
};

static long adopted_step(__u32 level, void *context)
{
	struct adopted_walk *walk = context;
	struct cgroup *cgroup = NULL;
	__u64 id;

	if (!(walk->levels >> level))
		return 1;
	if (!(walk->levels >> level & 1) ||
	    bpf_probe_read_kernel(&cgroup, sizeof(cgroup), &walk->ancestors[level]) || !cgroup)
		return 0;
	id = BPF_CORE_READ(cgroup, kn, id);
	walk->label = bpf_map_lookup_elem(&adopted_cgroups, &id);
	return walk->label != NULL;
}

/* The run that the task's cgroup2 directory, or the nearest one to the root above it, belongs to. */
static __always_inline struct label *adopted_by_cgroup(struct task_struct *task, __u64 levels)
{
	struct cgroup *cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp);
	struct adopted_walk walk = {
		.ancestors = (void *)cgroup + bpf_core_field_offset(struct cgroup, ancestors),
	};
	__u32 level;

	if (!cgroup)
		return NULL;
	level = BPF_CORE_READ(cgroup, level);
	walk.levels = level < CGROUP_LEVELS ? levels & ((2ULL << level) - 1) : levels;
	bpf_loop(CGROUP_LEVELS, adopted_step, &walk, 0);
	return walk.label;
}

static __always_inline struct label *adopted_by_program(struct file *file)
{
	struct program_key key = {
		.inode = BPF_CORE_READ(file, f_inode, i_ino),
		.device = BPF_CORE_READ(file, f_inode, i_sb, s_dev),
	};

	return bpf_map_lookup_elem(&adopted_programs, &key);
}

/* Returns `label` in the task's own storage, or NULL where it could not be put there, which is counted. */
static __always_inline struct label *label_put(struct task_struct *task, struct label *label)
{
	struct label *stored = bpf_task_storage_get(&labels, task, label, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!stored)
		loss_count(EVENT_FORK, LOSS_LABEL);
	return stored;
}

/*
 * A task that is under no agent comes under the one that its cgroup belongs to, or the executable `program`,
 * which may be NULL. Returns its label; NULL where it belongs to none.
 */
static __always_inline struct label *label_adopt(struct task_struct *task, struct file *program)
{
	const struct control *control = control_read();
	struct label *found = NULL;

	if (!control)
		return NULL;
	if (control->adopted_levels)
		found = adopted_by_cgroup(task, control->adopted_levels);
	if (!found && program && control->adopted_programs)
		found = adopted_by_program(program);
	return found ? label_put(task, found) : NULL;
}

#endif
