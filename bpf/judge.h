/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From a resolved path to the rules that match it, and to the decision.
 */
#ifndef WARDER_JUDGE_H
#define WARDER_JUDGE_H

#include "content.h"
#include "grant.h"
#include "path.h"
#include "task.h"

struct judgement {
	const struct policy *policy;
	__u32 number;		/* of the policy */
	__u32 run_flags;
	__u32 category;
	struct scratch *scratch;
	struct file *file;	/* that is to run, under CATEGORY_EXEC; NULL where only a name is known */
};

/* What the rules of one policy say of the path that was resolved last. */
struct matching {
	struct scratch *scratch;
	__u32 policy;
	__u32 category;
	struct rule_match match;
};

/* `bit`: that of the name. Most have no rule, and are not looked up. */
static __always_inline void name_match(struct matching *matching, __u32 form, __u32 from, __u32 length, __u8 bit)
{
	struct scratch *scratch = matching->scratch;
	struct name_key *key = &scratch->name_key;
	struct rule_match *found;

	if (!name_is_noted(scratch->names, bit) || !length || length > NAME_RULE_BYTES || from >= WALK_END)
		return;
	__builtin_memset(key, 0, sizeof(*key));
	key->policy = matching->policy;
	key->category = matching->category;
	key->form = form;
	key->length = length;
	bpf_probe_read_kernel(key->name, length, &scratch->walk[from]);
	found = bpf_map_lookup_elem(&name_rules, key);
	if (found)
		match_join(&matching->match, found);
}

_Static_assert(__builtin_offsetof(struct path_key, path) <= WALK_START, "no room for a path's key before the path");

/* What the rules by path say of the path that was resolved last, or NULL. Only the key's bits are compared. */
static __always_inline struct rule_match *path_rule(struct scratch *scratch, __u32 policy, __u32 category)
{
	__u32 length = scratch->path_length + 1;	/* with its NUL */
	__u32 at = scratch->path_at - __builtin_offsetof(struct path_key, path);
	struct path_key *key;

	barrier_var(at);	/* or clang compares something else than what it indexes by */
	if (at >= WALK_END)
		return NULL;
	if (length > PATH_RULE_BYTES)
		length = PATH_RULE_BYTES;
	key = (struct path_key *)&scratch->walk[at];
	key->policy = policy;
	key->category = category;
	key->prefix_bits = (8 + length) * 8;
	return bpf_map_lookup_elem(&path_rules, key);
}

static long name_step(__u32 index, void *context)
{
	struct matching *matching = context;
	struct scratch *scratch = matching->scratch;

	if (index >= PATH_DEPTH || index >= scratch->depth)
		return 1;
	name_match(matching, NAME_COMPONENT, scratch->component_at[index], scratch->component_length[index],
		   scratch->component_bit[index]);
	return 0;
}

/* The digest of a file that is as it was told, or NULL. */
static __always_inline struct content *content_of(struct scratch *scratch, struct file *file)
{
	struct content_key *key = &scratch->file_key;
	struct content *now = &scratch->file_now, *told;

	__builtin_memset(key, 0, sizeof(*key));
	if (!content_look(file, key, now))
		return NULL;
	told = bpf_map_lookup_elem(&contents, key);
	if (!told || told->ctime_ns != now->ctime_ns || told->size_bytes != now->size_bytes)
		return NULL;
	if (!lease_held(inode_of_name(file), told) || has_writers(file))
		return NULL;
	return told;
}

/* What rules by content say of the file in to_judge: into working memory. Global, for the verifier as path_walk(). */
__weak __noinline int content_judge(__u32 slot)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratch_slots, &slot);
	const struct policy *policy;
	struct content *content;
	struct rule_match *found;

	if (!scratch)
		return 0;
	scratch->content = CONTENT_UNKNOWN;
	policy = bpf_map_lookup_elem(&policies, &scratch->to_judge.policy);
	if (policy && !(policy->content_allow | policy->content_refuse))
		scratch->content = CONTENT_NOT_ASKED;
	if (!policy || scratch->content == CONTENT_NOT_ASKED)
		return 0;
	content = content_of(scratch, (void *)scratch->to_judge.file);
	if (!content)
		return 0;
	scratch->content = CONTENT_KNOWN;
	scratch->content_key.policy = scratch->to_judge.policy;
	__builtin_memcpy(scratch->content_key.digest, content->digest, DIGEST_BYTES);
	found = bpf_map_lookup_elem(&content_rules, &scratch->content_key);
	if (found)
		scratch->content_match = *found;
	else
		__builtin_memset(&scratch->content_match, 0, sizeof(scratch->content_match));
	return 0;
}

/*
 * Judge what stands in a slot of working memory (to_judge). Global, for the verifier as path_walk(); by the number of
 * the slot, for 6.1 takes no key of a map from an argument's memory.
 */
__weak __noinline int judge_slot(__u32 slot, const struct policy *policy, struct decision *decision)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratch_slots, &slot);
	struct matching matching = { .scratch = scratch };
	struct rule_match *found;
	__u32 category;
	__u64 some = 0;

	if (!decision)
		return 0;
	decide_refused(decision, REASON_UNRESOLVED);
	if (!scratch || !policy)
		return 0;
	category = scratch->to_judge.category;
	if (category >= CATEGORIES || (scratch->flags & EVENT_CUT_PATH))
		return 0;
	matching.policy = scratch->to_judge.policy;
	matching.category = category;
	found = path_rule(scratch, matching.policy, category);
	if (found)
		match_join(&matching.match, found);
	for (__u32 i = 0; i < NAME_WORDS; i++) {
		scratch->names[i] = policy->names[category][i];
		some |= scratch->names[i] & scratch->name_bits[i];
	}
	if (some) {
		bpf_loop(PATH_DEPTH, name_step, &matching, 0);
		for (__u32 i = 0; i < EXTENSION_DOTS; i++)
			name_match(&matching, NAME_EXTENSION, scratch->extension_at[i], scratch->extension_length[i],
				   scratch->extension_bit[i]);
	}
	if (scratch->content == CONTENT_KNOWN)
		match_join_content(&matching.match, &scratch->content_match);
	decide(decision, policy, &matching.match, category);
	if (scratch->content == CONTENT_UNKNOWN)
		decide_unknown(decision, policy, &matching.match, CATEGORY_EXEC);
	grant_path(scratch, matching.policy, category, decision);
	return 0;
}

/*
 * Judge the path that was resolved last under one category. A path that is not whole is refused.
 * Name rules match any component, whatever the trie says, so both are joined.
 */
static __always_inline void judge_path(struct judgement *judgement, struct decision *decision)
{
	struct scratch *scratch = judgement->scratch;

	scratch->to_judge.policy = judgement->number;
	scratch->to_judge.category = judgement->category;
	scratch->content = CONTENT_NOT_ASKED;
	if (judgement->category == CATEGORY_EXEC && judgement->file) {
		scratch->to_judge.file = (__u64)judgement->file;
		content_judge(scratch->slot);
	}
	judge_slot(scratch->slot, judgement->policy, decision);
}

/* Join a decision under one more category to the event's: the graver stands, with its own rule. */
static __always_inline void decision_join(struct event_head *head, const struct decision *more, __u32 category)
{
	if (head->decision.verdict == VERDICT_NONE || more->verdict > head->decision.verdict ||
	    (more->verdict == head->decision.verdict && more->would > head->decision.would)) {
		head->decision = *more;
		head->category = category;
	}
}

#endif
