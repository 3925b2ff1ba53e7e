/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The name that a program passed to a system call which failed, made absolute.
 *
 * Something else (the launcher's walls, file permissions) refused the call, and
 * no struct file is left to ask. What comes out names the refusal for people
 * and finds its rule; it decides nothing: links are not followed, and another
 * thread may have changed the string since. A name with `.` or `..` in it is
 * not made sense of: EVENT_CUT_PATH.
 */
#ifndef WARDER_PASSED_H
#define WARDER_PASSED_H

#include "path.h"

/* A longer name is cut, and makes no sense then. */
#define PASSED_BYTES	1024

/* Argument `index` of the system call that is returning. */
static __always_inline unsigned long syscall_argument(struct task_struct *task, __u32 index)
{
#if defined(__TARGET_ARCH_x86)
	struct pt_regs *registers = (struct pt_regs *)bpf_task_pt_regs(task);

	switch (index) {
	case 0:
		return BPF_CORE_READ(registers, di);
	case 1:
		return BPF_CORE_READ(registers, si);
	default:
		return BPF_CORE_READ(registers, dx);
	}
#elif defined(__TARGET_ARCH_arm64)
	struct user_pt_regs *registers = (struct user_pt_regs *)bpf_task_pt_regs(task);

	return BPF_CORE_READ(registers, regs[index]);
#endif
}

/* include/trace/syscall.h: what a sys_exit tracepoint hands over. */
struct sys_exit_context {
	__u64 common;
	long number;
	long result;
};

static __always_inline struct file *file_of(struct task_struct *task, __u32 fd)
{
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **files = BPF_CORE_READ(table, fd);
	struct file *file = NULL;

	if (fd >= BPF_CORE_READ(table, max_fds))
		return NULL;
	bpf_probe_read_kernel(&file, sizeof(file), &files[fd]);
	return file;
}

struct split {
	struct scratch *scratch;
	__u32 begin;		/* of the name in walk */
	__u32 end;		/* of the component under way, exclusive */
	__u32 depth;
	__u32 faulty;
};

static __always_inline void split_component(struct split *split, __u32 from)
{
	struct scratch *scratch = split->scratch;
	__u32 length = split->end - from;
	__u32 depth = split->depth;
	__u32 last = split->end - 1;
	char first;

	if (!length || length > 255 || depth >= PATH_DEPTH || from >= WALK_END || last >= WALK_END) {
		split->faulty = 1;
		return;
	}
	first = scratch->walk[from];
	if (first == '.' && (length == 1 || (length == 2 && scratch->walk[last] == '.'))) {
		split->faulty = 1;
		return;
	}
	scratch->component_at[depth] = from;
	scratch->component_length[depth] = length;
	scratch->name_bits |= 1ULL << name_hash(first, scratch->walk[last], length);
	split->depth = depth + 1;
}

/* One byte of the name, from its end backwards. */
static long split_step(__u32 step, void *context)
{
	struct split *split = context;
	__u32 at = WALK_END - 1 - step;

	if (at < split->begin || at >= WALK_END || split->faulty)
		return 1;
	if (split->scratch->walk[at] != '/')
		return 0;
	split_component(split, at + 1);
	split->end = at;
	return 0;
}

/*
 * Put the name into scratch as path_resolve() would. `from` is where a relative
 * one starts. Returns 0 when the name cannot be read any more.
 */
static __noinline int path_as_passed(struct scratch *scratch, const char *name, struct path *from)
{
	struct split split = { .scratch = scratch, .end = WALK_END };
	long length = bpf_probe_read_user_str(scratch->record, PASSED_BYTES, name);
	__u32 skip = 0, at;

	if (length <= 1 || length > PASSED_BYTES)
		return 0;
	length--;		/* without its NUL */
	scratch->flags = EVENT_AS_PASSED;
	scratch->name_bits = 0;
	scratch->depth = 0;
	if (length > 2 && scratch->record[0] == '.' && scratch->record[1] == '/')
		skip = 2;
	at = WALK_END - length + skip;
	barrier_var(at);
	if (at >= WALK_END || at < WALK_END - PASSED_BYTES)
		return 0;
	bpf_probe_read_kernel(&scratch->walk[at], (length - skip) & (PASSED_BYTES - 1), &scratch->record[skip]);
	scratch->walk[WALK_END] = 0;
	split.begin = at;
	bpf_loop(PASSED_BYTES, split_step, &split, 0);
	if (scratch->walk[at] == '/') {
		scratch->path_at = at;
		scratch->path_length = WALK_END - at;
		scratch->depth = split.depth;
		path_extensions(scratch);
	} else {
		split_component(&split, at);
		at--;
		barrier_var(at);
		if (at >= WALK_END)
			return 0;
		scratch->walk[at] = '/';
		path_walk(scratch, BPF_CORE_READ(from, mnt), BPF_CORE_READ(from, dentry), at, split.depth);
	}
	if (split.faulty)
		scratch->flags |= EVENT_CUT_PATH;
	return 1;
}

#endif
