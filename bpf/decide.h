/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The decision: what the matching rules of all layers say together.
 *
 * libc-free and without side effects, so that the same lines run in the kernel
 * and, compiled for the host, against the TypeScript reference
 * (src/gateway/policy/decide.ts) in test/policy.
 *
 * What a layer allows by content it may run wherever it lies: that lifts the deny
 * to run what may be written (`guard`), for that layer.
 *
 * Deny beats hold beats allow. Every layer that has the category must allow, or
 * hold: an approval never gives what another layer does not allow.
 * A category that no layer has is denied. What base allows carries LAYERS_ALL.
 * The verdict in force is that of the policy without its monitoring layers; a
 * policy whose layers all monitor refuses nothing.
 */
#ifndef WARDER_DECIDE_H
#define WARDER_DECIDE_H

#include "event.h"
#include "policy.h"

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

struct ruling {
	__u8 verdict;		/* enum verdict */
	__u8 reason;		/* enum reason */
	__u8 layer;
	__u8 reserved;
	__u32 rule;
};

/* The lower of two rule numbers, where 0 is none. */
static __always_inline __u32 rule_first(__u32 a, __u32 b)
{
	if (!a)
		return b;
	if (!b)
		return a;
	return a < b ? a : b;
}

/* Add what `more` says to `match`. Commutative and idempotent. */
static __always_inline void match_join(struct rule_match *match, const struct rule_match *more)
{
	match->allow |= more->allow;
	match->hold |= more->hold;
	match->deny |= more->deny;
	match->guard |= more->guard;
	match->allow_rule[0] = rule_first(match->allow_rule[0], more->allow_rule[0]);
	match->allow_rule[1] = rule_first(match->allow_rule[1], more->allow_rule[1]);
	match->hold_rule[0] = rule_first(match->hold_rule[0], more->hold_rule[0]);
	match->hold_rule[1] = rule_first(match->hold_rule[1], more->hold_rule[1]);
	match->deny_rule[0] = rule_first(match->deny_rule[0], more->deny_rule[0]);
	match->deny_rule[1] = rule_first(match->deny_rule[1], more->deny_rule[1]);
}

/* Add what rules by content say. Last, for it lifts guards. */
static __always_inline void match_join_content(struct rule_match *match, const struct rule_match *more)
{
	match_join(match, more);
	match->guard &= ~(more->allow | more->hold);
}

/* Index of the lowest layer in a mask that is not empty: by halves, for the verifier follows each branch. */
static __always_inline __u8 layer_first(__u16 mask)
{
	__u16 lowest = mask & -mask;
	__u8 layer = 0;

	if (lowest & 0xff00)
		layer += 8;
	if (lowest & 0xf0f0)
		layer += 4;
	if (lowest & 0xcccc)
		layer += 2;
	if (lowest & 0xaaaa)
		layer += 1;
	return layer;
}

/* The ruling of the layers in `keep`; `layers` of them have the category. */
static __always_inline struct ruling rule(const struct rule_match *match, __u16 layers, __u16 keep, int monitored)
{
	struct ruling ruling = {};
	__u16 missing = layers & keep & ~(match->allow | match->hold);

	ruling.reason = REASON_RULE;
	if ((match->deny | match->guard) & keep) {
		ruling.verdict = VERDICT_DENY;
		ruling.rule = match->deny_rule[0];
		if (monitored)
			ruling.rule = rule_first(ruling.rule, match->deny_rule[1]);
	} else if (missing) {
		ruling.verdict = VERDICT_DENY;
		ruling.reason = REASON_NO_RULE;
		ruling.layer = layer_first(missing);
	} else if (match->hold & keep) {
		ruling.verdict = VERDICT_HOLD;
		ruling.rule = match->hold_rule[0];
		if (monitored)
			ruling.rule = rule_first(ruling.rule, match->hold_rule[1]);
	} else if (!(layers & keep) && match->allow != LAYERS_ALL) {
		ruling.verdict = VERDICT_DENY;
		ruling.reason = REASON_NO_CATEGORY;
	} else {
		ruling.verdict = VERDICT_ALLOW;
		ruling.rule = match->allow_rule[0];
		if (monitored)
			ruling.rule = rule_first(ruling.rule, match->allow_rule[1]);
	}
	return ruling;
}

