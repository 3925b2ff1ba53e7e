/* SPDX-License-Identifier: Apache-2.0 */
/* Paths against the names and places of the walls. See names.h. */
#include "names.h"

#include <string.h>

#include "walls.h"

#define DELETED	" (deleted)"

bool names_meet(const struct wall *wall, const char *name, size_t length)
{
	size_t wanted = strlen(wall->text);

	if (wall->kind == WALL_NAME)
		return length == wanted && !memcmp(name, wall->text, length);
	return length >= wanted && !memcmp(name + length - wanted, wall->text, wanted);
}

/* A part of a path; `last` for its end, which alone a suffix is about. */
static bool is_kept_name(const struct walls *walls, const char *part, size_t length, bool last, enum wall_action least)
{
	size_t i;

	for (i = 0; i < walls->count; i++) {
		const struct wall *wall = &walls->steps[i];

		if (wall->kind != WALL_NAME && (wall->kind != WALL_SUFFIX || !last))
			continue;
		if ((wall->flags == ACTION_HIDE || least == ACTION_FREEZE) && names_meet(wall, part, length))
			return true;
	}
	return false;
}

static bool is_place(const struct wall *wall)
{
	return wall->kind == WALL_HIDE || wall->kind == WALL_SOCKET || wall->kind == WALL_WATCH;
}

/* `path`, `length` bytes of it, is `place` or lies below it. */
static bool is_within(const char *path, size_t length, const char *place)
{
	size_t wanted = strlen(place);

	return length >= wanted && !memcmp(path, place, wanted) && (length == wanted || path[wanted] == '/');
}

static bool denies(const struct walls *walls, const char *path, size_t length, enum wall_action least)
{
	const char *part = path, *end = path + length;
	size_t i;

	for (i = 0; i < walls->count; i++)
		if (is_place(&walls->steps[i]) && is_within(path, length, walls->steps[i].text))
			return true;
	while (part < end) {
		const char *next;

		part++;		/* its slash */
		next = memchr(part, '/', (size_t)(end - part));
		if (!next)
			next = end;
		if (is_kept_name(walls, part, (size_t)(next - part), next == end, least))
			return true;
		part = next;
	}
	return false;
}

bool names_deny(const struct walls *walls, const char *path)
{
	size_t length = strlen(path), tail = sizeof(DELETED) - 1;

	if (denies(walls, path, length, ACTION_HIDE))
		return true;
	return length > tail && !strcmp(path + length - tail, DELETED) && denies(walls, path, length - tail, ACTION_HIDE);
}

bool names_keep(const struct walls *walls, const char *path)
{
	return denies(walls, path, strlen(path), ACTION_FREEZE);
}

bool names_below(const struct walls *walls, const char *path)
{
	size_t i;

	for (i = 0; i < walls->count; i++)
		if (is_place(&walls->steps[i]) && is_within(walls->steps[i].text, strlen(walls->steps[i].text), path))
			return true;
	return false;
}

bool names_inside(const struct walls *walls, const char *path)
{
	size_t i;

	for (i = 0; i < walls->count; i++)
		if (is_place(&walls->steps[i]) && strcmp(walls->steps[i].text, path) != 0 &&
		    is_within(walls->steps[i].text, strlen(walls->steps[i].text), path))
			return true;
	return false;
}
