/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the LSM programs share: a refusal is -EPERM, an earlier program's
 * refusal is kept, and an action may need several categories at once.
 */
#ifndef WARDER_LSM_H
#define WARDER_LSM_H

#include "judge.h"

/*
 * Whether the directory that was resolved last lies above a place that a rule
 * refuses. Returns 0 where it does not, and `decision` is as it was.
 */
static __noinline int judge_pinned(struct judgement *judgement, struct decision *decision)
{
	struct scratch *scratch = judgement->scratch;
	struct rule_match *found;

	if (scratch->path_length >= PATH_RULE_BYTES)
		return 0;		/* longer than the path of any rule */
	found = path_rule(scratch, judgement->number, CATEGORY_PINNED);
	if (!found)
		return 0;
	decide(decision, judgement->policy, found, CATEGORY_PINNED);
	return 1;
}

/*
 * Judge the path that was resolved last under one category and join the
 * result to the event's: the graver stands, with its own rule.
 */
static __noinline void judge_into(struct judgement *judgement, struct event_head *head, __u32 category)
{
	struct decision decision = {};

	judgement->category = category;
	if (category == CATEGORY_PINNED) {
		if (!judge_pinned(judgement, &decision))
			return;
		category = CATEGORY_WRITE;	/* as people know it */
	} else {
		judge_path(judgement, &decision);
	}
	decision_join(head, &decision, category);
}

/* What the hook returns, and what the record says of it. */
static __always_inline int prevent(struct event_head *head)
{
	if (head->decision.verdict == VERDICT_ALLOW)
		return 0;
	head->outcome = OUTCOME_PREVENTED;
	return -EPERM;
}

#endif
