// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The life of governed processes: fork, exec, exit. Labels pass on here, and
 * exec is judged here on hosts without LSM.
 */
#include "calls.h"
#include "judge.h"
#include "passed.h"
#include "adopt.h"
#include "context.h"
#include "charge.h"

/* Text that a program passes by; long ones are cut. */
#define NAME_AS_PASSED	1024

/* A child that clone(2) put into other namespaces than its parent's. */
static __noinline void context_forked(struct task_struct *parent, struct task_struct *child, const struct label *label)
{
	struct nsproxy *before = READ(parent, nsproxy), *after = READ(child, nsproxy);
	struct user_namespace *user = READ(child, cred, user_ns);
	int other_user = user != READ(parent, cred, user_ns);
	struct scratch *scratch;

	if (before == after && !other_user)
		return;
	scratch = context_begin(child, label, READ(child, cred), CONTEXT_NAMESPACES);
	if (!scratch)
		return;
	namespaces_compare(context_of(scratch), before, after);
	if (other_user)
		namespace_note(context_of(scratch), NAMESPACE_USER, READ(user, ns.inum));
	context_end(scratch);
}

/*
 * A task came to be. Hook: sched_process_fork, in the parent, before the child
 * first runs; threads too, for the label is a task's. The plain tracepoint's
 * parent_pid is a thread id that no process table holds; tp_btf gives both
 * tasks. Needs 5.8 and BTF.
 */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	struct label *label = label_of(parent);
	struct fork_event event = {};

	/*
	 * A child without a label would be free. It is in the run's cgroup, and the runtime acts when the count
	 * of those moves.
	 */
	label = label ? label_put(child, label) : label_adopt(child, NULL);
	if (!label)			/* not under an agent: cost ends here */
		return 0;
	if (BPF_CORE_READ(child, tgid) != BPF_CORE_READ(child, pid))
		return 0;		/* a thread */
	head_fill(&event.head, EVENT_FORK, sizeof(event), child, label);
	event.parent_tgid = BPF_CORE_READ(parent, tgid);
	event.parent_start_ns = BPF_CORE_READ(parent, group_leader, start_boottime);
	emit(&event, sizeof(event));
	context_forked(parent, child, label);
	return 0;
}

/* argv as the new image has it; the pages were just written, so they are there. */
static __always_inline __u32 append_argv(struct scratch *scratch, struct exec_event *event, struct task_struct *task,
					 __u32 at)
{
	unsigned long start = BPF_CORE_READ(task, mm, arg_start);
	unsigned long length = BPF_CORE_READ(task, mm, arg_end) - start;

	event->argv.at = at;
	event->argv.length = 0;
	if (length > ARGV_BYTES - 1) {
		length = ARGV_BYTES - 1;
		event->head.flags |= EVENT_CUT_ARGV;
	}
	if (!length || at > sizeof(scratch->record) - PATH_BYTES)
		return at;
	if (bpf_probe_read_user(&scratch->record[at], length & (ARGV_BYTES - 1), (void *)start)) {
		event->head.flags |= EVENT_UNREADABLE;
		return at;
	}
	scratch->record[at + length] = 0;
	/* The last string's own NUL is the span's, where argv is whole. */
	event->argv.length = (event->head.flags & EVENT_CUT_ARGV) ? length : length - 1;
	return at + length + 1;
}

/*
 * A script's own name is gone from the kernel by now, but for the string that
 * the caller passed: bprm->interp then differs from bprm->filename.
 */
static __always_inline __u32 append_script(struct scratch *scratch, struct exec_event *event, struct linux_binprm *bprm,
					   __u32 at)
{
	const char *filename = BPF_CORE_READ(bprm, filename);
	long length;

	event->script.at = at;
	event->script.length = 0;
	if (filename == BPF_CORE_READ(bprm, interp) || at > sizeof(scratch->record) - PATH_BYTES)
		return at;
	length = bpf_probe_read_kernel_str(&scratch->record[at], NAME_AS_PASSED, filename);
	if (length <= 0 || length > NAME_AS_PASSED)
		return at;
	event->head.flags |= EVENT_SCRIPT;
	event->script.length = length - 1;
	return at + length;
}

