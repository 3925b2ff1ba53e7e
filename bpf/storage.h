/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reading a task's label.
 *
 * Since 6.16 bpf_task_storage_get() serves programs of every type. Before, it
 * is refused to cgroup programs, and up to 6.1 it also answers "none" to a
 * program that preempted another storage call on its CPU, which would set a
 * governed process free. There the kernel's own list of the task's storages is
 * read instead: no lock, nothing that can fail but by not finding
 * (docs/decisions/0040-labels-without-the-helper.md).
 */
#ifndef WARDER_STORAGE_H
#define WARDER_STORAGE_H

#include "maps.h"

/* Filled in by libbpf; the verifier then sees one of the two ways only. */
extern int LINUX_KERNEL_VERSION __kconfig;

#define STORAGE_HELPER_FOR_ALL	KERNEL_VERSION(6, 16, 0)
/* Storages of one task; each is a map that root loaded, so there is a handful. */
#define STORAGES_MAX	4096

struct storage_walk {
	struct hlist_node *node;
	__u32 map_id;
	struct label label;
};

/* One storage of the task; stops at the label's. */
static long storage_step(__u32 step, void *context)
{
	struct storage_walk *walk = context;
	struct bpf_local_storage_elem *element;

	if (!walk->node)
		return 1;
	element = (void *)walk->node - bpf_core_field_offset(struct bpf_local_storage_elem, snode);
	if (BPF_CORE_READ(element, sdata.smap, map.id) == walk->map_id) {
		bpf_core_read(&walk->label, sizeof(walk->label), &element->sdata.data);
		return 1;
	}
	walk->node = BPF_CORE_READ(element, snode.next);
	return 0;
}

/* By the list alone: of any task that could be read, on every kernel. The number of its run, or 0. */
static __attribute__((unused)) __noinline __u32 storage_run(struct task_struct *task)
{
	struct bpf_map *map = (struct bpf_map *)&labels;
	struct storage_walk walk = {
		.node = BPF_CORE_READ(task, bpf_storage, list.first),
		.map_id = map->id,
	};

	bpf_loop(STORAGES_MAX, storage_step, &walk, 0);
	return walk.label.run;
}

/* The label of exactly this task, copied to `label`; label->run is 0 where it has none. */
static __always_inline void storage_read(struct task_struct *task, struct label *label)
{
	struct bpf_map *map = (struct bpf_map *)&labels;
	struct storage_walk walk = {};

	if (!task->bpf_storage)		/* most tasks: cost ends here */
		return;
	if (LINUX_KERNEL_VERSION >= STORAGE_HELPER_FOR_ALL) {
		struct label *stored = bpf_task_storage_get(&labels, task, 0, 0);

		if (stored)
			*label = *stored;
		return;
	}
	walk.node = BPF_CORE_READ(task, bpf_storage, list.first);
	walk.map_id = map->id;
	bpf_loop(STORAGES_MAX, storage_step, &walk, 0);
	*label = walk.label;
}

/* False for a task that surely has none, nor one by its leader (task.h): two loads, and most bystanders. */
static __always_inline int may_have_label(struct task_struct *task)
{
	return task->bpf_storage || task->group_leader->bpf_storage;
}

#endif
