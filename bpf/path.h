/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The name of a file as the kernel resolved it: from a dentry up to the root
 * of a mount namespace, through mounts, whatever string the program passed. The
 * namespace is the task's, or the loader's: what was open when a run began (its
 * terminal, a file that its output goes to) can be opened anew by /dev/stdout,
 * and lies in the namespace that the policy's paths are written for.
 *
 * What comes out stands in scratch: the path, its components and extensions.
 * EVENT_CUT_PATH in scratch->flags says that it is not whole (too deep, too
 * long, or it ends in neither of these): such a path matches no rule and is
 * refused.
 *
 * d_path() may not be called from these hooks, so dentries are walked without
 * locks. A rename under way can give a mix of the old and the new name, never
 * of another file's.
 */
#ifndef WARDER_PATH_H
#define WARDER_PATH_H

#include "emit.h"
#include "storage.h"

/* Number of the loader's mount namespace (/proc/self/ns/mnt). */
const volatile __u32 loader_mount_namespace __weak = 0;

#define WALK_END	(WALK_START + PATH_BYTES)	/* where the NUL of the path stands */

/* include/uapi/linux/magic.h */
#define PROC_SUPER_MAGIC	0x9fa0

static __always_inline int in_proc(struct dentry *dentry)
{
	return READ(dentry, d_inode, i_sb, s_magic) == PROC_SUPER_MAGIC;
}

static __always_inline struct pid *proc_owner(struct inode *inode)
{
	struct proc_inode *proc = (void *)inode - bpf_core_field_offset(struct proc_inode, vfs_inode);

	return inode ? BPF_CORE_READ(proc, pid) : NULL;
}

/*
 * Whether a file in procfs is about a process of the caller's run: what these say
 * of each other is as much the agent's own as what one says of itself. Global,
 * so that the verifier looks at it once for each program and not at each of its calls.
 */
__weak __noinline int is_of_same_run(const struct scratch *scratch)
{
	struct hlist_node *node = NULL;
	struct dentry *dentry;
	struct pid *pid;
	__u32 run;

	if (!scratch)
		return 0;
	dentry = (void *)scratch->to_walk.dentry;	/* BPF_CORE_READ() would look for our struct in the kernel too */
	pid = proc_owner(BPF_CORE_READ(dentry, d_inode));
	if (pid)
		node = BPF_CORE_READ(pid, tasks[PIDTYPE_PID].first);
	if (!node)
		return 0;
	run = storage_run((void *)node - bpf_core_field_offset(struct task_struct, pid_links));
	return run && run == storage_run(bpf_get_current_task_btf());
}

/*
 * Whether a directory at the top of procfs is the caller's own, or its run's. Rules say
 * /proc/self; the link of that name leads to a number, and which one depends on
 * the pid namespace of the mount. The kernel's own record of whose it is does not.
 */
static __always_inline int is_own_process(struct dentry *dentry, struct dentry *parent, int same_run)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pid *pid;

	/* The top of other file systems too: what lies before their inodes is no process. */
	if (READ(parent, d_parent) != parent || !in_proc(dentry))
		return 0;
	pid = proc_owner(READ(dentry, d_inode));
	return pid && (same_run || pid == BPF_CORE_READ(task, signal, pids[PIDTYPE_TGID]));
}

static __always_inline void names_forget(struct scratch *scratch)
{
	__builtin_memset(scratch->name_bits, 0, sizeof(scratch->name_bits));
}

/*
 * The bytes of a component, so that they end before scratch->walk[end]. From 6.2 by words, from the last backwards: what
 * comes with the first from before the name is overwritten by what goes before it in the path, or lies in front of all.
 */
