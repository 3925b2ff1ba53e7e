/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bpf/decide.h on this host: the look-ups as the kernel's maps make them, over
 * the very bytes that would be written there, then the decision.
 *
 * In (stdin):   for each policy a struct policy_input, its head and rows, then
 *               `actions` times a struct action_input and its path.
 * Out (stdout): a struct decision for each action.
 *
 * Longest prefix is found by comparing all rows, hash rows likewise: slow and
 * plain, so that it can be seen to be right. Exit status 1: input cut short.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decide.h"

#define IPV4 2			/* AF_INET */

struct policy_input {
	__u32 paths;
	__u32 names;
	__u32 addresses;
	__u32 ports;
	__u32 contents;
	__u32 actions;
};

struct action_input {
	__u32 category;
	__u32 privilege;	/* for CATEGORY_PRIVILEGED */
	__u16 path_length;	/* 0: an address */
	__u16 port;
	__u8 family;
	__u8 protocol;
	__u8 content;		/* enum content_known */
	__u8 reserved;
	__u8 address[16];
	__u8 digest[DIGEST_BYTES];
};

/* What is known of the content of what is to run. */
enum content_known {
	CONTENT_NOT_ASKED,	/* judged by its name alone */
	CONTENT_KNOWN,
	CONTENT_UNKNOWN,
};

struct rows {
	__u32 count;
	size_t key_size;
	size_t value_size;
	__u8 *keys;
	__u8 *values;
};

struct loaded {
	struct policy policy;
	__u32 number;
	struct rows paths;
	struct rows names;
	struct rows addresses;
	struct rows ports;
	struct rows contents;
};

static void take(void *to, size_t size)
{
	if (size && fread(to, size, 1, stdin) != 1) {
		fprintf(stderr, "decide-host: input is cut short\n");
		exit(1);
	}
}

static struct rows take_rows(__u32 count, size_t key_size, size_t value_size)
{
	struct rows rows = { count, key_size, value_size, malloc(count * key_size + 1), malloc(count * value_size + 1) };

	if (!rows.keys || !rows.values)
		exit(1);
	take(rows.keys, count * key_size);
	take(rows.values, count * value_size);
	return rows;
}

static void free_rows(struct rows *rows)
{
	free(rows->keys);
	free(rows->values);
}

static int bits_equal(const __u8 *a, const __u8 *b, __u32 bits)
{
	__u32 rest = bits % 8;

	if (memcmp(a, b, bits / 8))
		return 0;
	return !rest || (a[bits / 8] ^ b[bits / 8]) >> (8 - rest) == 0;
}

/* The value of the longest prefix, as BPF_MAP_TYPE_LPM_TRIE has it. Keys begin with their length in bits. */
static const void *longest_match(const struct rows *rows, const void *key)
{
	const __u8 *wanted = key, *found = NULL;
	__u32 wanted_bits, best = 0;

	memcpy(&wanted_bits, wanted, 4);
	for (__u32 i = 0; i < rows->count; i++) {
		const __u8 *row = rows->keys + i * rows->key_size;
		__u32 bits;

		memcpy(&bits, row, 4);
		if (bits > wanted_bits || !bits_equal(row + 4, wanted + 4, bits))
			continue;
		if (found && bits == best) {
			fprintf(stderr, "decide-host: a key stands twice\n");
			exit(1);
		}
		if (!found || bits > best) {
			found = rows->values + i * rows->value_size;
			best = bits;
		}
	}
	return found;
}

static const void *exact_match(const struct rows *rows, const void *key)
{
	for (__u32 i = 0; i < rows->count; i++)
		if (!memcmp(rows->keys + i * rows->key_size, key, rows->key_size))
			return rows->values + i * rows->value_size;
	return NULL;
}

static void name_match(const struct loaded *loaded, __u32 category, __u32 form, const char *name, __u32 length,
		       struct rule_match *match)
{
	struct name_key key = {};
	const struct rule_match *found;

	if (!length || length > NAME_RULE_BYTES)
		return;
	if (!name_is_noted(loaded->policy.names[category], name_hash(name[0], name[length - 1], length)))
		return;
	key.policy = loaded->number;
	key.category = category;
	key.form = form;
	key.length = length;
	memcpy(key.name, name, length);
	found = exact_match(&loaded->names, &key);
	if (found)
		match_join(match, found);
}