/* Both verdicts for an action whose matching rules are `match`. */
static __always_inline void decide(struct decision *decision, const struct policy *policy,
				   const struct rule_match *match, __u32 category)
{
	__u16 layers = category < CATEGORIES ? policy->layers[category] : 0;
	__u16 keep = (__u16)~policy->monitor;
	struct ruling would = rule(match, layers, LAYERS_ALL, 1);
	struct ruling force = would;

	if (policy->all && !(policy->all & keep)) {
		/* Nothing enforces: monitor prevents nothing. */
		force.verdict = VERDICT_ALLOW;
	} else if (policy->monitor) {
		force = rule(match, layers, keep, 0);
	}
	decision->verdict = force.verdict;
	decision->reason = force.reason;
	decision->layer = force.layer;
	decision->rule = force.rule;
	decision->would = would.verdict;
	decision->would_reason = would.reason;
	decision->would_layer = would.layer;
	decision->would_rule = would.rule;
}

/* Whether a content that is not known could make another verdict of the layers in `keep`. */
static __always_inline int content_matters(const struct policy *policy, const struct rule_match *match, __u32 category,
					   __u16 keep, __u8 verdict)
{
	__u16 missing = policy->layers[category] & ~(match->allow | match->hold);

	if (match->deny & keep)
		return 0;
	if (policy->content_refuse & keep)
		return 1;
	return verdict == VERDICT_DENY && (policy->content_allow & keep) &&
	       !((missing | match->guard) & keep & ~policy->content_allow);
}

/* After decide(), for a program whose content is not known: refused where that could matter. */
static __always_inline void decide_unknown(struct decision *decision, const struct policy *policy,
					   const struct rule_match *match, __u32 category)
{
	__u16 keep = (__u16)~policy->monitor;

	if (content_matters(policy, match, category, LAYERS_ALL, decision->would)) {
		decision->would = VERDICT_DENY;
		decision->would_reason = REASON_CONTENT;
		decision->would_layer = 0;
		decision->would_rule = 0;
	}
	if (policy->all && !(policy->all & keep)) {
		decision->reason = decision->would_reason;
		decision->layer = decision->would_layer;
		decision->rule = decision->would_rule;
	} else if (content_matters(policy, match, category, keep, decision->verdict)) {
		decision->verdict = VERDICT_DENY;
		decision->reason = REASON_CONTENT;
		decision->layer = 0;
		decision->rule = 0;
	}
}

/* A denial that no rule decided: no policy, lease over, target unresolved … */
static __always_inline void decide_refused(struct decision *decision, __u8 reason)
{
	decision->verdict = VERDICT_DENY;
	decision->would = VERDICT_DENY;
	decision->reason = reason;
	decision->would_reason = reason;
	decision->layer = 0;
	decision->would_layer = 0;
	decision->rule = 0;
	decision->would_rule = 0;
}

/*
 * A privilege is granted or not: `privileged` is the intersection over the enforcing
 * layers, `privileged_would` over all. A policy whose layers all monitor refuses nothing.
 */
static __always_inline void decide_privilege(struct decision *decision, const struct policy *policy, __u32 privilege)
{
	decide_refused(decision, REASON_NO_RULE);
	/* A policy whose layers all monitor refuses nothing. */
	if ((policy->privileged & privilege) || (policy->all && !(policy->all & (__u16)~policy->monitor))) {
		decision->verdict = VERDICT_ALLOW;
		decision->reason = REASON_RULE;
	}
	if (policy->privileged_would & privilege) {
		decision->would = VERDICT_ALLOW;
		decision->would_reason = REASON_RULE;
	}
}

/*
 * Which bit of policy.names a name sets, by its first and last byte and its
 * length. Any function serves as long as both sides agree: it saves look-ups.
 */
static __always_inline __u32 name_hash(char first, char last, __u32 length)
{
	return ((__u8)first * 7 + (__u8)last * 3 + length) & (NAME_WORDS * 64 - 1);
}

static __always_inline void name_note(__u64 *words, __u32 bit)
{
	words[bit / 64 % NAME_WORDS] |= 1ULL << (bit & 63);
}

static __always_inline int name_is_noted(const __u64 *words, __u32 bit)
{
	return words[bit / 64 % NAME_WORDS] >> (bit & 63) & 1;
}

#endif