static __always_inline long component_copy(struct scratch *scratch, __u32 end, __u32 length, const unsigned char *name)
{
	__u32 at = end - length, words = end - 4 * sizeof(__u64);

	barrier_var(words);	/* or clang compares something else than what it indexes by */
	if (bpf_ksym_exists(bpf_rdonly_cast) && length <= 4 * sizeof(__u64) && words < WALK_END) {
		__u64 *to = (__u64 *)&scratch->walk[words];
		const unsigned char *from = name + length - 4 * sizeof(__u64);

		if (length > 3 * sizeof(__u64))
			to[0] = WORD(from);
		if (length > 2 * sizeof(__u64))
			to[1] = WORD(from + 8);
		if (length > sizeof(__u64))
			to[2] = WORD(from + 16);
		to[3] = WORD(from + 24);
		return 0;
	}
	barrier_var(at);
	if (at > WALK_END)
		return 1;
	/* Said anew: 6.1 forgets a bound that it saw before the calls above, and clang then drops a second mask. */
	barrier_var(length);
	return bpf_probe_read_kernel(&scratch->walk[at], length & 0xff, name);
}

/*
 * One step: cross a mount point, or take one component. Returns 1 to stop. Where it is stands in working memory, of
 * which the verifier knows nothing: one step is to it as the one before.
 */
static __always_inline long walk_once(struct scratch *scratch)
{
	struct walk *walk = &scratch->to_walk;
	struct dentry *dentry = (void *)walk->dentry;
	struct vfsmount *vfsmount = (void *)walk->vfsmount;
	struct dentry *root = READ(vfsmount, mnt_root);
	struct dentry *parent;
	const unsigned char *name;
	const char self[] = { 's', 'e', 'l', 'f', 0 };
	__u32 length, at, depth;
	int own;

	if (dentry == root) {
		struct mount *mount = (void *)vfsmount - bpf_core_field_offset(struct mount, mnt);
		struct mount *up = READ(mount, mnt_parent);

		if (up == mount) {
			walk->done = 1;
			return 1;
		}
		walk->dentry = (__u64)READ(mount, mnt_mountpoint);
		walk->vfsmount = (__u64)up + bpf_core_field_offset(struct mount, mnt);
		return 0;
	}
	parent = READ(dentry, d_parent);
	if (parent == dentry)	/* an unreachable tree: no way up from here */
		return 1;
	length = READ(dentry, d_name.len);
	name = READ(dentry, d_name.name);
	own = walk->proc && is_own_process(dentry, parent, scratch->same_run);
	if (own)
		length = sizeof(self) - 1;
	at = walk->at;
	depth = walk->depth;
	if (length > 255 || at < WALK_START + length + 1 || depth >= PATH_DEPTH)
		return 1;
	at -= length + 1;
	barrier_var(at);	/* or clang indexes by parts that the verifier has no bounds for */
	if (at >= WALK_END)
		return 1;
	/* Said anew: 6.1 forgets a bound that it saw before the calls above, and clang then drops a second mask. */
	barrier_var(length);
	length &= 0xff;
	if (own)
		__builtin_memcpy(&scratch->walk[at + 1], self, sizeof(self) - 1);
	else if (component_copy(scratch, walk->at, length, name))
		return 1;
	scratch->walk[at] = '/';
	scratch->component_at[depth] = at + 1;
	scratch->component_length[depth] = length;
	if (length) {
		__u32 last = at + length;

		if (last >= WALK_END)
			return 1;
		scratch->component_bit[depth] = name_hash(scratch->walk[at + 1], scratch->walk[last], length);
		name_note(scratch->name_bits, scratch->component_bit[depth]);
	}
	walk->at = at;
	walk->depth = depth + 1;
	walk->dentry = (__u64)parent;
	return 0;
}

struct walk_context {
	struct scratch *scratch;
};

/* Behind the first of them, which are taken without a call each (WALK_STEPS). */
static long walk_step(__u32 step, void *context)
{
	return walk_once(((struct walk_context *)context)->scratch);
}

/*
 * Steps that are taken without a call each: where the kernel has to guard returns (SRSO, and others of the kind) each
 * takes longer than what is between. Most paths have fewer steps, mounts among them; each costs the verifier some.
 */