static void path_match(const struct loaded *loaded, __u32 category, const char *path, __u32 length,
		       struct rule_match *match)
{
	struct path_key key = {};
	const struct rule_match *found;
	const char *end = path + length, *from, *last = path + 1;
	__u32 whole = length + 1 > PATH_RULE_BYTES ? PATH_RULE_BYTES : length + 1;
	int dots = 0;

	key.policy = loaded->number;
	key.category = category;
	key.prefix_bits = (8 + whole) * 8;
	memcpy(key.path, path, whole);
	found = longest_match(&loaded->paths, &key);
	if (found)
		match_join(match, found);
	for (from = path + 1; from < end; from += strcspn(from, "/") + 1) {
		name_match(loaded, category, NAME_COMPONENT, from, strcspn(from, "/"), match);
		last = from;
	}
	for (from = end - 1; from >= last && end - from <= NAME_RULE_BYTES && dots < EXTENSION_DOTS; from--) {
		if (*from != '.')
			continue;
		dots++;
		name_match(loaded, category, NAME_EXTENSION, from, end - from, match);
	}
}

static void address_match(const struct loaded *loaded, const struct action_input *action, struct rule_match *match)
{
	struct address_key key = {};
	const struct port_set *set;

	key.policy = loaded->number;
	key.category = action->category;
	key.family = action->family;
	key.protocol = action->protocol;
	key.prefix_bits = 64 + (action->family == IPV4 ? 32 : 128);
	memcpy(key.address, action->address, sizeof(key.address));
	set = longest_match(&loaded->addresses, &key);
	for (__u32 i = 0; set && i < set->count; i++) {
		struct port_key port = { loaded->number, set->set, i };
		const struct port_rule *rule = exact_match(&loaded->ports, &port);

		if (!rule) {
			fprintf(stderr, "decide-host: segment %u of port set %u is missing\n", i, set->set);
			exit(1);
		}
		if (action->port >= rule->from && action->port <= rule->to) {
			match_join(match, &rule->match);
			return;
		}
	}
}

static void content_match(const struct loaded *loaded, const struct action_input *action, struct rule_match *match)
{
	struct content_rule_key key = { .policy = loaded->number };
	const struct rule_match *found;

	memcpy(key.digest, action->digest, DIGEST_BYTES);
	found = exact_match(&loaded->contents, &key);
	if (found)
		match_join_content(match, found);
}

static void judge(const struct loaded *loaded)
{
	struct action_input action;
	struct rule_match match = {};
	struct decision decision = {};
	char path[PATH_BYTES] = "";

	take(&action, sizeof(action));
	if (action.path_length >= PATH_BYTES || action.category >= CATEGORIES)
		exit(1);
	take(path, action.path_length);
	if (action.category == CATEGORY_PRIVILEGED) {
		decide_privilege(&decision, &loaded->policy, action.privilege);
	} else {
		if (action.path_length)
			path_match(loaded, action.category, path, action.path_length, &match);
		else
			address_match(loaded, &action, &match);
		if (action.content == CONTENT_KNOWN && action.category == CATEGORY_EXEC)
			content_match(loaded, &action, &match);
		decide(&decision, &loaded->policy, &match, action.category);
		if (action.content == CONTENT_UNKNOWN)
			decide_unknown(&decision, &loaded->policy, &match, action.category);
	}
	fwrite(&decision, sizeof(decision), 1, stdout);
}

int main(void)
{
	struct policy_input input;
	struct loaded loaded;

	while (fread(&input, sizeof(input), 1, stdin) == 1) {
		take(&loaded.number, sizeof(loaded.number));
		take(&loaded.policy, sizeof(loaded.policy));
		loaded.paths = take_rows(input.paths, sizeof(struct path_key), sizeof(struct rule_match));
		loaded.names = take_rows(input.names, sizeof(struct name_key), sizeof(struct rule_match));
		loaded.addresses = take_rows(input.addresses, sizeof(struct address_key), sizeof(struct port_set));
		loaded.ports = take_rows(input.ports, sizeof(struct port_key), sizeof(struct port_rule));
		loaded.contents = take_rows(input.contents, sizeof(struct content_rule_key), sizeof(struct rule_match));
		for (__u32 i = 0; i < input.actions; i++)
			judge(&loaded);
		free_rows(&loaded.paths);
		free_rows(&loaded.names);
		free_rows(&loaded.addresses);
		free_rows(&loaded.ports);
		free_rows(&loaded.contents);
	}
	return 0;
}
