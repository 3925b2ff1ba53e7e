/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the LSM programs share: a refusal is -EPERM, an earlier program's
 * refusal is kept, and an action may need several categories at once.
 */
#ifndef WARDER_LSM_H
#define WARDER_LSM_H

#include "judge.h"

/*
 * Judge the path that was resolved last under one category and join the
 * result to the event's: the graver stands, with its own rule.
 */
static __noinline void judge_into(struct judgement *judgement, struct event_head *head, __u32 category)
{
	struct decision decision = {};

	judgement->category = category;
	judge_path(judgement, &decision);
	if (head->decision.verdict == VERDICT_NONE || decision.verdict > head->decision.verdict ||
	    (decision.verdict == head->decision.verdict && decision.would > head->decision.would)) {
		head->decision = decision;
		head->category = category;
	}
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
