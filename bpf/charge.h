/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Counting what a run uses of its budgets, and refusing what is past them. Comes behind the policy's verdict: only
 * what is allowed is counted. A run without budgets costs one look-up.
 *
 * The functions below are global: the verifier goes through each once, not once for every state of every caller.
 */
#ifndef WARDER_CHARGE_H
#define WARDER_CHARGE_H

#include "emit.h"
#include "decide.h"

/* A pool that is not there is used up. */
static __always_inline int pool_has(__u32 pool, __u64 amount)
{
	__u64 *allowed = bpf_map_lookup_elem(&pool_allowed, &pool);
	struct pool_use *use = bpf_map_lookup_elem(&pool_uses, &pool);

	if (!allowed || !use)
		return 0;
	if (use->used + amount <= *allowed)
		return 1;
	__sync_fetch_and_add(&use->refused, 1);
	return 0;
}

/* Counts before it looks, and takes back: of two at once on two CPUs no more go ahead than there is room for. */
static __always_inline int pool_take(__u32 pool, __u64 amount)
{
	__u64 *allowed = bpf_map_lookup_elem(&pool_allowed, &pool);
	struct pool_use *use = bpf_map_lookup_elem(&pool_uses, &pool);

	if (!allowed || !use)
		return 0;
	if (__sync_fetch_and_add(&use->used, amount) + amount <= *allowed)
		return 1;
	__sync_fetch_and_add(&use->used, -amount);
	__sync_fetch_and_add(&use->refused, 1);
	return 0;
}

static __always_inline void pool_give_back(__u32 pool, __u64 amount)
{
	struct pool_use *use = bpf_map_lookup_elem(&pool_uses, &pool);

	if (use)
		__sync_fetch_and_add(&use->used, -amount);
}

/* Of the first `count` pools from `first` on. The row may be another by now, so it is not looked up again. */
__weak __noinline int pools_give_back(const struct run_budget *budget, __u32 first, __u32 count, __u64 amount)
{
	if (!budget)
		return 0;
	for (__u32 n = 0; n < LAYERS_MAX && n < count; n++) {
		__u32 at = first + n;

		barrier_var(at);	/* or clang compares something else than what it indexes by */
		if (at >= RESOURCES * LAYERS_MAX)
			return 0;
		pool_give_back(budget->pools[at].pool, amount);
	}
	return 0;
}

/*
 * Uses `amount` of a resource, of all the run's budgets for it or of none. Returns 0, or the layer + 1 whose budget
 * has no room. While two sets of programs are attached, one counts.
 */
__weak __noinline __u32 budget_take(__u32 run, __u32 resource, __u64 amount)
{
	struct run_budget *budget = bpf_map_lookup_elem(&run_budgets, &run);
	__u32 first = resource * LAYERS_MAX;
	struct run_use *use;
	__u32 refused = 0, n;

	if (!budget || resource >= RESOURCES)
		return 0;
	if (budget->stopped)
		return budget->stopped;
	if (!is_told(0))
		return 0;
	for (n = 0; n < LAYERS_MAX; n++) {
		struct pool_ref *ref = &budget->pools[first + n];

		if (!ref->pool)
			break;
		if (!pool_take(ref->pool, amount)) {
			refused = ref->layer + 1;
			break;
		}
	}
	if (refused) {
		pools_give_back(budget, first, n, amount);
		return refused;
	}
	use = bpf_map_lookup_elem(&run_uses, &run);
	if (use)
		__sync_fetch_and_add(&use->used[resource], amount);
	return 0;
}

/* The same question without using anything: for a hook that comes before the one that counts. */
__weak __noinline __u32 budget_look(__u32 run, __u32 resource, __u64 amount)
{
	struct run_budget *budget = bpf_map_lookup_elem(&run_budgets, &run);
	__u32 first = resource * LAYERS_MAX;

	if (!budget || resource >= RESOURCES)
		return 0;
	if (budget->stopped)
		return budget->stopped;
	for (__u32 n = 0; n < LAYERS_MAX; n++) {
		struct pool_ref *ref = &budget->pools[first + n];

		if (!ref->pool)
			break;
		if (!pool_has(ref->pool, amount))
			return ref->layer + 1;
	}
	return 0;
}

static __always_inline void budget_refuse(struct decision *decision, __u32 layer)
{
	decide_refused(decision, REASON_BUDGET);
	decision->layer = layer - 1;
	decision->would_layer = layer - 1;
}

/* An action that the policy allows and that uses one of a resource. */
static __always_inline void budget_charge(struct event_head *head, __u32 resource)
{
	__u32 layer;

	if (head->decision.verdict != VERDICT_ALLOW)
		return;
	layer = budget_take(head->run, resource, 1);
	if (layer)
		budget_refuse(&head->decision, layer);
}

static __always_inline void budget_check(struct event_head *head, __u32 resource)
{
	__u32 layer;

	if (head->decision.verdict != VERDICT_ALLOW)
		return;
	layer = budget_look(head->run, resource, 1);
	if (layer)
		budget_refuse(&head->decision, layer);
}

/* An open that may change a file: devices, pipes and sockets are none. */
static __always_inline void budget_charge_open(struct open_event *event)
{
	if (S_ISREG(event->mode))
		budget_charge(&event->head, RESOURCE_CHANGES);
}

/* Whether what the run sends is counted: then its sockets are to bear its number. */
static __always_inline int counts_egress(const struct run_budget *budget)
{
	return budget->stopped || budget->pools[RESOURCE_EGRESS * LAYERS_MAX].pool;
}

#endif
