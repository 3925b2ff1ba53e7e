// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Cgroups that belong to an agent: who is moved into one comes under it, and one that was named before it was
 * made is known from its making on, so that a unit which starts, or starts again, is governed from its first
 * process.
 */
#include "adopt.h"

/*
 * A process, or with threaded cgroups a thread, was moved. Hook: cgroup_attach_task, after the move, in any
 * hierarchy; the task's own place in cgroup2 is what counts.
 */
SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(on_cgroup_attach, struct cgroup *to, const char *path, struct task_struct *task, bool threadgroup)
{
	if (!label_of(task))
		label_adopt(task, NULL);
	return 0;
}

/* Whether it is one of cgroup2's; older hierarchies number their directories alike. */
static __always_inline int is_cgroup2(struct cgroup *cgroup)
{
	return BPF_CORE_READ(cgroup, root, hierarchy_id) == 0;
}

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(on_cgroup_mkdir, struct cgroup *cgroup, const char *path)
{
	struct cgroup_path key = {};
	struct control *control;
	struct label *label;
	__u32 level, zero = 0;
	__u64 id;

	if (!is_cgroup2(cgroup) || bpf_probe_read_kernel_str(key.path, sizeof(key.path), path) <= 0)
		return 0;
	label = bpf_map_lookup_elem(&adopted_paths, &key);
	control = bpf_map_lookup_elem(&control_values, &zero);
	level = BPF_CORE_READ(cgroup, level);
	if (!label || !control || level >= CGROUP_LEVELS)
		return 0;
	id = BPF_CORE_READ(cgroup, kn, id);
	if (bpf_map_update_elem(&adopted_cgroups, &id, label, BPF_ANY))
		loss_count(EVENT_FORK, LOSS_LABEL);
	__sync_fetch_and_or(&control->adopted_levels, 1ULL << level);
	return 0;
}

SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(on_cgroup_rmdir, struct cgroup *cgroup, const char *path)
{
	__u64 id;

	if (!is_cgroup2(cgroup))
		return 0;
	id = BPF_CORE_READ(cgroup, kn, id);
	bpf_map_delete_elem(&adopted_cgroups, &id);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
