// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Files, where the kernel runs BPF LSM programs: every way to open one, and
 * every way to change a name or its metadata, refused before it happens.
 *
 * Opens by any syscall and by io_uring come to file_open. Names come to the
 * path_* hooks, which know the mount and so the whole path (they need
 * CONFIG_SECURITY_PATH). Hooks that get a dentry alone are in lsm_metadata.bpf.c.
 */
#include "charge.h"
#include "ipc.h"
#include "lsm.h"

/* include/linux/fs.h: an open for execution, which bprm_check_security judges. */
#define FMODE_EXEC	0x20

static __noinline int open_judge_and_emit(struct scratch *scratch, struct label *label, struct file *file)
{
	struct open_event *event = (struct open_event *)scratch->record;
	struct inode *inode = READ(file, f_inode);
	__u32 flags = READ(file, f_flags);
	struct judgement judgement = { .scratch = scratch };
	__u8 reason;
	int result;

	path_resolve_file(scratch, file);
	if (scratch->flags & EVENT_MEMFD)	/* a pipe, a memfd, a layer below an overlay that was judged; or mq_open(3) */
		return is_queue(inode) ? ipc_reached(READ(file, f_path.dentry)) : 0;
	__builtin_memset(event, 0, sizeof(*event));
	head_fill(&event->head, EVENT_OPEN, 0, bpf_get_current_task_btf(), label);
	event->head.flags |= scratch->flags;
	event->mode = READ(inode, i_mode);
	event->open_flags = flags;
	event->inode = READ(inode, i_ino);
	event->device = READ(inode, i_sb, s_dev);
	event->size_bytes = READ(inode, i_size);
	judgement.policy = policy_at(label, event->head.time_ns, &judgement.number, &judgement.run_flags,
				     &reason);
	event->head.policy = judgement.number;
	event->head.category = CATEGORY_READ;
	if (!judgement.policy) {
		decide_refused(&event->head.decision, reason);
	} else {
		if ((flags & O_ACCMODE) != O_WRONLY)
			judge_into(&judgement, &event->head, CATEGORY_READ);
		if ((flags & O_ACCMODE) || (flags & O_TRUNC))
			judge_into(&judgement, &event->head, CATEGORY_WRITE);
	}
	if ((flags & O_ACCMODE) || (flags & O_TRUNC))
		budget_charge_open(event);
	result = prevent(&event->head);
	emit_scratch(scratch, append_path(scratch, &event->path, sizeof(*event)));
	return result;
}

SEC("lsm/file_open")
int BPF_PROG(guard_open, struct file *file, int ret)
{
	struct label *label = label_of(bpf_get_current_task_btf());
	struct scratch *scratch;

	if (ret || !label)
		return ret;
	if (READ(file, f_flags) & FMODE_EXEC)
		return 0;
	if (READ(file, f_mode) & FMODE_NOACCOUNT)	/* overlayfs, below what was judged */
		return 0;
	scratch = scratch_take();
	if (!scratch) {			/* cannot judge: refuse */
		loss_count(EVENT_OPEN, LOSS_SCRATCH);
		return -EPERM;
	}
	ret = open_judge_and_emit(scratch, label, file);
	scratch_give(scratch);
	return ret;
}

