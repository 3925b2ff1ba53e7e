/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * System calls that are looked at when they return: those that open a file, execute one, those that change a name or
 * its metadata, with which argument is what, and those that change what the caller is.
 * Numbers are those of arch/x86/entry/syscalls/syscall_64.tbl and
 * include/uapi/asm-generic/unistd.h, which never change.
 */
#ifndef WARDER_CALLS_H
#define WARDER_CALLS_H

#include "kernel.h"
#include "event.h"

#define NONE	0xff	/* no such argument */

/* Indexes of arguments. A descriptor without a name is the file itself. */
struct change_call {
	__u8 operation;		/* enum change_operation */
	__u8 directory;
	__u8 name;
	__u8 second_directory;
	__u8 second_name;
};

/* By the name alone, relative to the working directory. */
#define BY_NAME(operation)		{ operation, NONE, 0, NONE, NONE }
/* By the name beside a directory's descriptor. */
#define BESIDE(operation)		{ operation, 0, 1, NONE, NONE }
/* By a descriptor of the file. */
#define BY_FILE(operation)		{ operation, 0, NONE, NONE, NONE }
#define TWO_NAMES(operation)		{ operation, NONE, 0, NONE, 1 }
#define TWO_BESIDE(operation)		{ operation, 0, 1, 2, 3 }

#if defined(__TARGET_ARCH_x86)
#define CALL(x86, generic)	case x86:
#define OLD_CALL(x86)		case x86:
#elif defined(__TARGET_ARCH_arm64)
#define CALL(x86, generic)	case generic:
#define OLD_CALL(x86)		case 0x10000 + x86:	/* never */
#endif

#define IS(...)		{ struct change_call known = __VA_ARGS__; *call = known; return 1; }

/* What call `number` is; 0 for one that changes no name. */
static __always_inline int change_call_of(long number, struct change_call *call)
{
	switch (number) {
	OLD_CALL(87) IS(BY_NAME(CHANGE_UNLINK))
	CALL(263, 35) IS(BESIDE(CHANGE_UNLINK))			/* unlinkat: a directory's too */
	OLD_CALL(84) IS(BY_NAME(CHANGE_RMDIR))
	OLD_CALL(83) IS(BY_NAME(CHANGE_MKDIR))
	CALL(258, 34) IS(BESIDE(CHANGE_MKDIR))
	OLD_CALL(133) IS(BY_NAME(CHANGE_CREATE))		/* mknod */
	CALL(259, 33) IS(BESIDE(CHANGE_CREATE))
	OLD_CALL(82) IS(TWO_NAMES(CHANGE_RENAME))
	OLD_CALL(264) CALL(316, 276) IS(TWO_BESIDE(CHANGE_RENAME))
	OLD_CALL(86) IS(TWO_NAMES(CHANGE_LINK))
	CALL(265, 37) IS(TWO_BESIDE(CHANGE_LINK))
	OLD_CALL(88) IS({ CHANGE_SYMLINK, NONE, 1, NONE, NONE })
	CALL(266, 36) IS({ CHANGE_SYMLINK, 1, 2, NONE, NONE })
	CALL(76, 45) IS(BY_NAME(CHANGE_TRUNCATE))
	OLD_CALL(90) IS(BY_NAME(CHANGE_MODE))
	CALL(91, 52) IS(BY_FILE(CHANGE_MODE))
	CALL(268, 53) CALL(452, 452) IS(BESIDE(CHANGE_MODE))	/* fchmodat, fchmodat2 */
	OLD_CALL(92) OLD_CALL(94) IS(BY_NAME(CHANGE_OWNER))	/* chown, lchown */
	CALL(93, 55) IS(BY_FILE(CHANGE_OWNER))
	CALL(260, 54) IS(BESIDE(CHANGE_OWNER))
	OLD_CALL(132) OLD_CALL(235) IS(BY_NAME(CHANGE_TIMES))	/* utime, utimes */
	OLD_CALL(261) CALL(280, 88) IS(BESIDE(CHANGE_TIMES))	/* futimesat, utimensat */
	CALL(188, 5) CALL(189, 6) CALL(197, 14) CALL(198, 15) IS(BY_NAME(CHANGE_ATTRIBUTE))
	CALL(190, 7) CALL(199, 16) IS(BY_FILE(CHANGE_ATTRIBUTE))
	}
	return 0;
}

