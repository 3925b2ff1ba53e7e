/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's types of tasks: who they are, where, and in which namespaces and cgroups (kernel.h).
 */
#ifndef WARDER_KERNEL_TASKS_H
#define WARDER_KERNEL_TASKS_H

#include "kernel_files.h"

/* Only ever passed along. */
struct kernel_siginfo;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

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

struct user_namespace {
	int level;		/* 0: the initial one */
	struct ns_common ns;
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

/* Storages of a task (storage.h). */
struct bpf_map {
	__u32 id;
	__u32 max_entries;
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

#pragma clang attribute pop

/* arch/x86/include/asm/thread_info.h, arch/arm64/include/asm/thread_info.h */
#define TS_COMPAT	0x0002
#define TIF_32BIT_MASK	(1ul << 22)

#endif