/* inotify(7) and fanotify(7): a directory that is watched tells the names in it, as one that is read. */
static __noinline int watch_judge_and_emit(struct scratch *scratch, struct label *label, const struct path *path)
{
	struct open_event *event = (struct open_event *)scratch->record;
	struct dentry *dentry = BPF_CORE_READ(path, dentry);
	struct inode *inode = BPF_CORE_READ(dentry, d_inode);
	struct judgement judgement = { .scratch = scratch };
	__u8 reason;
	int result;

	path_resolve(scratch, BPF_CORE_READ(path, mnt), dentry);
	if (scratch->flags & EVENT_MEMFD)
		return 0;
	__builtin_memset(event, 0, sizeof(*event));
	head_fill(&event->head, EVENT_OPEN, 0, bpf_get_current_task_btf(), label);
	event->head.flags |= scratch->flags;
	event->mode = BPF_CORE_READ(inode, i_mode);
	event->inode = BPF_CORE_READ(inode, i_ino);
	event->device = BPF_CORE_READ(inode, i_sb, s_dev);
	event->size_bytes = BPF_CORE_READ(inode, i_size);
	judgement.policy = policy_of(label, &judgement.number, &judgement.run_flags, &reason);
	event->head.policy = judgement.number;
	event->head.category = CATEGORY_READ;
	if (judgement.policy)
		judge_into(&judgement, &event->head, CATEGORY_READ);
	else
		decide_refused(&event->head.decision, reason);
	result = prevent(&event->head);
	emit_scratch(scratch, append_path(scratch, &event->path, sizeof(*event)));
	return result;
}

SEC("lsm/path_notify")
int BPF_PROG(guard_watch, const struct path *path, __u64 mask, unsigned int kind, int ret)
{
	struct label *label = label_of(bpf_get_current_task_btf());
	struct scratch *scratch;

	if (ret || !label)
		return ret;
	scratch = scratch_take();
	if (!scratch) {
		loss_count(EVENT_OPEN, LOSS_SCRATCH);
		return -EPERM;
	}
	ret = watch_judge_and_emit(scratch, label, path);
	scratch_give(scratch);
	return ret;
}

/* Which names come to another place: what may not be read there must not come to where it may. */
enum moves {
	MOVES_NONE,
	MOVES_FIRST,
	MOVES_BOTH,
};

/* One change to one or two names on one mount. */
struct change {
	__u32 operation;	/* enum change_operation */
	__u32 mode;
	struct vfsmount *vfsmount;
	struct dentry *first;
	struct dentry *second;	/* or NULL */
	enum moves moves;
};

static __noinline int change_judge_and_emit(struct scratch *scratch, struct label *label, const struct change *change)
{
	struct change_event *event = (struct change_event *)scratch->record;
	struct judgement judgement = { .scratch = scratch };
	__u32 at = sizeof(*event);
	__u8 reason;
	int result;

	__builtin_memset(event, 0, sizeof(*event));
	head_fill(&event->head, EVENT_CHANGE, 0, bpf_get_current_task_btf(), label);
	event->head.category = CATEGORY_WRITE;
	event->operation = change->operation;
	event->mode = change->mode;
	judgement.policy = policy_of(label, &judgement.number, &judgement.run_flags, &reason);
	event->head.policy = judgement.number;
	if (!judgement.policy)
		decide_refused(&event->head.decision, reason);
	path_resolve(scratch, change->vfsmount, change->first);
	event->head.flags |= scratch->flags;
	if (judgement.policy) {
		judge_into(&judgement, &event->head, CATEGORY_WRITE);
		if (change->moves) {
			judge_into(&judgement, &event->head, CATEGORY_READ);
			judge_into(&judgement, &event->head, CATEGORY_PINNED);
		}
	}
	at = append_path(scratch, &event->path, at);
	if (change->second) {
		path_resolve(scratch, change->vfsmount, change->second);
		event->head.flags |= scratch->flags;
		if (judgement.policy) {
			judge_into(&judgement, &event->head, CATEGORY_WRITE);
			if (change->moves == MOVES_BOTH) {
				judge_into(&judgement, &event->head, CATEGORY_READ);
				judge_into(&judgement, &event->head, CATEGORY_PINNED);
			}
		}
		at = append_path(scratch, &event->target, at);
	}
	result = prevent(&event->head);
	emit_scratch(scratch, at);
	return result;
}

static __always_inline int change_guard(const struct change *change, int ret)
{
	struct label *label = label_of(bpf_get_current_task_btf());
	struct scratch *scratch;

	if (ret || !label)
		return ret;
	scratch = scratch_take();
	if (!scratch) {
		loss_count(EVENT_CHANGE, LOSS_SCRATCH);
		return -EPERM;
	}
	ret = change_judge_and_emit(scratch, label, change);
	scratch_give(scratch);
	return ret;
}

