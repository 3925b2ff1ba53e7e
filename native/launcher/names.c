/* SPDX-License-Identifier: Apache-2.0 */
/* Paths against the names and places of the walls, by one table of texts. See names.h. */
#include "names.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "walls.h"

#define DELETED	" (deleted)"
#define NAME_BYTES	256

/* What a text of the table is. One text may be several of these, each with the actions that were asked for. */
enum meaning { MEANS_NAME, MEANS_SUFFIX, MEANS_PLACE, MEANS_ABOVE, MEANINGS };

struct entry {
	const char *text;	/* in the description; not ended by a NUL: a place has those above it as its beginnings */
	size_t length;
	unsigned char actions[MEANINGS];	/* a bit for each enum wall_action */
};

/* Open addressing over a power of two, never more than half full. */
struct names {
	struct entry *entries;
	size_t mask;
	unsigned char suffix_lengths[NAME_BYTES];	/* each once */
	size_t suffix_count;
};

/* FNV-1a, one byte at a time, so that the beginnings of a path are hashed on the way. */
#define HASH_START	UINT64_C(14695981039346656037)

static uint64_t hash_more(uint64_t hash, char byte)
{
	return (hash ^ (unsigned char)byte) * UINT64_C(1099511628211);
}

static uint64_t hash_of(const char *text, size_t length)
{
	uint64_t hash = HASH_START;

	while (length--)
		hash = hash_more(hash, *text++);
	return hash;
}

/* The entry of a text, or the free one where it would be. */
static struct entry *find(const struct names *names, uint64_t hash, const char *text, size_t length)
{
	size_t at = (hash ^ hash >> 32) & names->mask;

	for (;; at = (at + 1) & names->mask) {
		struct entry *entry = &names->entries[at];

		if (!entry->text || (entry->length == length && !memcmp(entry->text, text, length)))
			return entry;
	}
}

static void add(struct names *names, enum meaning meaning, unsigned int actions, const char *text, size_t length)
{
	struct entry *entry = find(names, hash_of(text, length), text, length);

	entry->text = text;
	entry->length = length;
	entry->actions[meaning] |= (unsigned char)actions;
}

static void add_place(struct names *names, unsigned int action, const char *path)
{
	size_t length = strlen(path);

	add(names, MEANS_PLACE, 1U << action, path, length);
	while (--length)
		if (path[length] == '/')
			add(names, MEANS_ABOVE, 1U << action, path, length);
}

static void add_length(struct names *names, size_t length)
{
	if (memchr(names->suffix_lengths, (int)length, names->suffix_count))
		return;
	names->suffix_lengths[names->suffix_count++] = (unsigned char)length;
}

static bool is_place(const struct wall *wall)
{
	return wall->kind == WALL_HIDE || wall->kind == WALL_SOCKET || wall->kind == WALL_WATCH;
}

static size_t room_for(const struct walls *walls)
{
	size_t i, count = 1;

	for (i = 0; i < walls->count; i++) {
		const struct wall *wall = &walls->steps[i];
		const char *at;

		if (wall->kind == WALL_NAME || wall->kind == WALL_SUFFIX)
			count++;
		for (at = is_place(wall) ? wall->text : ""; *at; at++)
			count += *at == '/';
	}
	return count;
}

int names_make(struct walls *walls)
{
	struct names *names = calloc(1, sizeof(*names));
	size_t i, room = 16;

	while (room < 2 * room_for(walls))
		room *= 2;
	if (!names || !(names->entries = calloc(room, sizeof(*names->entries))))
		return -1;
	names->mask = room - 1;
	for (i = 0; i < walls->count; i++) {
		const struct wall *wall = &walls->steps[i];

		if (wall->kind == WALL_NAME)
			add(names, MEANS_NAME, 1U << wall->flags, wall->text, strlen(wall->text));
		if (wall->kind == WALL_SUFFIX) {
			add(names, MEANS_SUFFIX, 1U << wall->flags, wall->text, strlen(wall->text));
			add_length(names, strlen(wall->text));
		}
		if (is_place(wall))
			add_place(names, wall->kind == WALL_WATCH ? wall->flags : ACTION_HIDE, wall->text);
	}
	walls->names = names;
	return 0;
}

static unsigned int actions_of(const struct names *names, enum meaning meaning, uint64_t hash, const char *text,
			       size_t length)
{
	const struct entry *entry = find(names, hash, text, length);

	return entry->text ? entry->actions[meaning] : 0;
}

/* The actions that some suffix of a name asks for. */
static unsigned int suffix_actions(const struct names *names, const char *name, size_t length)
{
	unsigned int actions = 0;
	size_t i;

	for (i = 0; i < names->suffix_count; i++) {
		size_t tail = names->suffix_lengths[i];
		const char *end = name + length - tail;

		if (tail <= length)
			actions |= actions_of(names, MEANS_SUFFIX, hash_of(end, tail), end, tail);
	}
	return actions;
}

/* All that is asked for a path by its places, its parts, and, of its last part, by the suffix. */
static unsigned int path_actions(const struct walls *walls, const char *path, size_t length)
{
	const struct names *names = walls->names;
	uint64_t whole = HASH_START, part = HASH_START;
	unsigned int actions = 0;
	size_t at, begin = 0;

	if (!names)
		return 0;
	for (at = 0; at <= length; at++) {
		if (at && (at == length || path[at] == '/')) {
			actions |= actions_of(names, MEANS_PLACE, whole, path, at);
			actions |= actions_of(names, MEANS_NAME, part, path + begin, at - begin);
		}
		if (at == length)
			break;
		whole = hash_more(whole, path[at]);
		part = path[at] == '/' ? HASH_START : hash_more(part, path[at]);
		if (path[at] == '/')
			begin = at + 1;
	}
	return actions | suffix_actions(names, path + begin, length - begin);
}

static unsigned int named_actions(const struct walls *walls, const char *path)
{
	size_t length = strlen(path), tail = sizeof(DELETED) - 1;
	unsigned int actions = path_actions(walls, path, length);

	if (length > tail && !strcmp(path + length - tail, DELETED))
		actions |= path_actions(walls, path, length - tail);
	return actions;
}

int names_action(const struct walls *walls, const char *name)
{
	size_t length = strlen(name);
	unsigned int actions = actions_of(walls->names, MEANS_NAME, hash_of(name, length), name, length) |
			       suffix_actions(walls->names, name, length);

	if (!actions)
		return -1;
	return actions & 1U << ACTION_HIDE ? ACTION_HIDE : ACTION_FREEZE;
}

bool names_deny(const struct walls *walls, const char *path)
{
	return named_actions(walls, path) & 1U << ACTION_HIDE;
}

bool names_freeze(const struct walls *walls, const char *path)
{
	return named_actions(walls, path) & 1U << ACTION_FREEZE;
}

bool names_keep(const struct walls *walls, const char *path)
{
	return path_actions(walls, path, strlen(path));
}

static bool means(const struct walls *walls, const char *path, enum meaning meaning)
{
	size_t length = strlen(path);

	return walls->names && actions_of(walls->names, meaning, hash_of(path, length), path, length);
}

bool names_below(const struct walls *walls, const char *path)
{
	return means(walls, path, MEANS_PLACE) || names_inside(walls, path);
}

bool names_inside(const struct walls *walls, const char *path)
{
	return means(walls, path, MEANS_ABOVE);
}
