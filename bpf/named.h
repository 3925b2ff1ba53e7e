/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A connection is judged by the names that its address was given for, as well as by the address. What the runtime
 * has written holds for a time that is looked at here: a dead runtime closes it.
 */
#ifndef WARDER_NAMED_H
#define WARDER_NAMED_H

#include "decide.h"
#include "names.h"
#include "port.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1 << 18);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct named_key);
	__type(value, struct named_address);
} named_addresses __weak SEC(".maps");

struct named_match {
	const struct named_address *named;
	__u64 now_ns;
	struct port_search search;
	struct rule_match match;
};

static long named_step(__u32 index, void *context)
{
	struct named_match *named = context;
	const struct named_rule *rule;

	if (index >= NAMED_RULES)
		return 1;
	rule = &named->named->rules[index];
	if (rule->until_ns <= named->now_ns)
		return 0;
	named->search.set = rule->ports.set;
	named->search.low = 0;
	named->search.high = rule->ports.count;
	port_match(&named->search, &named->match);
	return 0;
}

/* Adds to named->match what rules by name say of an address. */
static __noinline int named_rules_match(struct named_match *named, const struct socket_event *event)
{
	struct named_key key = {};

	if (!named || !event)
		return 0;
	key.policy = named->search.policy;
	key.family = event->family;
	key.protocol = event->protocol;
	__builtin_memcpy(key.address, event->address, sizeof(key.address));
	named->named = bpf_map_lookup_elem(&named_addresses, &key);
	if (!named->named)
		return 0;
	named->now_ns = bpf_ktime_get_boot_ns();
	bpf_loop(NAMED_RULES, named_step, named, 0);
	return 0;
}

#endif
