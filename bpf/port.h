/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Protocols with ports, and the rules of one port in a set of them.
 */
#ifndef WARDER_PORT_H
#define WARDER_PORT_H

#include "maps.h"

#define IPPROTO_TCP	6
#define IPPROTO_UDP	17
#define IPPROTO_UDPLITE	136
#define IPPROTO_MPTCP	262

struct port_search {
	struct port_key key;
	__u32 low;
	__u32 high;		/* exclusive */
	__u32 port;
	struct rule_match *found;
};

static long port_step(__u32 step, void *context)
{
	struct port_search *search = context;
	struct port_rule *row;

	if (search->low >= search->high)
		return 1;
	search->key.index = search->low + (search->high - search->low) / 2;
	row = bpf_map_lookup_elem(&port_rules, &search->key);
	if (!row)
		return 1;
	if (search->port < row->from) {
		search->high = search->key.index;
		return 0;
	}
	if (search->port > row->to) {
		search->low = search->key.index + 1;
		return 0;
	}
	search->found = &row->match;
	return 1;
}

/* The segment of a row's ports that holds `port`. At most 2^16 segments, so 17 halvings find it. */
static __always_inline struct rule_match *port_match(__u32 policy, const struct port_set *set, __u16 port)
{
	struct port_search search = {
		.key = { .policy = policy, .set = set->set },
		.high = set->count,
		.port = port,
	};

	bpf_loop(17, port_step, &search, 0);
	return search.found;
}

#endif
