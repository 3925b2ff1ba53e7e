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

/* The segment of a row's ports that holds `port`. At most 2^16 segments, so 16 halvings find it. */
static __always_inline struct rule_match *port_match(__u32 policy, const struct port_set *set, __u16 port)
{
	struct port_key key = { .policy = policy, .set = set->set };
	__u32 low = 0, high = set->count;

	for (int i = 0; i < 17; i++) {
		struct port_rule *row;

		if (low >= high)
			break;
		key.index = low + (high - low) / 2;
		row = bpf_map_lookup_elem(&port_rules, &key);
		if (!row)
			break;
		if (port < row->from)
			high = key.index;
		else if (port > row->to)
			low = key.index + 1;
		else
			return &row->match;
	}
	return NULL;
}

#endif
