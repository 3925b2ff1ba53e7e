// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Metadata of files, where the kernel runs BPF LSM programs: times, extended
 * attributes, access lists, inode flags.
 *
 * These hooks are given a dentry and no mount. The mount is sought among those
 * of the file system, in the caller's namespace: the first one whose root lies
 * above the dentry. Where a file is mounted at several places that is one of its
 * names, not always the one that was used.
 */
#include "lsm.h"
#include "privilege.h"

/* include/linux/fs.h, ia_valid */
#define ATTR_SIZE	(1 << 3)
#define ATTR_ATIME	(1 << 4)
#define ATTR_MTIME	(1 << 5)

/* Mounts of one file system that are looked through, in all namespaces. */
#define MOUNTS_MAX	16384

struct mount_search {
	struct dentry *dentry;
	void *mnt_ns;
	struct mount *mount;	/* under way */
	struct list_head *node;	/* the same, up to 6.16 */
	struct list_head *head;
	struct mount *found;
};

struct ancestry {
	struct dentry *dentry;
	struct dentry *root;
	__u32 found;
};

static long ancestor_step(__u32 step, void *context)
{
	struct ancestry *ancestry = context;
	struct dentry *dentry = ancestry->dentry;	/* BPF_CORE_READ() would look for our structs in the kernel too */
	struct dentry *parent;

	if (dentry == ancestry->root) {
		ancestry->found = 1;
		return 1;
	}
	parent = BPF_CORE_READ(dentry, d_parent);
	if (parent == dentry)
		return 1;
	ancestry->dentry = parent;
	return 0;
}

static long mount_step(__u32 step, void *context)
{
	struct mount_search *search = context;
	struct mount *mount = search->mount;
	struct ancestry ancestry = { .dentry = search->dentry };

	if (bpf_core_field_exists(struct mount, mnt_next_for_sb)) {
		if (!mount)
			return 1;
		search->mount = BPF_CORE_READ(mount, mnt_next_for_sb);
	} else {
		struct list_head *node = search->node;

		if (!node || node == search->head)
			return 1;
		mount = (void *)node - bpf_core_field_offset(struct mount___6_16, mnt_instance);
		search->node = BPF_CORE_READ(node, next);
	}
	if (BPF_CORE_READ(mount, mnt_ns) != search->mnt_ns)
		return 0;
	ancestry.root = BPF_CORE_READ(mount, mnt.mnt_root);
	bpf_loop(PATH_DEPTH, ancestor_step, &ancestry, 0);
	if (!ancestry.found)
		return 0;
	search->found = mount;
	return 1;
}

/* The first mount in the caller's namespace under which the dentry has a name, or NULL. */
static __noinline struct mount *mount_of(struct dentry *dentry)
{
	struct super_block *sb = BPF_CORE_READ(dentry, d_sb);
	struct mount_search search = {
		.dentry = dentry,
		.mnt_ns = BPF_CORE_READ(bpf_get_current_task_btf(), nsproxy, mnt_ns),
	};

	if (bpf_core_field_exists(struct mount, mnt_next_for_sb)) {
		search.mount = BPF_CORE_READ((struct super_block___6_17 *)sb, s_mounts);
	} else {
		struct list_head *head = (void *)sb + bpf_core_field_offset(struct super_block___6_16, s_mounts);

		search.head = head;
		search.node = BPF_CORE_READ(head, next);
	}
	bpf_loop(MOUNTS_MAX, mount_step, &search, 0);
	return search.found;
}

static __noinline int metadata_judge_and_emit(struct scratch *scratch, struct label *label, struct vfsmount *vfsmount,
					      struct dentry *dentry, __u32 operation)
{
	struct change_event *event = (struct change_event *)scratch->record;
	struct judgement judgement = { .scratch = scratch };
	__u8 reason;
	int result;

