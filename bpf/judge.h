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
	struct rule_match match;
	struct scratch *scratch;
	struct file *file;	/* that is to run, under CATEGORY_EXEC; NULL where only a name is known */
};

/* `bit`: that of the name. Most have no rule, and are not looked up. */
static __always_inline void name_match(struct judgement *judgement, __u32 form, __u32 from, __u32 length, __u8 bit)
{
	struct scratch *scratch = judgement->scratch;
	struct name_key *key = &scratch->name_key;
	struct rule_match *found;

	if (!(scratch->names >> (bit & 63) & 1) || !length || length > NAME_RULE_BYTES || from >= WALK_END)
		return;
	__builtin_memset(key, 0, sizeof(*key));
	key->policy = judgement->number;
	key->category = judgement->category;
	key->form = form;
	key->length = length;
	bpf_probe_read_kernel(key->name, length, &scratch->walk[from]);
	found = bpf_map_lookup_elem(&name_rules, key);
	if (found)
		match_join(&judgement->match, found);
}

static long name_step(__u32 index, void *context)
{
	struct judgement *judgement = context;
	struct scratch *scratch = judgement->scratch;

	if (index >= PATH_DEPTH || index >= scratch->depth)
		return 1;
	name_match(judgement, NAME_COMPONENT, scratch->component_at[index], scratch->component_length[index],
		   scratch->component_bit[index]);
	return 0;
}

/* The digest of a file that is as it was told, or NULL. */
static __noinline struct content *content_of(struct file *file)
{
	struct content_key key = {};
	struct content now = {}, *told;

	if (!content_look(file, &key, &now))
		return NULL;
	told = bpf_map_lookup_elem(&contents, &key);
	if (!told || told->ctime_ns != now.ctime_ns || told->size_bytes != now.size_bytes)
		return NULL;
	if (!lease_held(inode_of_name(file), told) || has_writers(file))
		return NULL;
	return told;
}

/* Add what is said of the content. Returns 0 where that is not known. */
static __noinline int content_match(struct judgement *judgement)
{
	struct scratch *scratch = judgement->scratch;
	struct content_rule_key *key = &scratch->content_key;
	struct content *content = content_of(judgement->file);
	struct rule_match *found;

	if (!content)
		return 0;
	key->policy = judgement->number;
	__builtin_memcpy(key->digest, content->digest, DIGEST_BYTES);
	found = bpf_map_lookup_elem(&content_rules, key);
	if (found)
		match_join_content(&judgement->match, found);
	return 1;
}

/*
 * Judge the path that was resolved last under one category. A path that is not whole is refused.
 * Name rules match any component, whatever the trie says, so both are joined.
 */
static __noinline void judge_path(struct judgement *judgement, struct decision *decision)
{
	struct scratch *scratch = judgement->scratch;
	const struct policy *policy = judgement->policy;
	__u32 length = scratch->path_length;
	__u32 from = scratch->path_at;
	__u32 category = judgement->category;
	struct rule_match *found;
	int known = 1;

	if (category >= CATEGORIES || (scratch->flags & EVENT_CUT_PATH) || from > WALK_END) {
		decide_refused(decision, REASON_UNRESOLVED);
		return;
	}
	__builtin_memset(&judgement->match, 0, sizeof(judgement->match));
	length++;		/* with its NUL */
	if (length > PATH_RULE_BYTES)
		length = PATH_RULE_BYTES;
	scratch->path_key.policy = judgement->number;
	scratch->path_key.category = category;
	scratch->path_key.prefix_bits = (8 + length) * 8;
	bpf_probe_read_kernel(scratch->path_key.path, length, &scratch->walk[from]);
	found = bpf_map_lookup_elem(&path_rules, &scratch->path_key);
	if (found)
		match_join(&judgement->match, found);
	scratch->names = policy->names[category];
	if (scratch->name_bits & scratch->names) {
		bpf_loop(PATH_DEPTH, name_step, judgement, 0);
		for (__u32 i = 0; i < EXTENSION_DOTS; i++)
			name_match(judgement, NAME_EXTENSION, scratch->extension_at[i], scratch->extension_length[i],
				   scratch->extension_bit[i]);
	}
	if (category == CATEGORY_EXEC && judgement->file && (policy->content_allow | policy->content_refuse))
		known = content_match(judgement);
	decide(decision, policy, &judgement->match, category);
	if (!known)
		decide_unknown(decision, policy, &judgement->match, CATEGORY_EXEC);
	grant_path(scratch, judgement->number, category, decision);
}

#endif
