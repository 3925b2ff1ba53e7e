/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From a socket address to the rules that match it, and to the decision.
 */
#ifndef WARDER_SOCKADDR_H
#define WARDER_SOCKADDR_H

#include "charge.h"
#include "emit.h"
#include "grant.h"
#include "task.h"

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

static __always_inline void judge_address(const struct policy *policy, __u32 number, __u32 category,
					  const struct socket_event *event, struct decision *decision)
{
	struct address_key key = {
		.policy = number,
		.category = category,
		.family = event->family,
		.protocol = event->protocol,
	};
	struct rule_match none = {}, *match = NULL;
	struct port_set *set;

	__builtin_memcpy(key.address, event->address, sizeof(key.address));
	key.prefix_bits = 64 + (event->family == AF_INET ? 32 : 128);
	set = bpf_map_lookup_elem(&address_rules, &key);
	if (set)
		match = port_match(number, set, event->port);
	decide(decision, policy, match ? match : &none, category);
	grant_address(number, category, event, decision);
}

/* What leaves this socket is the caller's. */
static __always_inline void socket_mark(struct bpf_sock *sock)
{
	struct label *label = label_of(bpf_get_current_task_btf());
	__u32 *run;

	if (!label || !sock || !counts_egress(label->run))
		return;
	run = bpf_sk_storage_get(&socket_runs, sock, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (run)
		*run = label->run;
}

/* Returns what the hook returns: 1 goes on, 0 fails with EPERM. */
static __always_inline int address_judge_and_emit(struct socket_event *event, enum event_kind kind, __u32 category)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct label *label = label_of(task);
	const struct policy *policy;
	__u32 number, run_flags;
	__u8 reason;

	if (!label)
		return 1;
	head_fill(&event->head, kind, sizeof(*event), task, label);
	event->head.category = category;
	policy = policy_watched(label, &number, &run_flags, &reason);
	event->head.policy = number;
	if (policy)
		judge_address(policy, number, category, event, &event->head.decision);
	else
		decide_refused(&event->head.decision, reason);
	if (category == CATEGORY_CONNECT) {
		budget_check(&event->head, RESOURCE_EGRESS);	/* nothing that is sent would leave */
		budget_charge(&event->head, RESOURCE_CONNECTS);
	}
	if (event->head.decision.verdict != VERDICT_ALLOW)
		event->head.outcome = OUTCOME_PREVENTED;
	emit(event, sizeof(*event));
	return event->head.outcome != OUTCOME_PREVENTED;
}

#endif