#define WALK_STEPS	8

/* The bytes of a word that are dots: 0x80 in each, and nothing else. Exact; the shorter form borrows from byte to byte. */
static __always_inline __u64 dots_of(__u64 word)
{
	const __u64 low = 0x7f7f7f7f7f7f7f7fULL;
	__u64 other = word ^ 0x2e2e2e2e2e2e2e2eULL;

	return ~(((other & low) + low) | other | low);
}

/* Dots of one word of the last component, the `word`th from its end. Returns 1 where there is no more to look at. */
static __always_inline long extensions_once(struct scratch *scratch, __u32 word)
{
	__u32 begin = scratch->component_at[0], at = WALK_END - (word + 1) * sizeof(__u64);
	__u64 dots;

	barrier_var(at);	/* or clang compares something else than what it indexes by */
	if (at >= WALK_END || at + sizeof(__u64) <= begin || word >= NAME_RULE_BYTES / sizeof(__u64))
		return 1;
	dots = dots_of(*(__u64 *)&scratch->walk[at]);
	barrier_var(dots);	/* or clang loads byte by byte */
	dots = __builtin_bswap64(dots);	/* the last byte comes first, for what is lowest is found by arithmetic */
	for (__u32 dot = 0; dot < EXTENSION_DOTS && dots; dot++) {
		__u32 before_end = ((dots & -dots) >> 7) * 0x0001020304050607ULL >> 56;
		__u32 length = word * sizeof(__u64) + before_end + 1;
		__u32 found = *(volatile __u32 *)&scratch->extensions;

		barrier_var(found);
		if (WALK_END - length < begin || found >= EXTENSION_DOTS)
			return 1;
		scratch->extension_at[found] = WALK_END - length;
		scratch->extension_length[found] = length;
		scratch->extension_bit[found] = name_hash('.', scratch->walk[WALK_END - 1], length);
		name_note(scratch->name_bits, scratch->extension_bit[found]);
		scratch->extensions = found + 1;
		dots &= dots - 1;
	}
	return 0;
}

static long extensions_step(__u32 step, void *context)
{
	return extensions_once(((struct walk_context *)context)->scratch, step + 1);
}

/*
 * Note the extensions of the last component: at most EXTENSION_DOTS, none longer than a rule can be. How many there are
 * stands in working memory, for the verifier as walk_once().
 */
static __always_inline void extensions_note(struct scratch *scratch)
{
	struct walk_context context = { .scratch = scratch };

	for (__u32 i = 0; i < EXTENSION_DOTS; i++)
		scratch->extension_length[i] = 0;
	scratch->extensions = 0;
	if (!scratch->depth || extensions_once(scratch, 0))
		return;
	if (scratch->component_length[0] > sizeof(__u64))
		bpf_loop(NAME_RULE_BYTES / sizeof(__u64) - 1, extensions_step, &context, 0);
}

/* Whether a walk ended where rules begin. */
static __always_inline int is_root(struct mount *mount)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return mount == READ(task, nsproxy, mnt_ns, root) ||
	       READ(mount, mnt_ns, ns.inum) == loader_mount_namespace;
}

/*
 * The walk itself, upwards from a dentry. Global, so that the verifier goes through its steps once for each program, and
 * not for each name that the program looks at.
 */
__weak __noinline int path_walk(struct scratch *scratch)
{
	struct walk_context context = { .scratch = scratch };
	struct walk *walk;
	long ended = 0;

	if (!scratch)
		return 0;
	walk = &scratch->to_walk;
	walk->proc = in_proc((void *)walk->dentry);
	walk->done = 0;
	for (__u32 step = 0; step < WALK_STEPS && !ended; step++)
		ended = walk_once(scratch);
	if (!ended)
		bpf_loop(2 * PATH_DEPTH, walk_step, &context, 0);
	if (!walk->done || !is_root((void *)walk->vfsmount - bpf_core_field_offset(struct mount, mnt)))
		scratch->flags |= EVENT_CUT_PATH;
	if (walk->at == WALK_END) {	/* the root itself */
		walk->at = WALK_END - 1;
		scratch->walk[WALK_END - 1] = '/';
	}
	scratch->path_at = walk->at;
	scratch->path_length = WALK_END - walk->at;
	scratch->depth = walk->depth;
	extensions_note(scratch);
	return 0;
}

