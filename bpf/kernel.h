/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's own types, as far as our programs touch them.
 *
 * Each struct lists only the fields we read; CO-RE moves the accesses to where
 * the running kernel has them, and a field that it does not have fails the
 * load by name. Written by hand so that a build does not depend on the kernel
 * of the machine that builds (docs/decisions/0002). Names and types are those
 * of Linux 6.1 to 7.2; a `___suffix` is a CO-RE flavour of an older or newer form.
 */
#ifndef WARDER_KERNEL_H
#define WARDER_KERNEL_H

#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_tracing.h>

/* BPF_PROG() and callbacks have parameters by the kernel's choice, not ours. */
#pragma clang diagnostic ignored "-Wunused-parameter"

typedef unsigned int dev_t;
typedef unsigned short umode_t;
typedef _Bool bool;

/* Only ever passed along. */
struct kernel_siginfo;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	unsigned int val;
} kuid_t;

typedef struct {
	unsigned int val;
} kgid_t;

/* __u32 cap[2] before 6.3: the same bytes, which are read as such */
typedef struct {
	__u64 val;
} kernel_cap_t;

struct group_info;
struct user_namespace;

struct cred {
	kuid_t uid;
	kgid_t gid;
	kuid_t suid;
	kgid_t sgid;
	kuid_t euid;
	kgid_t egid;
	kuid_t fsuid;
	kgid_t fsgid;
	kernel_cap_t cap_inheritable;
	kernel_cap_t cap_permitted;
	kernel_cap_t cap_effective;
	kernel_cap_t cap_bset;
	kernel_cap_t cap_ambient;
	struct user_namespace *user_ns;
	struct group_info *group_info;
};

struct list_head {
	struct list_head *next;
};

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

