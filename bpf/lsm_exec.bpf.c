// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Code, where the kernel runs BPF LSM programs: what is executed (a script and
 * its interpreter are two checks) and what is mapped executable (shared
 * objects, dlopen, `ld.so program`, mprotect).
 */
#include "charge.h"
#include "lsm.h"

#define PROT_EXEC	0x4

/* The allowed exec is told by sched_process_exec, with its arguments; here only a refusal is. */
static __noinline int exec_judge_and_emit(struct scratch *scratch, struct label *label, struct linux_binprm *bprm)
{
	struct exec_event *event = (struct exec_event *)scratch->record;
	struct task_struct *task = bpf_get_current_task_btf();
	struct file *file = BPF_CORE_READ(bprm, file);
	struct judgement judgement = { .scratch = scratch, .file = file };
	__u32 at = sizeof(*event);
	struct task_struct *parent;
	__u8 reason;

	__builtin_memset(event, 0, sizeof(*event));
	head_fill(&event->head, EVENT_EXEC, 0, task, label);
	event->head.category = CATEGORY_EXEC;
	path_resolve_file(scratch, file);
	if (scratch->flags & (EVENT_MEMFD | EVENT_DELETED))
		scratch->flags |= EVENT_CUT_PATH;	/* no name that a rule could mean */
	event->head.flags |= scratch->flags;
	judgement.policy = policy_watched(label, &judgement.number, &judgement.run_flags, &reason);
	event->head.policy = judgement.number;
	if (judgement.policy)
		judge_into(&judgement, &event->head, CATEGORY_EXEC);
	else
		decide_refused(&event->head.decision, reason);
	budget_check(&event->head, RESOURCE_EXECS);	/* sched_process_exec counts it */
	if (!prevent(&event->head))
		return 0;
	event->inode = BPF_CORE_READ(file, f_inode, i_ino);
	event->device = BPF_CORE_READ(file, f_inode, i_sb, s_dev);
	event->size_bytes = BPF_CORE_READ(file, f_inode, i_size);
	event->ctime_ns = inode_ctime_ns(BPF_CORE_READ(file, f_inode));
	event->gid = BPF_CORE_READ(task, cred, egid.val);
	event->cgroup_id = bpf_get_current_cgroup_id();
	parent = BPF_CORE_READ(task, real_parent);
	event->parent_tgid = BPF_CORE_READ(parent, tgid);
	event->parent_start_ns = BPF_CORE_READ(parent, group_leader, start_boottime);
	at = append_path(scratch, &event->path, at);
	path_resolve(scratch, BPF_CORE_READ(task, fs, pwd.mnt), BPF_CORE_READ(task, fs, pwd.dentry));
	if (scratch->flags & EVENT_CUT_PATH)
		event->head.flags |= EVENT_CUT_CWD;
	at = append_path(scratch, &event->cwd, at);
	emit_scratch(scratch, at);
	return -EPERM;
}

SEC("lsm/bprm_check_security")
int BPF_PROG(guard_exec, struct linux_binprm *bprm, int ret)
{
	struct label *label = label_of(bpf_get_current_task_btf());
	struct scratch *scratch;

	if (ret || !label)
		return ret;
	scratch = scratch_take();
	if (!scratch) {
		loss_count(EVENT_EXEC, LOSS_SCRATCH);
		return -EPERM;
	}
	ret = exec_judge_and_emit(scratch, label, bprm);
	scratch_give(scratch);
	return ret;
}

/*
 * What exec allows may be mapped too: a program maps itself, and its rules may
 * name it only there. Anonymous memory (compilers at run time) is no file.
 */
static __noinline int load_judge_and_emit(struct scratch *scratch, struct label *label, struct file *file, __u32 prot)
{
	struct open_event *event = (struct open_event *)scratch->record;
	struct judgement judgement = { .scratch = scratch, .file = file };
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct decision as_program = {};
	__u8 reason;
	int result;

	__builtin_memset(event, 0, sizeof(*event));
	head_fill(&event->head, EVENT_LOAD, 0, bpf_get_current_task_btf(), label);
	event->head.category = CATEGORY_LOAD;
	path_resolve_file(scratch, file);
	if (scratch->flags & (EVENT_MEMFD | EVENT_DELETED))
		scratch->flags |= EVENT_CUT_PATH;
	event->head.flags |= scratch->flags;
	event->open_flags = prot;
	event->mode = BPF_CORE_READ(inode, i_mode);
	event->inode = BPF_CORE_READ(inode, i_ino);
	event->device = BPF_CORE_READ(inode, i_sb, s_dev);
	event->size_bytes = BPF_CORE_READ(inode, i_size);
	judgement.policy = policy_of(label, &judgement.number, &judgement.run_flags, &reason);
	event->head.policy = judgement.number;
	if (!judgement.policy) {
		decide_refused(&event->head.decision, reason);
	} else {
		judge_into(&judgement, &event->head, CATEGORY_LOAD);
		if (event->head.decision.verdict != VERDICT_ALLOW) {
			judgement.category = CATEGORY_EXEC;
			judge_path(&judgement, &as_program);
			if (as_program.verdict == VERDICT_ALLOW)
				event->head.decision = as_program;
		}
	}
	result = prevent(&event->head);
	emit_scratch(scratch, append_path(scratch, &event->path, sizeof(*event)));
	return result;
}

static __always_inline int load_guard(struct file *file, __u32 prot, int ret)
{
	struct label *label;
	struct scratch *scratch;

	if (ret || !file || !(prot & PROT_EXEC))
		return ret;
	label = label_of(bpf_get_current_task_btf());
	if (!label)
		return 0;
	scratch = scratch_take();
	if (!scratch) {
		loss_count(EVENT_LOAD, LOSS_SCRATCH);
		return -EPERM;
	}
	ret = load_judge_and_emit(scratch, label, file, prot);
	scratch_give(scratch);
	return ret;
}

SEC("lsm/mmap_file")
int BPF_PROG(guard_mmap, struct file *file, unsigned long reqprot, unsigned long prot, unsigned long flags, int ret)
{
	return load_guard(file, prot, ret);
}

SEC("lsm/file_mprotect")
int BPF_PROG(guard_mprotect, struct vm_area_struct *vma, unsigned long reqprot, unsigned long prot, int ret)
{
	return load_guard(BPF_CORE_READ(vma, vm_file), prot, ret);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
