/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The name that a program passed to a system call which failed, made absolute.
 *
 * Something else (the launcher's walls, file permissions) refused the call, and
 * no struct file is left to ask. What comes out names the refusal for people
 * and finds its rule; it decides nothing: links are not followed, `..` is taken
 * as text has it, and another thread may have changed the string since. The
 * runtime follows links afterwards (src/runtime/refused-links.ts).
 */
#ifndef WARDER_PASSED_H
#define WARDER_PASSED_H

#include "calls.h"
#include "descriptor.h"
#include "path.h"

/* A longer name is cut, and makes no sense then. */
#define PASSED_BYTES	1024

/* Where the name stands while it is taken apart: behind all strings of the record under construction. */
#define NAME_AT		(sizeof(((struct scratch *)0)->record) - PASSED_BYTES)

/* Where a name of a call starts: its directory's descriptor, or the working directory. NULL for a bad descriptor. */
static __always_inline struct path *path_base(struct task_struct *task, int directory)
{
	struct fs_struct *fs = READ(task, fs);
	struct file *file;

	if (directory == AT_FDCWD)
		return &fs->pwd;
	file = file_of(task, directory);
	return file ? &file->f_path : NULL;
}

/* The rest of what is under way stands in scratch, where the verifier does not follow each of its values. */
struct split {
	struct scratch *scratch;
	__u32 length;
	__u32 end;		/* of the component under way, exclusive */
	__u32 faulty;
};

static __always_inline char name_byte(struct scratch *scratch, __u32 index)
{
	return scratch->record[NAME_AT + (index & (PASSED_BYTES - 1))];
}

/* Bytes [from, end) of the name. As text has it: `.` is nothing, `..` takes the component before it away. */
static __always_inline void split_component(struct split *split, __u32 from)
{
	struct scratch *scratch = split->scratch;
	__u32 length = split->end - from;
	__u32 depth = scratch->depth, at = scratch->path_at;
	char first = name_byte(scratch, from);

	if (!length || (length == 1 && first == '.'))
		return;
	if (length == 2 && first == '.' && name_byte(scratch, from + 1) == '.') {
		scratch->up++;
		return;
	}
	if (scratch->up) {
		scratch->up--;
		return;
	}
	if (length > 255 || depth >= PATH_DEPTH || at < WALK_START + length + 1) {
		split->faulty = 1;
		return;
	}
	at -= length + 1;
	barrier_var(at);
	if (at >= WALK_END)
		return;
	barrier_var(length);
	length &= 0xff;
	scratch->walk[at] = '/';
	bpf_probe_read_kernel(&scratch->walk[at + 1], length, &scratch->record[NAME_AT + (from & (PASSED_BYTES - 1))]);
	scratch->component_at[depth] = at + 1;
	scratch->component_length[depth] = length;
	scratch->component_bit[depth] = name_hash(first, name_byte(scratch, from + length - 1), length);
	name_note(scratch->name_bits, scratch->component_bit[depth]);
	scratch->path_at = at;
	scratch->depth = depth + 1;
}

/* One byte of the name, from its end backwards. */
static long split_step(__u32 step, void *context)
{
	struct split *split = context;
	__u32 index = split->length - 1 - step;

	if (step >= split->length || split->faulty)
		return 1;
	if (name_byte(split->scratch, index) != '/')
		return 0;
	split_component(split, index + 1);
	split->end = index;
	return 0;
}

/* Most `..` before a relative name that are followed. */
#define CLIMB_STEPS	64

struct climb {
	struct dentry *dentry;
	struct vfsmount *vfsmount;
	__u32 up;
};

static long climb_step(__u32 step, void *context)
{
	struct climb *climb = context;
	struct dentry *dentry = climb->dentry;
	struct vfsmount *vfsmount = climb->vfsmount;
	struct mount *mount = (void *)vfsmount - bpf_core_field_offset(struct mount, mnt);
	struct mount *above = READ(mount, mnt_parent);

	if (!climb->up)
		return 1;
	if (dentry != READ(vfsmount, mnt_root)) {
		climb->dentry = READ(dentry, d_parent);
		climb->up--;
		return 0;
	}
	if (above == mount) {		/* above the root is the root */
		climb->up = 0;
		return 1;
	}
	climb->dentry = READ(mount, mnt_mountpoint);
	climb->vfsmount = (void *)above + bpf_core_field_offset(struct mount, mnt);
	return 0;
}

/* Global, so that the verifier goes through it once for each program, and not behind each way here. */
__weak __noinline int passed_extensions(struct scratch *scratch)
{
	if (scratch)
		extensions_note(scratch);
	return 0;
}

/*
 * Put the name into scratch as path_resolve() would. `from` is where a relative
 * one starts. Returns 0 when the name cannot be read any more. The record's
 * last PASSED_BYTES are overwritten; what is built before them stays.
 */
static __noinline int path_as_passed(struct scratch *scratch, const char *name, struct path *from)
{
	struct split split = { .scratch = scratch };
	__u32 at;
	long length = bpf_probe_read_user_str(&scratch->record[NAME_AT], PASSED_BYTES, name);

	if (length <= 1 || length > PASSED_BYTES)
		return 0;
	split.length = split.end = length - 1;	/* without its NUL */
	scratch->flags = EVENT_AS_PASSED;
	names_forget(scratch);
	scratch->depth = 0;
	scratch->up = 0;
	scratch->same_run = 0;
	scratch->path_at = WALK_END;
	scratch->walk[WALK_END] = 0;
	bpf_loop(PASSED_BYTES, split_step, &split, 0);
	if (scratch->record[NAME_AT] == '/') {
		at = scratch->path_at;
		if (at >= WALK_END) {
			at = WALK_END - 1;
			scratch->walk[WALK_END - 1] = '/';
		}
		scratch->path_at = at;
		scratch->path_length = WALK_END - at;
		passed_extensions(scratch);
	} else {
		struct climb climb = { .dentry = READ(from, dentry), .vfsmount = READ(from, mnt) };

		split_component(&split, 0);
		climb.up = scratch->up;
		bpf_loop(CLIMB_STEPS, climb_step, &climb, 0);
		split.faulty |= climb.up;
		walk_from(scratch, climb.vfsmount, climb.dentry, scratch->path_at, scratch->depth);
		path_walk(scratch);
	}
	if (split.faulty)
		scratch->flags |= EVENT_CUT_PATH;
	return 1;
}

#endif