struct hlist_bl_node {
	struct hlist_bl_node **pprev;
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

struct ns_common {
	unsigned int inum;
};

struct mnt_namespace {
	struct ns_common ns;
	struct mount *root;
};

struct uts_namespace {
	struct ns_common ns;
};

struct ipc_namespace {
	struct ns_common ns;
};

struct pid_namespace {
	struct ns_common ns;
};

struct net {
	struct ns_common ns;
};

struct cgroup_namespace {
	struct ns_common ns;
};

struct time_namespace {
	struct ns_common ns;
};

struct nsproxy {
	struct uts_namespace *uts_ns;
	struct ipc_namespace *ipc_ns;
	struct mnt_namespace *mnt_ns;
	struct pid_namespace *pid_ns_for_children;
	struct net *net_ns;
	struct time_namespace *time_ns_for_children;
	struct cgroup_namespace *cgroup_ns;
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

struct fs_struct {
	struct path pwd;
};

struct mm_struct {
	unsigned long arg_start;
	unsigned long arg_end;
	struct file *exe_file;
};

/* A number in each pid namespace down to the own one. */
struct upid {
	int nr;
};

enum pid_type {
	PIDTYPE_PID,
	PIDTYPE_TGID,
	PIDTYPE_PGID,
	PIDTYPE_SID,
	PIDTYPE_MAX,
};

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

struct pid {
	unsigned int level;
	struct hlist_head tasks[PIDTYPE_MAX];
	struct upid numbers[1];
};

struct signal_struct {
	atomic_t live;
	int group_exit_code;
	struct pid *pids[PIDTYPE_MAX];
};

/* fs/proc/internal.h: whose directory it is, in /proc. */
struct proc_inode {
	struct pid *pid;
	struct inode vfs_inode;
};

/* Storages of a task (storage.h). */
struct bpf_map {
	__u32 id;
};

struct bpf_local_storage_map {
	struct bpf_map map;
};

struct bpf_local_storage_data {
	struct bpf_local_storage_map *smap;
	__u8 data[];
};

struct bpf_local_storage_elem {
	struct hlist_node snode;
	struct bpf_local_storage_data sdata;
};

struct bpf_local_storage {
	struct hlist_head list;
};

struct kernfs_node {
	__u64 id;
};

struct cgroup_root {
	int hierarchy_id;
};

struct cgroup {
	int level;
	struct kernfs_node *kn;
	struct cgroup_root *root;
	struct cgroup *ancestors[];	/* by level, itself the last */
};

struct css_set {
	struct cgroup *dfl_cgrp;	/* in cgroup2 */
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct task_struct;

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

#if defined(__TARGET_ARCH_x86)
struct thread_info {
	__u32 status;
};
#elif defined(__TARGET_ARCH_arm64)
struct thread_info {
	unsigned long flags;
};
#endif

struct task_struct {
	struct thread_info thread_info;
	int pid;
	int tgid;
	int exit_code;
	__u64 start_boottime;
	struct task_struct *group_leader;
	struct task_struct *real_parent;
	struct task_struct *parent;	/* the tracer, where there is one */
	struct list_head ptraced;
	struct list_head ptrace_entry;	/* in the tracer's `ptraced` */
	struct cred *real_cred;
	struct cred *cred;
	struct mm_struct *mm;
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	struct pid *thread_pid;
	struct hlist_node pid_links[PIDTYPE_MAX];
	struct css_set *cgroups;
	struct bpf_local_storage *bpf_storage;
	char comm[16];
};

/* include/linux/fs.h: what notify_change() is to change */
struct iattr {
	unsigned int ia_valid;
};

struct user_namespace {
	int level;		/* 0: the initial one */
	struct ns_common ns;
};

struct vm_area_struct {
	struct file *vm_file;
};

/* The function that a system call of 64-bit programs begins in. */
#if defined(__TARGET_ARCH_x86)
#define SYSCALL_ENTRY(name)	"__x64_sys_" name
#elif defined(__TARGET_ARCH_arm64)
#define SYSCALL_ENTRY(name)	"__arm64_sys_" name
#endif

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long r10;
	unsigned long dx;
	unsigned long si;
	unsigned long di;
	unsigned long orig_ax;
};
#elif defined(__TARGET_ARCH_arm64)
struct user_pt_regs {
	unsigned long regs[31];
};
struct pt_regs {
	int syscallno;
};
#endif

struct linux_binprm {
	struct file *file;
	int argc;
	const char *filename;	/* as the caller passed it */
	const char *interp;	/* the same, but for a script: what "#!" names */
};

#pragma clang attribute pop

/*
 * READ(pointer, a, b) is pointer->a->b. From 6.2 by loads that the kernel mends where they fault (0 is read then):
 * a nanosecond each, and a path takes some sixty of them. Before, by the helper that BPF_CORE_READ() calls, which takes
 * ten times that. The verifier sees one of the two only.
 */
extern void *bpf_rdonly_cast(const void *object, __u32 type) __ksym __weak;

#define TYPED(pointer)	((typeof(pointer))bpf_rdonly_cast((pointer), bpf_core_type_id_kernel(typeof(*(pointer)))))
#define READ(pointer, ...)									\
	({											\
		typeof(___arrow(pointer, __VA_ARGS__)) ___value;				\
												\
		if (bpf_ksym_exists(bpf_rdonly_cast))						\
			___value = ___arrow(TYPED(pointer), __VA_ARGS__);			\
		else										\
			___value = BPF_CORE_READ((pointer), __VA_ARGS__);			\
		___value;									\
	})

/* Eight bytes at an address of the kernel's, loaded so; where bpf_rdonly_cast() is. */
#define WORD(address)	(TYPED((struct timespec64 *)(address))->tv_sec)

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

#define AF_INET		2
#define AF_INET6	10
#define SOCK_RAW	3

#define AT_FDCWD	(-100)
#define AT_REMOVEDIR	0x200

/* arch/x86/include/asm/thread_info.h, arch/arm64/include/asm/thread_info.h */
#define TS_COMPAT	0x0002
#define TIF_32BIT_MASK	(1ul << 22)

#define SIGKILL		9
#define EPERM		1
#define EACCES		13
#define EBUSY		16
#define EXDEV		18
#define EROFS		30

#endif
