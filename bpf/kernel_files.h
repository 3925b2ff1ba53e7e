/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's types of files, names and mounts, and the numbers that go with them (kernel.h).
 */
#ifndef WARDER_KERNEL_FILES_H
#define WARDER_KERNEL_FILES_H

#include "kernel_types.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct pid;

struct super_block {
	dev_t s_dev;
	unsigned long s_magic;
};

struct timespec64 {
	long long tv_sec;
	long tv_nsec;
};

/* include/linux/filelock.h: who holds leases on an inode */
struct file_lock_context {
	struct list_head flc_lease;
};

/* 6.9 and newer; first in a struct file_lease */
struct file_lock_core {
	struct list_head flc_list;
	int flc_pid;
	struct file *flc_file;
};

/* up to 6.8 */
struct file_lock___6_8 {
	struct list_head fl_list;
	unsigned int fl_pid;
	struct file *fl_file;
};

struct inode {
	umode_t i_mode;
	struct super_block *i_sb;
	unsigned long i_ino;
	unsigned int i_nlink;
	__u32 i_generation;
	atomic_t i_writecount;
	struct file_lock_context *i_flctx;
	long long i_size;
	/* 6.11 and newer */
	long long i_ctime_sec;
	__u32 i_ctime_nsec;
};

/* 6.6 to 6.10 */
struct inode___6_6 {
	struct timespec64 __i_ctime;
};

/* up to 6.5 */
struct inode___6_1 {
	struct timespec64 i_ctime;
};

struct qstr {
	__u32 len;
	const unsigned char *name;
};

struct dentry {
	struct hlist_bl_node d_hash;
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
	struct super_block *d_sb;
};

struct vfsmount {
	struct dentry *mnt_root;
	int mnt_flags;
};

struct mnt_namespace;

struct mount {
	struct mnt_namespace *mnt_ns;
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
	/* 6.17 and newer: the next mount of the same file system */
	struct mount *mnt_next_for_sb;
};

/* 6.17 and newer */
struct super_block___6_17 {
	struct mount *s_mounts;
};

/* up to 6.16 */
struct super_block___6_16 {
	struct list_head s_mounts;
};

struct mount___6_16 {
	struct list_head mnt_instance;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct file {
	struct path f_path;
	struct inode *f_inode;
	void *private_data;
	unsigned int f_flags;
	unsigned int f_mode;
};

/* fs/file_table.c, 6.8 and newer: a file that overlayfs opened below itself. */
struct backing_file {
	struct file file;
	struct path user_path;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

/* fs/proc/internal.h: whose directory it is, in /proc. */
struct proc_inode {
	struct pid *pid;
	struct inode vfs_inode;
};

/* include/linux/fs.h: what notify_change() is to change */
struct iattr {
	unsigned int ia_valid;
};

struct vm_area_struct {
	struct file *vm_file;
};

struct linux_binprm {
	struct file *file;
	int argc;
	const char *filename;	/* as the caller passed it */
	const char *interp;	/* the same, but for a script: what "#!" names */
};

#pragma clang attribute pop

/*
 * fs/pnode.h, fs/mount.h: the namespace of mounts that the kernel keeps for
 * itself (pipes, memfd, the layers below an overlay). No path of user space's
 * leads there; a detached mount of its own is in a namespace without a name instead.
 */
#define MNT_NS_INTERNAL	((void *)-22L)

/* include/linux/fs.h, f_mode: opened by the kernel for itself, below a file that was judged */
#define FMODE_NOACCOUNT	(1u << 29)
/*
 * with a struct backing_file around it, where FMODE_NOACCOUNT is set as well: the bit moved in 6.14, and in later builds of
 * 6.12, and its old place is fsnotify's, set in any file of a mount whose opens somebody is asked about
 */
#define FMODE_BACKING		(1u << 24)
#define FMODE_BACKING_6_13	(1u << 25)

#define S_IFMT		00170000
#define S_IFDIR		0040000
#define S_IFREG		0100000
#define S_ISREG(mode)	(((mode) & S_IFMT) == S_IFREG)

#define O_WRONLY	00000001
#define O_RDWR		00000002
#define O_ACCMODE	00000003
#define O_CREAT		00000100
#define O_EXCL		00000200
#define O_TRUNC		00001000
#define O_PATH		010000000
/* Flags of open(2) that the file does not keep. */
#define O_ASKED		(O_CREAT | O_EXCL | O_TRUNC)

#define RENAME_EXCHANGE	2

#define AT_FDCWD	(-100)
#define AT_REMOVEDIR	0x200

#endif
