// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Opened files, on hosts without LSM: seen when the open returns, judged on the
 * struct file that it made, never on the string that was passed.
 *
 * The open has happened by then. A refusal ends the process before it comes back to user mode
 * (terminated); truncation and creation have had their effect, and another
 * thread may have used the descriptor. What the launcher's walls refuse never comes here.
 * Opens by io_uring make no such return, and those of 32-bit and x32 programs are passed over: unmeasured here.
 */
#include "calls.h"
#include "charge.h"
#include "judge.h"
#include "passed.h"

/* Judge the path that was resolved last under the event's category; what reads and writes, for writing as well. */
static __always_inline void judge_open(struct judgement *judgement, struct event_head *head, int both)
{
	struct decision other = {};

	judgement->category = head->category;
	judge_path(judgement, &head->decision);
	if (!both)
		return;
	judgement->category = CATEGORY_WRITE;
	judge_path(judgement, &other);
	decision_join(head, &other, CATEGORY_WRITE);
}

/* SIGKILL reaches the caller before the open returns to it; what it did by being made stays. */
static __always_inline void open_enforce(struct event_head *head, __u32 run_flags)
{
	if (head->decision.verdict == VERDICT_ALLOW)
		return;
	head->outcome = OUTCOME_OBSERVED;
	if ((run_flags & RUN_TERMINATE) && !bpf_send_signal(SIGKILL))
		head->outcome = OUTCOME_TERMINATED;
}

/* `asked`: the flags of the call. The file has lost those that only meant the open itself. */
static __noinline void open_judge_and_emit(struct scratch *scratch, struct label *label, struct file *file,
					   __u32 asked)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct open_event *event = (struct open_event *)scratch->record;
	struct inode *inode = READ(file, f_inode);
	__u32 flags = READ(file, f_flags) | (asked & O_ASKED);
	struct judgement judgement = { .scratch = scratch };
	__u32 at = sizeof(*event);
	__u8 reason;
	int writes = (flags & O_ACCMODE) != 0 || (flags & O_TRUNC);
	int reads = (flags & O_ACCMODE) != O_WRONLY;

	path_resolve_file(scratch, file);
	/* No access to the file, as LSM sees it too: what is reopened through it is judged then. */
	if (flags & O_PATH)
		return;
	if (scratch->flags & EVENT_MEMFD)	/* a pipe, a memfd: the process's own, no file */
		return;
	__builtin_memset(event, 0, sizeof(*event));
	head_fill(&event->head, EVENT_OPEN, 0, task, label);
	event->head.flags |= scratch->flags;
	event->mode = READ(inode, i_mode);
	event->open_flags = flags;
	event->inode = READ(inode, i_ino);
	event->device = READ(inode, i_sb, s_dev);
	event->size_bytes = READ(inode, i_size);
	judgement.policy = policy_at(label, event->head.time_ns, &judgement.number, &judgement.run_flags,
				     &reason);
	event->head.policy = judgement.number;
	event->head.category = reads ? CATEGORY_READ : CATEGORY_WRITE;
	if (judgement.policy)
		judge_open(&judgement, &event->head, reads && writes);
	else
		decide_refused(&event->head.decision, reason);
	if (writes)
		budget_charge_open(event);
	open_enforce(&event->head, judgement.run_flags);
	at = append_path(scratch, &event->path, at);
	emit_scratch(scratch, at);
}

/* Where a system call has what it was asked to open: indexes of arguments, or NO_ARGUMENT. */
struct call {
	__u8 directory;		/* descriptor that a relative name starts from */
	__u8 name;
	__u8 flags;
	__u8 how;		/* pointer to a struct open_how, whose first field is the flags */
};

#define NO_ARGUMENT	0xff

static __always_inline void call_of(__u32 kind, struct call *call)
{
	switch (kind) {
	case OPEN_OPENAT:
		call->directory = 0;
		call->name = 1;
		call->flags = 2;
		break;
	case OPEN_OPENAT2:
		call->directory = 0;
		call->name = 1;
		call->how = 2;
		break;
	case OPEN_OPEN:
		call->name = 0;
		call->flags = 1;
		break;
	case OPEN_CREAT:
		call->name = 0;
		break;
	case OPEN_BY_HANDLE_AT:
		call->flags = 2;
		break;
	}
}

static __always_inline __u32 call_flags(struct task_struct *task, const struct call *call)
{
	__u64 flags = 0;

	if (call->flags != NO_ARGUMENT)
		return syscall_argument(task, call->flags);
	if (call->how == NO_ARGUMENT)	/* creat(2) */
		return call->name == NO_ARGUMENT ? 0 : O_CREAT | O_WRONLY | O_TRUNC;
	bpf_probe_read_user(&flags, sizeof(flags), (void *)syscall_argument(task, call->how));
	return flags;
}

/*
 * An open that something else refused: the launcher's walls, or ordinary
 * permissions. Where the policy refuses it as well, that is told with its rule;
 * else it is none of ours.
 */
static __noinline void refused_judge_and_emit(struct scratch *scratch, struct label *label, const struct call *call)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct open_event *event = (struct open_event *)scratch->record;
	struct judgement judgement = { .scratch = scratch, .category = CATEGORY_READ };
	int directory = call->directory == NO_ARGUMENT ? AT_FDCWD : (int)syscall_argument(task, call->directory);
	__u32 flags = call_flags(task, call);
	struct path *from = path_base(task, directory);
	__u8 reason;

	if (!from || !path_as_passed(scratch, (const char *)syscall_argument(task, call->name), from))
		return;
	judgement.policy = policy_of(label, &judgement.number, &judgement.run_flags, &reason);
	if (!judgement.policy)
		return;
	__builtin_memset(event, 0, sizeof(*event));
	head_fill(&event->head, EVENT_OPEN, 0, task, label);
	event->head.flags = scratch->flags;
	event->head.policy = judgement.number;
	event->open_flags = flags;
	event->head.category = (flags & O_ACCMODE) == O_WRONLY ? CATEGORY_WRITE : CATEGORY_READ;
	judge_open(&judgement, &event->head, (flags & O_ACCMODE) == O_RDWR);
	/* Also where the name as passed is allowed: what it leads to may not be. */
	event->head.outcome = OUTCOME_PREVENTED;
	emit_scratch(scratch, append_path(scratch, &event->path, sizeof(*event)));
}

/*
 * An open has returned: `kind` says by which call (calls.h). A global function, so that the verifier goes through
 * it once and not once for each of them.
 */
__noinline int open_returned(long result, __u32 kind)
{
	struct call call = { NO_ARGUMENT, NO_ARGUMENT, NO_ARGUMENT, NO_ARGUMENT };
	struct task_struct *task = bpf_get_current_task_btf();
	struct label *label = label_of(task);
	struct scratch *scratch;
	struct file *file = NULL;

	if (!label || (result < 0 && result != -EACCES && result != -EPERM && result != -EROFS) || is_compat(task))
		return 0;
	if (result >= 0) {
		file = file_of(task, result);
		if (!file)
			return 0;
	}
	scratch = scratch_take();
	if (!scratch) {
		if (file)		/* cannot judge: refuse */
			bpf_send_signal(SIGKILL);
		loss_count(EVENT_OPEN, LOSS_SCRATCH);
		return 0;
	}
	call_of(kind, &call);
	if (file)
		open_judge_and_emit(scratch, label, file, call_flags(task, &call));
	else if (call.name != NO_ARGUMENT)
		refused_judge_and_emit(scratch, label, &call);
	scratch_give(scratch);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