/*
 * SIGKILL from here reaches the process before the new image's first
 * instruction: prevented (measured, kernel-notes).
 */
static __always_inline void exec_enforce(struct event_head *head)
{
	if (head->decision.verdict == VERDICT_ALLOW)
		return;
	head->outcome = bpf_send_signal(SIGKILL) ? OUTCOME_OBSERVED : OUTCOME_PREVENTED;
}

static __always_inline void exec_judge_and_emit(struct scratch *scratch, struct label *label, struct task_struct *task,
						struct linux_binprm *bprm)
{
	struct exec_event *event = (struct exec_event *)scratch->record;
	struct file *file = BPF_CORE_READ(bprm, file);
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct judgement judgement = { .scratch = scratch, .category = CATEGORY_EXEC, .file = file };
	struct task_struct *parent;
	__u32 at = sizeof(*event);
	__u8 reason;

	__builtin_memset(event, 0, sizeof(*event));
	head_fill(&event->head, EVENT_EXEC, 0, task, label);
	event->head.category = CATEGORY_EXEC;
	path_resolve_file(scratch, file);
	if (scratch->flags & (EVENT_MEMFD | EVENT_DELETED))
		scratch->flags |= EVENT_CUT_PATH;	/* no name that a rule could mean */
	event->head.flags |= scratch->flags;
	judgement.policy = policy_watched_at(label, event->head.time_ns, &judgement.number, &judgement.run_flags,
					     &reason);
	event->head.policy = judgement.number;
	if (judgement.policy)
		judge_path(&judgement, &event->head.decision);
	else
		decide_refused(&event->head.decision, reason);
	budget_charge(&event->head, RESOURCE_EXECS);
	at = append_path(scratch, &event->path, at);
	at = append_script(scratch, event, bprm, at);
	exec_enforce(&event->head);

	event->inode = BPF_CORE_READ(inode, i_ino);
	event->device = BPF_CORE_READ(inode, i_sb, s_dev);
	event->size_bytes = BPF_CORE_READ(inode, i_size);
	event->ctime_ns = inode_ctime_ns(inode);
	event->gid = BPF_CORE_READ(task, cred, egid.val);
	event->cgroup_id = bpf_get_current_cgroup_id();
	parent = BPF_CORE_READ(task, real_parent);
	event->parent_tgid = BPF_CORE_READ(parent, tgid);
	event->parent_start_ns = BPF_CORE_READ(parent, group_leader, start_boottime);
	event->argc = BPF_CORE_READ(bprm, argc);
	at = append_argv(scratch, event, task, at);
	path_resolve(scratch, BPF_CORE_READ(task, fs, pwd.mnt), BPF_CORE_READ(task, fs, pwd.dentry));
	if (scratch->flags & EVENT_CUT_PATH)
		event->head.flags |= EVENT_CUT_CWD;
	at = append_path(scratch, &event->cwd, at);
	emit_scratch(scratch, at);
}

/*
 * A process replaced its image. Hook: sched_process_exec, after the new image
 * is in place and before its first instruction. Needs 5.8 and BTF.
 */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
	struct label *label = label_of(task);
	struct scratch *scratch;

	if (!label)
		label = label_adopt(task, bprm->file);
	if (!label)
		return 0;
	scratch = scratch_take();
	if (!scratch) {			/* cannot judge: refuse */
		bpf_send_signal(SIGKILL);
		loss_count(EVENT_EXEC, LOSS_SCRATCH);
		return 0;
	}
	exec_judge_and_emit(scratch, label, task, bprm);
	scratch_give(scratch);
	return 0;
}

/* argv of a call that failed: it is still the caller's. At most ARGV_STRINGS, and ARGV_BYTES of them together. */
#define ARGV_STRINGS	64

struct argv_copy {
	struct scratch *scratch;
	const char **argv;
	__u32 begin;
	__u32 at;
	__u32 count;
};