static __always_inline void walk_from(struct scratch *scratch, struct vfsmount *vfsmount, struct dentry *dentry, __u32 at,
				      __u32 depth)
{
	scratch->to_walk.vfsmount = (__u64)vfsmount;
	scratch->to_walk.dentry = (__u64)dentry;
	scratch->to_walk.at = at;
	scratch->to_walk.depth = depth;
}

/*
 * Resolve a struct path into scratch. Besides EVENT_CUT_PATH it flags
 * EVENT_DELETED for a name that was unlinked and EVENT_MEMFD for a file on a
 * mount that the kernel keeps for itself.
 */
static __noinline void path_resolve(struct scratch *scratch, struct vfsmount *vfsmount, struct dentry *dentry)
{
	struct mount *mount = (void *)vfsmount - bpf_core_field_offset(struct mount, mnt);
	void *mnt_ns = READ(mount, mnt_ns);

	scratch->flags = 0;
	names_forget(scratch);
	scratch->walk[WALK_END] = 0;
	if (READ(dentry, d_parent) != dentry && !READ(dentry, d_hash.pprev))
		scratch->flags |= EVENT_DELETED;
	if (mnt_ns == MNT_NS_INTERNAL)
		scratch->flags |= EVENT_MEMFD;
	walk_from(scratch, vfsmount, dentry, WALK_END, 0);
	scratch->same_run = in_proc(dentry) && is_of_same_run(scratch);
	path_walk(scratch);
}

static __always_inline int is_backing(struct file *file)
{
	__u32 mode = READ(file, f_mode);

	return (mode & FMODE_NOACCOUNT) && (mode & (FMODE_BACKING | FMODE_BACKING_6_13));
}

/*
 * Resolve a file by the name that user space has for it. A mapping of a file
 * on overlayfs holds the file of the layer below, whose own path lies in a
 * mount that is in no namespace.
 */
static __always_inline void path_resolve_file(struct scratch *scratch, struct file *file)
{
	struct backing_file *backing = (struct backing_file *)file;

	if (is_backing(file) && bpf_core_field_exists(backing->user_path))
		path_resolve(scratch, READ(backing, user_path.mnt), READ(backing, user_path.dentry));
	else
		path_resolve(scratch, READ(file, f_path.mnt), READ(file, f_path.dentry));
}

/* Words that are copied without a call: most paths are shorter. */
#define COPY_WORDS	16

/* Append the path that was resolved last to the record. Returns where the next string goes. */
static __always_inline __u32 append_path(struct scratch *scratch, struct span *span, __u32 at)
{
	__u32 length = scratch->path_length;
	__u32 from = scratch->path_at;
	__u64 *to, *bytes;

	span->at = at;
	span->length = 0;
	if (length >= PATH_BYTES || from > WALK_END || at > sizeof(scratch->record) - PATH_BYTES)
		return at;
	if (from + length > WALK_END)
		return at;
	span->length = length;
	if (length >= COPY_WORDS * sizeof(__u64)) {
		bpf_probe_read_kernel(&scratch->record[at], (length & (PATH_BYTES - 1)) + 1, &scratch->walk[from]);
		return at + length + 1;
	}
	to = (__u64 *)&scratch->record[at];
	bytes = (__u64 *)&scratch->walk[from];
	for (__u32 word = 0; word < COPY_WORDS; word++)	/* all of them: fewer branches than words */
		to[word] = bytes[word];
	return at + length + 1;
}

#endif