	__builtin_memset(event, 0, sizeof(*event));
	head_fill(&event->head, EVENT_CHANGE, 0, bpf_get_current_task_btf(), label);
	event->head.category = CATEGORY_WRITE;
	event->operation = operation;
	judgement.policy = policy_of(label, &judgement.number, &judgement.run_flags, &reason);
	event->head.policy = judgement.number;
	path_resolve(scratch, vfsmount, dentry);
	if (scratch->flags & EVENT_MEMFD)	/* a pipe, a memfd: the process's own */
		return 0;
	event->head.flags |= scratch->flags;
	if (judgement.policy)
		judge_into(&judgement, &event->head, CATEGORY_WRITE);
	else
		decide_refused(&event->head.decision, reason);
	result = prevent(&event->head);
	emit_scratch(scratch, append_path(scratch, &event->path, sizeof(*event)));
	return result;
}

static __noinline int metadata_guard(struct vfsmount *vfsmount, struct dentry *dentry, __u32 operation)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct label *label = label_of(task);
	struct scratch *scratch;
	int result;

	if (!label)
		return 0;
	if (!vfsmount) {
		struct mount *mount;

		/* A file system that acts for itself, below what was judged: overlayfs on its layers. */
		if (BPF_CORE_READ(task, cred) != BPF_CORE_READ(task, real_cred))
			return 0;
		mount = mount_of(dentry);
		if (!mount)		/* no name in this namespace: a pipe, a socket, a memfd, what was handed in */
			return 0;
		vfsmount = (void *)mount + bpf_core_field_offset(struct mount, mnt);
	}
	scratch = scratch_take();
	if (!scratch) {
		loss_count(EVENT_CHANGE, LOSS_SCRATCH);
		return -EPERM;
	}
	result = metadata_judge_and_emit(scratch, label, vfsmount, dentry, operation);
	scratch_give(scratch);
	return result;
}

/* From 6.9 the mount's id mapping comes first. What chmod, chown and truncate change has path hooks. */
#define SETATTR_IDMAP	KERNEL_VERSION(6, 9, 0)

SEC("lsm/inode_setattr")
int BPF_PROG(guard_setattr, void *first, void *second, void *third)
{
	struct dentry *dentry = LINUX_KERNEL_VERSION >= SETATTR_IDMAP ? second : first;
	struct iattr *attr = LINUX_KERNEL_VERSION >= SETATTR_IDMAP ? third : second;
	unsigned int valid = BPF_CORE_READ(attr, ia_valid);

	if (!(valid & (ATTR_ATIME | ATTR_MTIME)) || (valid & ATTR_SIZE))
		return 0;
	return metadata_guard(NULL, dentry, CHANGE_TIMES);
}

SEC("lsm/inode_setxattr")
int guard_setxattr(__u64 *context)
{
	return metadata_guard(NULL, (void *)context[1], CHANGE_ATTRIBUTE);
}

SEC("lsm/inode_removexattr")
int guard_removexattr(__u64 *context)
{
	return metadata_guard(NULL, (void *)context[1], CHANGE_ATTRIBUTE);
}

/* 6.2 and newer; before, access lists are extended attributes to LSM as well. */
SEC("lsm/inode_set_acl")
int guard_set_acl(__u64 *context)
{
	return metadata_guard(NULL, (void *)context[1], CHANGE_ATTRIBUTE);
}

SEC("lsm/inode_remove_acl")
int guard_remove_acl(__u64 *context)
{
	return metadata_guard(NULL, (void *)context[1], CHANGE_ATTRIBUTE);
}

/* include/uapi/linux/fs.h */
#define FS_IOC_SETFLAGS		0x40086602
#define FS_IOC32_SETFLAGS	0x40046602
#define FS_IOC_FSSETXATTR	0x401c5820
#define FS_IOC_SETVERSION	0x40087602
#define FS_IOC32_SETVERSION	0x40047602
/* By a descriptor for reading: unchangeable from then on, or encrypted */
#define FS_IOC_ENABLE_VERITY	0x40806685
#define FS_IOC_SET_ENCRYPTION_POLICY	0x800c6613
/* fs/ext4/ext4.h, include/uapi/linux/msdos_fs.h, btrfs.h: the same as above under other numbers */
#define EXT4_IOC_SETVERSION	0x40086604
#define EXT4_IOC32_SETVERSION	0x40046604
#define EXT4_IOC_MIGRATE	0x6609
#define FAT_IOCTL_SET_ATTRIBUTES	0x40047211
#define BTRFS_IOC_SUBVOL_SETFLAGS	0x4008941a
/*
 * A tree is to be seen at a second place, made or removed by a name that no hook of names is asked about: what a mount is
 * elsewhere. include/uapi/linux/btrfs.h, fs/ocfs2/ocfs2_ioctl.h
 */
