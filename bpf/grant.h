/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Grants: a person's yes to one action that a policy holds, until a time. Looked
 * up where the verdict is hold, and nowhere else. One for an exec is a process's
 * own. A grant carries the policy's
 * number, which belongs to one run: no other run has it, and a new policy asks anew.
 */
#ifndef WARDER_GRANT_H
#define WARDER_GRANT_H

#include "path.h"

static __always_inline int is_granted(const __u64 *until_ns)
{
	return until_ns && bpf_ktime_get_boot_ns() < *until_ns;
}

/* The verdict becomes allow; its rule stays that which holds, so that a grant shows. */
static __always_inline void decision_grant(struct decision *decision)
{
	decision->verdict = VERDICT_ALLOW;
	if (decision->would == VERDICT_HOLD)
		decision->would = VERDICT_ALLOW;
}

/* The path that was resolved last. One that is longer than a rule's can be has no grant. */
static __always_inline void grant_path(struct scratch *scratch, __u32 policy, __u32 category,
				       struct decision *decision)
{
	struct path_grant_key *key = &scratch->grant_key;
	__u32 length = scratch->path_length;
	__u32 from = scratch->path_at;

	if (decision->verdict != VERDICT_HOLD || length >= PATH_RULE_BYTES || from > WALK_END)
		return;
	__builtin_memset(key, 0, sizeof(*key));
	key->policy = policy;
	key->category = category;
	if (category == CATEGORY_EXEC)
		key->tgid = bpf_get_current_pid_tgid() >> 32;
	bpf_probe_read_kernel(key->path, length, &scratch->walk[from]);
	if (is_granted(bpf_map_lookup_elem(&path_grants, key)))
		decision_grant(decision);
}

static __always_inline void grant_address(__u32 policy, __u32 category, const struct socket_event *event,
					  struct decision *decision)
{
	struct address_grant_key key = {
		.policy = policy,
		.category = category,
		.family = event->family,
		.protocol = event->protocol,
		.port = event->port,
	};

	if (decision->verdict != VERDICT_HOLD)
		return;
	__builtin_memcpy(key.address, event->address, sizeof(key.address));
	if (is_granted(bpf_map_lookup_elem(&address_grants, &key)))
		decision_grant(decision);
}

#endif
