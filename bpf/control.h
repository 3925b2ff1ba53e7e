/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the runtime tells all programs at once, which processes become an agent's without having been started
 * by Warder, and what an iterator says of governed processes. Maps are declared in maps.h, TypeScript's
 * offsets are generated from the BTF of this header (tools/generate-layout.ts).
 */
#ifndef WARDER_CONTROL_H
#define WARDER_CONTROL_H

#ifndef __BPF__
#include <linux/types.h>
#endif
#include "layout.h"
#include "policy.h"

/* Bytes of an adopted cgroup's path below the hierarchy's root, NUL included. */
#define CGROUP_PATH_BYTES	256
/* Levels of the cgroup tree at which one can be adopted; the root is level 0. */
#define CGROUP_LEVELS		32

/*
 * control[0]. The runtime writes its fields one by one, by memory it shares with the kernel; a program
 * writes adopted_levels alone.
 */
struct control {
	__u64 beat_ns;		/* CLOCK_MONOTONIC: the runtime's last sign of life */
	__u64 silence_ns;	/* older than this, and nothing new may be started or reached; 0: any age will do */
	__u64 adopted_levels;	/* bit n: adopted_cgroups may have one of level n. 0: it has none */
	__u32 adopted_programs;	/* entries of that map */
	__u32 generation;	/* of the set of programs that tells of what goes ahead */
	__u32 last_run;		/* highest number ever given to a run … */
	__u32 last_policy;	/* … and to a policy: no number comes twice while a label could bear it */
};

/* adopted_programs: an executable file, whatever its name. */
struct program_key {
	__u64 inode;
	__u32 device;		/* kernel dev_t */
	__u32 reserved;
};

/* adopted_paths: a cgroup2 directory that is not there yet, as "/system.slice/agent.service". */
struct cgroup_path {
	char path[CGROUP_PATH_BYTES];
};

/* One governed task, as the iterator over all tasks tells it. */
struct governed_task {
	__u64 start_ns;		/* start_boottime of the thread group */
	__u64 parent_start_ns;	/* of the parent's that it has now */
	__u32 tgid;
	__u32 tid;
	__u32 parent_tgid;
	__u32 run;
};

LAYOUT_SIZE(control, 40);
LAYOUT_SIZE(program_key, 16);
LAYOUT_SIZE(cgroup_path, 256);
LAYOUT_SIZE(governed_task, 32);

#endif
