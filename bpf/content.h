/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whether the kernel still has the file whose content the runtime has told, and
 * what rules by content say of it.
 *
 * Content is trusted while a lease lasts. The runtime takes a read lease before
 * it reads the file, which the kernel grants only while nobody has it open for
 * writing, and from then on no open for writing and no truncation comes through
 * before the lease is given up or broken. So the content is what was read as
 * long as that very lease is there; change time, size and the count of writers
 * are looked at as well. Why change time alone would not do: a mapping of tmpfs
 * is written without touching it (docs/decisions/0015-content-under-a-lease.md).
 */
#ifndef WARDER_CONTENT_H
#define WARDER_CONTENT_H

#include "path.h"
#include "decide.h"

/* From 6.13 the top bit says that stat(2) has seen the time. */
#define CTIME_NSEC	0x7fffffff

/* Whole nanoseconds since the epoch of an inode's change time, wherever this kernel keeps it. */
static __always_inline __u64 inode_ctime_ns(struct inode *inode)
{
	if (bpf_core_field_exists(inode->i_ctime_sec))
		return BPF_CORE_READ(inode, i_ctime_sec) * 1000000000ULL +
		       (BPF_CORE_READ(inode, i_ctime_nsec) & CTIME_NSEC);
	if (bpf_core_field_exists(((struct inode___6_6 *)0)->__i_ctime))
		return BPF_CORE_READ((struct inode___6_6 *)inode, __i_ctime.tv_sec) * 1000000000ULL +
		       BPF_CORE_READ((struct inode___6_6 *)inode, __i_ctime.tv_nsec);
	return BPF_CORE_READ((struct inode___6_1 *)inode, i_ctime.tv_sec) * 1000000000ULL +
	       BPF_CORE_READ((struct inode___6_1 *)inode, i_ctime.tv_nsec);
}

/* include/uapi/linux/magic.h */
#define OVERLAYFS_SUPER_MAGIC	0x794c7630
/* Overlays stand on overlays at most this deep (FILESYSTEM_MAX_STACK_DEPTH). */
#define OVERLAYS_MAX	2
/* From here the private data of a file on overlayfs is a struct whose first field is the file below, not that file. */
#define OVL_FILE	KERNEL_VERSION(6, 13, 0)
/* Leases of one inode that are looked through. */
#define LEASES_MAX	8

/* The file below an overlay, which is the one that has a content; NULL where that cannot be said. */
static __always_inline struct file *file_below(struct file *file)
{
	for (int i = 0; i <= OVERLAYS_MAX; i++) {
		void *below;

		if (!file || BPF_CORE_READ(file, f_inode, i_sb, s_magic) != OVERLAYFS_SUPER_MAGIC)
			return file;
		below = BPF_CORE_READ(file, private_data);
		if (LINUX_KERNEL_VERSION >= OVL_FILE && bpf_probe_read_kernel(&below, sizeof(below), below))
			return NULL;
		file = below;
	}
	return NULL;
}

/* The inode that leases hang on: that of the name in user space. */
static __always_inline struct inode *inode_of_name(struct file *file)
{
	struct backing_file *backing = (struct backing_file *)file;

	if (is_backing(file) && bpf_core_field_exists(backing->user_path))
		return BPF_CORE_READ(backing, user_path.dentry, d_inode);
	return BPF_CORE_READ(file, f_inode);
}

/* Whether the lease that was told is on the inode. One that is being broken counts: who breaks it still waits. */
static __always_inline int lease_held(struct inode *inode, const struct content *content)
{
	struct file_lock_context *context = BPF_CORE_READ(inode, i_flctx);
	struct list_head *head, *node;

	if (!context || !content->holder)
		return 0;
	head = (void *)context + bpf_core_field_offset(struct file_lock_context, flc_lease);
	node = BPF_CORE_READ(head, next);
	for (int i = 0; i < LEASES_MAX; i++) {
		struct file *file;
		__u32 tgid;

		if (!node || node == head)
			return 0;
		if (bpf_core_type_exists(struct file_lock_core)) {
			struct file_lock_core *core = (void *)node - bpf_core_field_offset(struct file_lock_core, flc_list);

			file = BPF_CORE_READ(core, flc_file);
			tgid = BPF_CORE_READ(core, flc_pid);
		} else {
			struct file_lock___6_8 *lock = (void *)node - bpf_core_field_offset(struct file_lock___6_8, fl_list);

			file = BPF_CORE_READ(lock, fl_file);
			tgid = BPF_CORE_READ(lock, fl_pid);
		}
		if ((__u64)file == content->holder && tgid == content->holder_tgid)
			return 1;
		node = BPF_CORE_READ(node, next);
	}
	return 0;
}

/* What there is to know of a file's content but the digest. Returns 0 for what has no content to speak of. */
static __always_inline int content_look(struct file *file, struct content_key *key, struct content *content)
{
	struct file *below = file_below(file);
	struct inode *inode = BPF_CORE_READ(below, f_inode);

	if (!below || !inode || !S_ISREG(BPF_CORE_READ(inode, i_mode)))
		return 0;
	key->inode = BPF_CORE_READ(inode, i_ino);
	key->device = BPF_CORE_READ(inode, i_sb, s_dev);
	key->generation = BPF_CORE_READ(inode, i_generation);
	content->ctime_ns = inode_ctime_ns(inode);
	content->size_bytes = BPF_CORE_READ(inode, i_size);
	return 1;
}

/* Somebody may write it: below an overlay a mapping outlives the descriptor above. */
static __always_inline int has_writers(struct file *file)
{
	struct file *below = file_below(file);

	return BPF_CORE_READ(inode_of_name(file), i_writecount.counter) > 0 ||
	       BPF_CORE_READ(below, f_inode, i_writecount.counter) > 0;
}

#endif
