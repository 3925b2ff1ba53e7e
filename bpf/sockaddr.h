/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From a socket address to the rules that match it, and to the decision.
 */
#ifndef WARDER_SOCKADDR_H
#define WARDER_SOCKADDR_H

#include "charge.h"
#include "emit.h"
#include "grant.h"
#include "named.h"
#include "task.h"

static __always_inline void judge_address(const struct policy *policy, __u32 number, __u32 category,
					  const struct socket_event *event, struct decision *decision)
{
	struct address_key key = {
		.policy = number,
		.category = category,
		.family = event->family,
		.protocol = event->protocol,
	};
	struct named_match named = { .search = { .policy = number, .port = event->port } };
	struct port_set *set;

	__builtin_memcpy(key.address, event->address, sizeof(key.address));
	key.prefix_bits = 64 + (event->family == AF_INET ? 32 : 128);
	set = bpf_map_lookup_elem(&address_rules, &key);
	if (set) {
		named.search.set = set->set;
		named.search.high = set->count;
		port_match(&named.search, &named.match);
	}
	if (category == CATEGORY_CONNECT && (policy->flags & POLICY_NAMES))
		named_rules_match(&named, event);
	decide(decision, policy, &named.match, category);
	grant_address(number, category, event, decision);
}

/* What leaves this socket is the caller's. Returns whether its run has budgets, which one look-up answers for a call. */
static __always_inline int socket_mark(struct bpf_sock *sock, const struct label *label)
{
	__u32 number = label->run, *run;
	const struct run_budget *budget = bpf_map_lookup_elem(&run_budgets, &number);

	if (!budget)
		return 0;
	if (!sock || !counts_egress(budget))
		return 1;
	run = bpf_sk_storage_get(&socket_runs, sock, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (run)
		*run = number;
	return 1;
}

/*
 * 1 goes on, 0 fails with EPERM. The event's head is filled, its category too. Global, so that the verifier goes through
 * it once for each program.
 */
__weak __noinline int address_judge(struct socket_event *event, const struct label *label, int budgeted)
{
	const struct policy *policy;
	__u32 category;
	__u32 number, run_flags;
	__u8 reason;

	if (!event || !label)
		return 0;
	/* Two values, for the verifier. */
	category = event->head.category == CATEGORY_LISTEN ? CATEGORY_LISTEN : CATEGORY_CONNECT;
	policy = policy_watched_at(label, event->head.time_ns, &number, &run_flags, &reason);
	event->head.policy = number;
	if (policy)
		judge_address(policy, number, category, event, &event->head.decision);
	else
		decide_refused(&event->head.decision, reason);
	if (budgeted && category == CATEGORY_CONNECT) {
		budget_check(&event->head, RESOURCE_EGRESS);	/* nothing that is sent would leave */
		budget_charge(&event->head, RESOURCE_CONNECTS);
	}
	if (event->head.decision.verdict != VERDICT_ALLOW)
		event->head.outcome = OUTCOME_PREVENTED;
	emit(event, sizeof(*event));
	return event->head.outcome != OUTCOME_PREVENTED;
}

/* What the hook returns: the verifier takes nothing else than 0 and 1. */
static __always_inline int address_judge_and_emit(struct socket_event *event, const struct label *label, int budgeted)
{
	return address_judge(event, label, budgeted) ? 1 : 0;
}

static __always_inline void address_begin(struct socket_event *event, struct task_struct *task,
					  const struct label *label, enum event_kind kind, __u32 category)
{
	head_fill(&event->head, kind, sizeof(*event), task, label);
	event->head.category = category;
}

#endif