SEC("lsm/path_mknod")
int BPF_PROG(guard_mknod, const struct path *dir, struct dentry *dentry, umode_t mode, unsigned int device, int ret)
{
	struct change change = { CHANGE_CREATE, mode, BPF_CORE_READ(dir, mnt), dentry, NULL, MOVES_NONE };

	/* procfs makes no files; open(2) asks before it has looked whether there is one, as for > /dev/stdout. */
	if (in_proc(BPF_CORE_READ(dir, dentry)))
		return ret;
	return change_guard(&change, ret);
}

SEC("lsm/path_mkdir")
int BPF_PROG(guard_mkdir, const struct path *dir, struct dentry *dentry, umode_t mode, int ret)
{
	struct change change = { CHANGE_MKDIR, mode, BPF_CORE_READ(dir, mnt), dentry, NULL, MOVES_NONE };

	return change_guard(&change, ret);
}

SEC("lsm/path_symlink")
int BPF_PROG(guard_symlink, const struct path *dir, struct dentry *dentry, const char *target, int ret)
{
	struct change change = { CHANGE_SYMLINK, 0, BPF_CORE_READ(dir, mnt), dentry, NULL, MOVES_NONE };

	return change_guard(&change, ret);
}

SEC("lsm/path_unlink")
int BPF_PROG(guard_unlink, const struct path *dir, struct dentry *dentry, int ret)
{
	struct change change = { CHANGE_UNLINK, 0, BPF_CORE_READ(dir, mnt), dentry, NULL, MOVES_NONE };

	return change_guard(&change, ret);
}

SEC("lsm/path_rmdir")
int BPF_PROG(guard_rmdir, const struct path *dir, struct dentry *dentry, int ret)
{
	struct change change = { CHANGE_RMDIR, 0, BPF_CORE_READ(dir, mnt), dentry, NULL, MOVES_NONE };

	return change_guard(&change, ret);
}

SEC("lsm/path_link")
int BPF_PROG(guard_link, struct dentry *old_dentry, const struct path *new_dir, struct dentry *new_dentry, int ret)
{
	struct change change = { CHANGE_LINK, 0, BPF_CORE_READ(new_dir, mnt), old_dentry, new_dentry, MOVES_FIRST };

	return change_guard(&change, ret);
}

/* Under RENAME_EXCHANGE the second name moves as well. */
SEC("lsm/path_rename")
int BPF_PROG(guard_rename, const struct path *old_dir, struct dentry *old_dentry, const struct path *new_dir,
	     struct dentry *new_dentry, unsigned int flags, int ret)
{
	struct change change = { CHANGE_RENAME, 0, BPF_CORE_READ(old_dir, mnt), old_dentry, new_dentry,
				 (flags & RENAME_EXCHANGE) ? MOVES_BOTH : MOVES_FIRST };

	return change_guard(&change, ret);
}

SEC("lsm/path_truncate")
int BPF_PROG(guard_truncate, const struct path *path, int ret)
{
	struct change change = { CHANGE_TRUNCATE, 0, BPF_CORE_READ(path, mnt),
				 BPF_CORE_READ(path, dentry), NULL, MOVES_NONE };

	return change_guard(&change, ret);
}

SEC("lsm/path_chmod")
int BPF_PROG(guard_chmod, const struct path *path, umode_t mode, int ret)
{
	struct change change = { CHANGE_MODE, mode, BPF_CORE_READ(path, mnt),
				 BPF_CORE_READ(path, dentry), NULL, MOVES_NONE };

	return change_guard(&change, ret);
}

SEC("lsm/path_chown")
int BPF_PROG(guard_chown, const struct path *path, __u64 uid, __u64 gid, int ret)
{
	struct change change = { CHANGE_OWNER, 0, BPF_CORE_READ(path, mnt),
				 BPF_CORE_READ(path, dentry), NULL, MOVES_NONE };

	return change_guard(&change, ret);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