enum open_kind {
	OPEN_NONE,
	OPEN_OPENAT,
	OPEN_OPENAT2,
	OPEN_OPEN,
	OPEN_CREAT,
	OPEN_BY_HANDLE_AT,
};

static __always_inline enum open_kind open_kind_of(long number)
{
	switch (number) {
	CALL(257, 56) return OPEN_OPENAT;
	CALL(437, 437) return OPEN_OPENAT2;
	OLD_CALL(2) return OPEN_OPEN;
	OLD_CALL(85) return OPEN_CREAT;
	CALL(304, 265) return OPEN_BY_HANDLE_AT;
	}
	return OPEN_NONE;
}

/* Calls that may change what the caller is (context.bpf.c). */
enum context_call {
	CONTEXT_CALL_NONE,
	CONTEXT_CALL_USER,
	CONTEXT_CALL_FS_USER,
	CONTEXT_CALL_CAPSET,
	CONTEXT_CALL_PRCTL,
	CONTEXT_CALL_UNSHARE,
	CONTEXT_CALL_SETNS,
	CONTEXT_CALL_MEMFD,
	CONTEXT_CALL_PTRACE,
};

static __always_inline enum context_call context_call_of(long number)
{
	switch (number) {
	CALL(105, 146) CALL(106, 144) return CONTEXT_CALL_USER;		/* setuid, setgid */
	CALL(113, 145) CALL(114, 143) return CONTEXT_CALL_USER;		/* setreuid, setregid */
	CALL(117, 147) CALL(119, 149) return CONTEXT_CALL_USER;		/* setresuid, setresgid */
	CALL(116, 159) return CONTEXT_CALL_USER;			/* setgroups */
	CALL(122, 151) CALL(123, 152) return CONTEXT_CALL_FS_USER;	/* setfsuid, setfsgid */
	CALL(126, 91) return CONTEXT_CALL_CAPSET;
	CALL(157, 167) return CONTEXT_CALL_PRCTL;
	CALL(272, 97) return CONTEXT_CALL_UNSHARE;
	CALL(308, 268) return CONTEXT_CALL_SETNS;
	CALL(319, 279) return CONTEXT_CALL_MEMFD;
	CALL(101, 117) return CONTEXT_CALL_PTRACE;
	}
	return CONTEXT_CALL_NONE;
}

/* Index of the argument that names the program; -1 for another call. */
static __always_inline int exec_name_of(long number)
{
	switch (number) {
	CALL(59, 221) return 0;
	CALL(322, 281) return 1;
	}
	return -1;
}

/* Argument `index` of the system call that is returning. */
static __always_inline unsigned long syscall_argument(struct task_struct *task, __u32 index)
{
#if defined(__TARGET_ARCH_x86)
	struct pt_regs *registers = (struct pt_regs *)bpf_task_pt_regs(task);

	switch (index) {
	case 0:
		return READ(registers, di);
	case 1:
		return READ(registers, si);
	case 2:
		return READ(registers, dx);
	default:
		return READ(registers, r10);
	}
#elif defined(__TARGET_ARCH_arm64)
	struct user_pt_regs *registers = (struct user_pt_regs *)bpf_task_pt_regs(task);

	return BPF_CORE_READ(registers, regs[index]);
#endif
}

/*
 * Number of the system call that is returning. The kernel goes by the lower half of the register and keeps the whole of it,
 * so that whoever sets a bit of the upper half makes the same call. A plain load: every return of everybody comes by here.
 */
static __always_inline int call_number(struct pt_regs *registers)
{
#if defined(__TARGET_ARCH_x86)
	return registers->orig_ax;
#elif defined(__TARGET_ARCH_arm64)
	return registers->syscallno;
#endif
}

/* A call of the other word size: its numbers and registers are not those of this table. */
static __always_inline int is_compat(struct task_struct *task)
{
#if defined(__TARGET_ARCH_x86)
	return (READ(task, thread_info.status) & TS_COMPAT) != 0;
#elif defined(__TARGET_ARCH_arm64)
	return (READ(task, thread_info.flags) & TIF_32BIT_MASK) != 0;
#endif
}

/*
 * What becomes of each: file.bpf.c, process.bpf.c, refused.bpf.c, context.bpf.c. Global functions, which the verifier
 * goes through once.
 */
int open_returned(long result, __u32 kind);
int exec_returned(__u32 first);
int change_returned(long number);
int context_returned(__u32 call);

#undef CALL
#undef OLD_CALL
#undef IS

#endif
