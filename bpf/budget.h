/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The layout of budgets in kernel maps. A budget of one layer for one resource is a pool, which all runs on this host
 * that it is for share: programs count into it and refuse what would go past `pool_allowed`, which the runtime moves on
 * as windows turn and as the gateway gives this host more. Both only ever grow; nobody sets a count back.
 *
 * Maps are declared in maps.h, the counting is charge.h. TypeScript's offsets are generated from this header.
 */
#ifndef WARDER_BUDGET_H
#define WARDER_BUDGET_H

#ifndef __BPF__
#include <linux/types.h>
#endif
#include "layout.h"
#include "policy.h"

enum resource {
	RESOURCE_EXECS,		/* programs started */
	RESOURCE_CONNECTS,	/* IP connections, and datagrams of sockets that are not connected */
	RESOURCE_CHANGES,	/* regular files opened for writing */
	RESOURCE_EGRESS,	/* bytes of IP packets as they leave a socket, headers included */
	RESOURCES,
};

/* Pools of one host; number 0 is none. */
#define POOLS	4096

struct pool_ref {
	__u16 pool;
	__u8 layer;		/* whose budget it is: index in the run's policy */
	__u8 reserved;
};

/* run_budgets[run]. Lists end with pool 0; without an entry nothing is counted. */
struct run_budget {
	__u32 stopped;		/* a budget of what no program counts is used up: its layer + 1 */
	__u32 reserved;
	struct pool_ref pools[RESOURCES * LAYERS_MAX];	/* [resource * LAYERS_MAX + n] */
};

/* run_uses[run]: what the run itself has used. */
struct run_use {
	__u64 used[RESOURCES];
};

/* pool_uses[pool] */
struct pool_use {
	__u64 used;
	__u64 refused;		/* tries, for egress packets */
};

LAYOUT_SIZE(pool_ref, 4);
LAYOUT_SIZE(run_budget, 264);
LAYOUT_SIZE(run_use, 32);
LAYOUT_SIZE(pool_use, 16);

#endif
