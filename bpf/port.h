/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Protocols with ports, and the rules of one port in a set of them.
 */
#ifndef WARDER_PORT_H
#define WARDER_PORT_H

#include "decide.h"
#include "maps.h"

#define IPPROTO_TCP	6
#define IPPROTO_UDP	17
#define IPPROTO_UDPLITE	136
#define IPPROTO_MPTCP	262

struct port_search {
	__u32 policy;
	__u32 set;
	__u32 low;
	__u32 high;		/* exclusive */
	__u32 port;
};

/*
 * Adds to `match` what the segment says that holds `port`. At most 2^16 segments, so 17 halvings find it. Global, so that the
 * verifier goes through it once for each program: of what is in an argument's memory it knows nothing, and one halving is to it
 * as the one before.
 */
__weak __noinline int port_match(struct port_search *search, struct rule_match *match)
{
	struct port_key key = {};
	struct port_rule *row;

	if (!search || !match)
		return 0;
	key.policy = search->policy;
	key.set = search->set;
	for (int step = 0; step < 17; step++) {
		if (search->low >= search->high)
			return 0;
		key.index = search->low + (search->high - search->low) / 2;
		row = bpf_map_lookup_elem(&port_rules, &key);
		if (!row)
			return 0;
		if (search->port < row->from) {
			search->high = key.index;
		} else if (search->port > row->to) {
			search->low = key.index + 1;
		} else {
			match_join(match, &row->match);
			return 0;
		}
		barrier();	/* bounds that clang keeps in registers are known to the verifier */
	}
	return 0;
}

#endif