#define BTRFS_IOC_SNAP_CREATE	0x50009401
#define BTRFS_IOC_SNAP_CREATE_V2	0x50009417
#define BTRFS_IOC_SUBVOL_CREATE	0x5000940e
#define BTRFS_IOC_SUBVOL_CREATE_V2	0x50009418
#define BTRFS_IOC_SNAP_DESTROY	0x5000940f
#define BTRFS_IOC_SNAP_DESTROY_V2	0x5000943f
#define OCFS2_IOC_REFLINK	0x40186f04
/* include/uapi/asm-generic/ioctls.h: text into a terminal, as if its user had typed it */
#define TIOCSTI			0x5412
#define TIOCLINUX		0x541c
/* The same: who is sent signals about a file, by pointer (lsm_owner.bpf.c) */
#define FIOSETOWN		0x8901
#define SIOCSPGRP		0x8902

static __always_inline int ioctl_guard(struct file *file, __u32 command)
{
	switch (command) {
	case FS_IOC_SETFLAGS:
	case FS_IOC32_SETFLAGS:
	case FS_IOC_FSSETXATTR:
	case FS_IOC_SETVERSION:
	case FS_IOC32_SETVERSION:
	case FS_IOC_ENABLE_VERITY:
	case FS_IOC_SET_ENCRYPTION_POLICY:
	case EXT4_IOC_SETVERSION:
	case EXT4_IOC32_SETVERSION:
	case EXT4_IOC_MIGRATE:
	case FAT_IOCTL_SET_ATTRIBUTES:
	case BTRFS_IOC_SUBVOL_SETFLAGS:
		return metadata_guard(BPF_CORE_READ(file, f_path.mnt), BPF_CORE_READ(file, f_path.dentry), CHANGE_FLAGS);
	case BTRFS_IOC_SNAP_CREATE:
	case BTRFS_IOC_SNAP_CREATE_V2:
	case BTRFS_IOC_SUBVOL_CREATE:
	case BTRFS_IOC_SUBVOL_CREATE_V2:
	case BTRFS_IOC_SNAP_DESTROY:
	case BTRFS_IOC_SNAP_DESTROY_V2:
	case OCFS2_IOC_REFLINK:
		return privilege_granted(PRIVILEGE_MOUNT, command, 0) ? 0 : -EPERM;
	case TIOCSTI:
	case TIOCLINUX:
		return privilege_granted(PRIVILEGE_HOST, HOST_TERMINAL, 0) ? 0 : -EPERM;
	case FIOSETOWN:
	case SIOCSPGRP:
		return privilege_granted(PRIVILEGE_HOST, HOST_OWNER, 0) ? 0 : -EPERM;
	default:
		return 0;
	}
}

SEC("lsm/file_ioctl")
int BPF_PROG(guard_ioctl, struct file *file, unsigned int command, unsigned long argument)
{
	return ioctl_guard(file, command);
}

/* Calls of 32-bit programs: 6.8 and newer, before both come to file_ioctl. */
SEC("lsm/file_ioctl_compat")
int BPF_PROG(guard_ioctl_compat, struct file *file, unsigned int command, unsigned long argument)
{
	return ioctl_guard(file, command);
}

/* file_setattr(2): 6.17 and newer. It also stands behind the ioctls above, which have been judged. */
SEC("lsm/inode_file_setattr")
int guard_file_setattr(__u64 *context)
{
	return metadata_guard(NULL, (void *)context[0], CHANGE_FLAGS);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
