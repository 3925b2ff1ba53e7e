// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Changes to names and metadata that something else refused, on hosts without
 * LSM: the launcher's walls, or ordinary permissions. Where the policy refuses
 * them as well, that is told with its rule, as prevented: the call had failed.
 *
 * Called from syscall.bpf.c.
 * What comes by io_uring is not seen; the walls refuse io_uring itself.
 */
#include "calls.h"
#include "lsm.h"
#include "passed.h"

/* Resolve what a descriptor or a name means. Returns 0 where it cannot be read any more. */
static __noinline int resolve_argument(struct scratch *scratch, struct task_struct *task, __u32 directory, __u32 name)
{
	int number = directory == NONE ? AT_FDCWD : (int)syscall_argument(task, directory);
	const char *text = name == NONE ? NULL : (const char *)syscall_argument(task, name);
	struct path *from;
	struct file *file;

	if (text) {
		from = path_base(task, number);
		return from ? path_as_passed(scratch, text, from) : 0;
	}
	/* Of the file itself; utimensat() with no name is that too. */
	file = file_of(task, number);
	if (!file)
		return 0;
	path_resolve_file(scratch, file);
	return 1;
}

static __noinline void judge_argument(struct judgement *judgement, struct event_head *head, __u32 moves)
{
	head->flags |= judgement->scratch->flags;
	judge_into(judgement, head, CATEGORY_WRITE);
	if (!moves)
		return;
	judge_into(judgement, head, CATEGORY_READ);
	judge_into(judgement, head, CATEGORY_PINNED);
}

static __noinline void change_refused(struct scratch *scratch, struct label *label, const struct change_call *call)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct change_event *event = (struct change_event *)scratch->record;
	struct judgement judgement = { .scratch = scratch };
	__u32 at = sizeof(*event);
	__u8 reason;

	judgement.policy = policy_of(label, &judgement.number, &judgement.run_flags, &reason);
	if (!judgement.policy || !resolve_argument(scratch, task, call->directory, call->name))
		return;
	__builtin_memset(event, 0, sizeof(*event));
	head_fill(&event->head, EVENT_CHANGE, 0, task, label);
	event->head.policy = judgement.number;
	event->head.category = CATEGORY_WRITE;
	event->head.outcome = OUTCOME_PREVENTED;
	event->operation = call->operation;
	if (call->operation == CHANGE_UNLINK && call->directory != NONE &&
	    (syscall_argument(task, 2) & AT_REMOVEDIR))
		event->operation = CHANGE_RMDIR;
	judge_argument(&judgement, &event->head, call->second_name != NONE);
	at = append_path(scratch, &event->path, at);
	if (call->second_name != NONE && resolve_argument(scratch, task, call->second_directory, call->second_name)) {
		judge_argument(&judgement, &event->head, 0);
		at = append_path(scratch, &event->target, at);
	}
	if (event->head.decision.verdict != VERDICT_NONE)
		emit_scratch(scratch, at);
}

__noinline int change_returned(long number)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct label *label = label_of(task);
	struct change_call call;
	struct scratch *scratch;

	if (!label || is_compat(task) || !change_call_of(number, &call))
		return 0;
	scratch = scratch_take();
	if (!scratch) {
		loss_count(EVENT_CHANGE, LOSS_SCRATCH);
		return 0;
	}
	change_refused(scratch, label, &call);
	scratch_give(scratch);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