static long argv_step(__u32 step, void *context)
{
	struct argv_copy *copy = context;
	__u32 at = copy->at;
	const char *string = NULL;
	long length;

	if (bpf_probe_read_user(&string, sizeof(string), &copy->argv[step]) || !string)
		return 1;
	if (at > copy->begin + ARGV_BYTES - PASSED_BYTES || at > sizeof(copy->scratch->record) - PASSED_BYTES)
		return 1;
	length = bpf_probe_read_user_str(&copy->scratch->record[at], PASSED_BYTES, string);
	if (length <= 0 || length > PASSED_BYTES)
		return 1;
	copy->at = at + length;
	copy->count++;
	return 0;
}

/*
 * A program that something else did not let start: the launcher's walls, or
 * ordinary permissions. Where the policy refuses it as well, that is told.
 */
static __noinline void exec_refused_judge_and_emit(struct scratch *scratch, struct label *label, __u32 first)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct exec_event *event = (struct exec_event *)scratch->record;
	struct judgement judgement = { .scratch = scratch, .category = CATEGORY_EXEC };
	struct argv_copy copy = { .scratch = scratch };
	struct path *from = path_base(task, first ? (int)syscall_argument(task, 0) : AT_FDCWD);
	struct task_struct *parent;
	__u32 at = sizeof(*event);
	__u8 reason;

	if (!from || !path_as_passed(scratch, (const char *)syscall_argument(task, first), from))
		return;
	judgement.policy = policy_of(label, &judgement.number, &judgement.run_flags, &reason);
	if (!judgement.policy || (scratch->flags & EVENT_CUT_PATH))
		return;
	__builtin_memset(event, 0, sizeof(*event));
	head_fill(&event->head, EVENT_EXEC, 0, task, label);
	event->head.category = CATEGORY_EXEC;
	event->head.flags = scratch->flags;
	event->head.policy = judgement.number;
	judge_path(&judgement, &event->head.decision);
	event->head.outcome = OUTCOME_PREVENTED;	/* also where the name as passed is allowed: it may be a link */
	event->gid = BPF_CORE_READ(task, cred, egid.val);
	event->cgroup_id = bpf_get_current_cgroup_id();
	parent = BPF_CORE_READ(task, real_parent);
	event->parent_tgid = BPF_CORE_READ(parent, tgid);
	event->parent_start_ns = BPF_CORE_READ(parent, group_leader, start_boottime);
	at = append_path(scratch, &event->path, at);
	copy.argv = (const char **)syscall_argument(task, first + 1);
	copy.begin = copy.at = at;
	bpf_loop(ARGV_STRINGS, argv_step, &copy, 0);
	event->argc = copy.count;
	event->argv.at = at;
	event->argv.length = copy.count ? copy.at - at - 1 : 0;
	at = copy.at;
	path_resolve(scratch, BPF_CORE_READ(task, fs, pwd.mnt), BPF_CORE_READ(task, fs, pwd.dentry));
	if (scratch->flags & EVENT_CUT_PATH)
		event->head.flags |= EVENT_CUT_CWD;
	at = append_path(scratch, &event->cwd, at);
	emit_scratch(scratch, at);
}

/* An exec was refused. `first`: index of the argument with the name. */
__noinline int exec_returned(__u32 first)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct label *label = label_of(task);
	struct scratch *scratch;

	if (!label || is_compat(task))
		return 0;
	scratch = scratch_take();
	if (!scratch) {
		loss_count(EVENT_EXEC, LOSS_SCRATCH);
		return 0;
	}
	exec_refused_judge_and_emit(scratch, label, first ? 1 : 0);
	scratch_give(scratch);
	return 0;
}

/*
 * A task ended. Hook: sched_process_exit. The leader's exit is not the
 * process's: worker threads go on, and an exec from another thread ends the
 * leader. The process is over when no thread is live.
 */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	struct label *label = label_of(task);
	struct exit_event event = {};
	int code;

	if (!label)
		return 0;
	if (BPF_CORE_READ(task, signal, live.counter) != 0)
		return 0;
	head_fill(&event.head, EVENT_EXIT, sizeof(event), task, label);
	code = BPF_CORE_READ(task, signal, group_exit_code);
	if (!code)
		code = BPF_CORE_READ(task, group_leader, exit_code);
	event.status = code;
	emit(&event, sizeof(event));
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
