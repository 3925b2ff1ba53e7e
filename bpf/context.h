/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a process is beside its program: user, groups, capabilities, namespaces. Told when it changes, never judged;
 * what a policy refuses of it is the walls' or the LSM programs' to say.
 */
#ifndef WARDER_CONTEXT_H
#define WARDER_CONTEXT_H

#include "emit.h"
#include "task.h"

static __always_inline struct context_event *context_of(struct scratch *scratch)
{
	return (struct context_event *)scratch->record;
}

/* A record of `task` as `cred` makes it, to be ended with context_end() or given back. NULL: counted as lost. */
static __always_inline struct scratch *context_begin(struct task_struct *task, const struct label *label,
						     struct cred *cred, enum context_operation operation)
{
	struct scratch *scratch = scratch_take();
	struct context_event *event;

	if (!scratch) {
		loss_count(EVENT_CONTEXT, LOSS_SCRATCH);
		return NULL;
	}
	event = context_of(scratch);
	__builtin_memset(event, 0, sizeof(*event));
	head_fill(&event->head, EVENT_CONTEXT, sizeof(*event), task, label);
	event->operation = operation;
	event->uid = READ(cred, uid.val);
	event->euid = READ(cred, euid.val);
	event->gid = READ(cred, gid.val);
	event->egid = READ(cred, egid.val);
	BPF_CORE_READ_INTO(&event->capabilities, cred, cap_effective);
	return scratch;
}

static __always_inline void context_end(struct scratch *scratch)
{
	struct context_event *event = context_of(scratch);

	emit(event, sizeof(*event));
	scratch_give(scratch);
}

static __always_inline void namespace_note(struct context_event *event, enum namespace_kind kind, __u32 inode)
{
	event->namespaces |= 1u << kind;
	event->inodes[kind] = inode;
}

/* Do `what` with (kind, pointer in the nsproxy's member) for each kind that this kernel has, but the user's. */
#define EACH_NAMESPACE(what)							\
	what(NAMESPACE_MNT, mnt_ns, struct mnt_namespace)			\
	what(NAMESPACE_UTS, uts_ns, struct uts_namespace)			\
	what(NAMESPACE_IPC, ipc_ns, struct ipc_namespace)			\
	what(NAMESPACE_PID, pid_ns_for_children, struct pid_namespace)		\
	what(NAMESPACE_NET, net_ns, struct net)					\
	what(NAMESPACE_CGROUP, cgroup_ns, struct cgroup_namespace)		\
	what(NAMESPACE_TIME, time_ns_for_children, struct time_namespace)

/* Those that differ between two sets. */
static __always_inline void namespaces_compare(struct context_event *event, struct nsproxy *before,
					       struct nsproxy *after)
{
#define COMPARE(kind, member, type)							\
	if (bpf_core_field_exists(type, ns.inum)) {					\
		type *now = READ(after, member);					\
											\
		if (now != READ(before, member))					\
			namespace_note(event, kind, READ(now, ns.inum));		\
	}
	EACH_NAMESPACE(COMPARE)
#undef COMPARE
}

/* Those of a task that were asked for by their kinds, or whose number this is. */
static __always_inline void namespaces_find(struct context_event *event, struct nsproxy *set,
					    struct cred *cred, __u32 asked, __u32 number)
{
	__u32 inode;
#define FIND(kind, member, type)							\
	if (bpf_core_field_exists(type, ns.inum)) {					\
		inode = READ(set, member, ns.inum);					\
		if ((asked & (1u << (kind))) || inode == number)			\
			namespace_note(event, kind, inode);				\
	}
	EACH_NAMESPACE(FIND)
#undef FIND
	inode = READ(cred, user_ns, ns.inum);
	if ((asked & (1u << NAMESPACE_USER)) || inode == number)
		namespace_note(event, NAMESPACE_USER, inode);
}

#endif
