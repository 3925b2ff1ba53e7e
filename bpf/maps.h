/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * All maps. Every object file includes this and they are linked into one
 * object, so the definitions are weak: the linker keeps one of each.
 *
 * Who writes what: the runtime the six policy maps, `runs`, `contents` through a program, `control_values` and the three
 * of adoption (but for cgroups that come and go); the runtime (processes there already) and the programs (all others)
 * `labels`; the programs the rest.
 *
 * Where a runtime is to be followed by another, all but scratch_slots and contents are pinned and go from one to the next
 * (src/kernel/pins.ts): so a change of their meaning must show in their layout, in event.h, policy.h or control.h.
 */
#ifndef WARDER_MAPS_H
#define WARDER_MAPS_H

#include "kernel.h"
#include "event.h"
#include "policy.h"
#include "control.h"
#include "budget.h"

/*
 * What a global function is asked about: in working memory, for stacks are short. Pointers of the kernel's as numbers.
 * Of a walk, where it is on its way.
 */
struct walk {
	__u64 vfsmount;
	__u64 dentry;
	__u32 at;		/* in scratch->walk, which is written downwards: components below stand from here on … */
	__u32 depth;		/* … and are so many */
	__u32 done;		/* it came to a root */
	__u32 proc;		/* the path lies in procfs */
};

enum content_state {
	CONTENT_NOT_ASKED,
	CONTENT_UNKNOWN,
	CONTENT_KNOWN,
};

struct judge_question {
	__u32 policy;
	__u32 category;
	__u64 file;		/* as in struct judgement */
};

#define WALK_START	16

/* One slot of working memory, for one program run. */
struct scratch {
	__u32 busy;
	__u32 slot;		/* which one this is */
	__u32 path_length;	/* of the path that was walked last, without its NUL */
	__u32 path_at;		/* where in `walk` it begins */
	__u32 depth;		/* its components */
	__u32 up;		/* of a name as passed: `..` that have met no component yet */
	__u64 name_bits[NAME_WORDS];	/* name_hash() bits of all of them and of its extensions … */
	__u64 names[NAME_WORDS];	/* bits of names that have rules, under the category that is judged */
	__u16 component_at[PATH_DEPTH];
	__u8 component_length[PATH_DEPTH];
	__u8 component_bit[PATH_DEPTH];	/* … and which one each has */
	__u16 extension_at[EXTENSION_DOTS];
	__u8 extension_length[EXTENSION_DOTS];
	__u8 extension_bit[EXTENSION_DOTS];
	__u32 extensions;	/* how many */
	__u32 flags;		/* enum event_flag of the last walk */
	__u32 same_run;		/* what is walked is about a process of the caller's run, in procfs */
	struct walk to_walk;
	struct judge_question to_judge;
	struct name_key name_key;
	struct content_rule_key content_key;
	struct content_key file_key;
	struct content file_now;
	struct rule_match content_match;	/* of the file that is judged … */
	__u32 content;		/* … and what is known of it: enum content_state */
	struct path_grant_key grant_key;
	/*
	 * A path is written from its end backwards. A component more than the longest path always fits, and before it the
	 * head of a struct path_key: the path is its own key.
	 */
	char walk[WALK_START + PATH_BYTES + 256];
	/* The record under construction: head and four strings, plus slack for bounded copies. */
	__u8 record[256 + 4 * PATH_BYTES + PATH_BYTES];
};

/* Programs that may be under way on one CPU at once: a preempted one keeps its slot. */
#define SCRATCH_SLOTS	4

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SCRATCH_SLOTS);
	__type(key, __u32);
	__type(value, struct scratch);
} scratch_slots __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct label);
} labels __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct run);
} runs __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct policy);
} policies __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 1 << 20);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct path_key);
	__type(value, struct rule_match);
} path_rules __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1 << 20);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct name_key);
	__type(value, struct rule_match);
} name_rules __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 1 << 20);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct address_key);
	__type(value, struct port_set);
} address_rules __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1 << 20);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct port_key);
	__type(value, struct port_rule);
} port_rules __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct control);
} control_values __weak SEC(".maps");

/* By the id of a cgroup2 directory: all in it and below it. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct label);
} adopted_cgroups __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct program_key);
	__type(value, struct label);
} adopted_programs __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct cgroup_path);
	__type(value, struct label);
} adopted_paths __weak SEC(".maps");

static __always_inline const struct control *control_read(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&control_values, &zero);
}

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1 << 18);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct content_rule_key);
	__type(value, struct rule_match);
} content_rules __weak SEC(".maps");

/* As many as the runtime holds leases for. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1 << 16);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct content_key);
	__type(value, struct content);
} contents __weak SEC(".maps");

/* A person's yes to what is held; few, and each for a short time. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct path_grant_key);
	__type(value, __u64);
} path_grants __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct address_grant_key);
	__type(value, __u64);
} address_grants __weak SEC(".maps");

/* Budgets (budget.h). The runtime writes what is allowed and for whom, the programs what is used. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct run_budget);
} run_budgets __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct run_use);
} run_uses __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, POOLS);
	__type(key, __u32);
	__type(value, __u64);
} pool_allowed __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, POOLS);
	__type(key, __u32);
	__type(value, struct pool_use);
} pool_uses __weak SEC(".maps");

/* Whose packets a socket sends: those that it accepts inherit it. */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
	__type(value, __u32);
} socket_runs __weak SEC(".maps");

/* By the id of a run's own cgroup2 directory. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, __u32);
} run_cgroups __weak SEC(".maps");

/*
 * System V objects and POSIX message queues, by the address of what the kernel keeps of each: the run that made it.
 * What is not in here was made outside of runs. As many as one namespace of objects can hold of all kinds together.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1 << 17);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, __u32);
} ipc_owners __weak SEC(".maps");

/* Refusals and the life of processes: what must not be lost in a flood of the rest. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 << 20);
} decisions __weak SEC(".maps");

/* Everything that went ahead as it may. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 << 20);
} observations __weak SEC(".maps");

enum ring {
	RING_DECISIONS,
	RING_OBSERVATIONS,
	RINGS,
};

/* What a run has put into the last part of a ring lately (emit.h). */
struct ring_share {
	__u32 turn;
	__u32 bytes;
};

/* Runs whose numbers are so far apart have one share. */
#define RING_SHARES	4096

/* ring_shares[run % RING_SHARES * RINGS + ring] */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, RING_SHARES * RINGS);
	__type(key, __u32);
	__type(value, struct ring_share);
} ring_shares __weak SEC(".maps");

/* losses[kind * LOSS_CAUSES + cause]; only ever grows. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, EVENT_KINDS * LOSS_CAUSES);
	__type(key, __u32);
	__type(value, __u64);
} losses __weak SEC(".maps");

#endif
