/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The description of the walls, from bytes to struct walls. See walls.h.
 *
 * Whoever writes it is trusted as root is; it is still parsed as if it were
 * not, so that a slip anywhere ends the start instead of leaving out a wall.
 */
#include "walls.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "names.h"

#define VERSION	"1"

struct letter {
	const char *text;
	unsigned int flag;
};

struct cursor {
	char *at;
	char *end;
};

/* The next string, or NULL at the end. The buffer's last byte is a NUL. */
static const char *take(struct cursor *cursor)
{
	const char *text = cursor->at;

	if (cursor->at >= cursor->end)
		return NULL;
	cursor->at += strlen(text) + 1;
	return text;
}

/* Absolute, as the kernel resolves it: no empty part, no "." and "..", no slash at the end. */
static bool is_path(const char *path)
{
	const char *part = path;

	if (!strcmp(path, "/"))
		return true;
	if (*path != '/' || strlen(path) >= PATH_MAX)
		return false;
	while (*part) {
		size_t length = strcspn(++part, "/");

		if (!length || (length == 1 && part[0] == '.') || (length == 2 && part[0] == '.' && part[1] == '.'))
			return false;
		part += length;
	}
	return true;
}

static bool is_name(const char *name)
{
	size_t length = strlen(name);

	return length && length <= NAME_MAX && !strchr(name, '/') && strcmp(name, ".") && strcmp(name, "..");
}

/* One of `known`, as its flag; 0 for none. */
static unsigned int word_flag(const char *text, const struct letter *known)
{
	for (; known->text; known++)
		if (!strcmp(text, known->text))
			return known->flag;
	return 0;
}

/* Every letter of `text` once, from `known`. 0 for anything else. */
static unsigned int letter_flags(const char *text, const char *known)
{
	unsigned int flags = 0;

	for (; *text; text++) {
		const char *found = strchr(known, *text);
		unsigned int flag = found ? 1U << (found - known) : 0;

		if (!flag || (flags & flag))
			return 0;
		flags |= flag;
	}
	return flags;
}

static const struct letter ACTIONS[] = { { "hide", ACTION_HIDE + 1 }, { "freeze", ACTION_FREEZE + 1 }, { NULL, 0 } };
static const struct letter SCOPES[] = { { "abstract", SCOPE_ABSTRACT }, { "signal", SCOPE_SIGNAL }, { NULL, 0 } };
static const struct letter HOLDS[] = { { "exec", HOLD_EXEC }, { "files", HOLD_FILES }, { NULL, 0 } };
static const struct letter PRIVILEGES[] = {
	{ "raw-socket", LIFT_RAW_SOCKET }, { "io_uring", LIFT_IO_URING }, { "ptrace-others", LIFT_PTRACE },
	{ "mount", LIFT_MOUNT }, { "userns", LIFT_USERNS }, { "bpf", LIFT_BPF }, { "module", LIFT_MODULE },
	{ "signal-others", LIFT_SIGNAL }, { NULL, 0 } };

/* In the order of enum wall_kind. `arguments`: p path, f place flags, a action, n name, r rights … */
static const struct { const char *word; const char *arguments; } GRAMMAR[WALL_KINDS] = {
	[WALL_PLACE] = { "place", "fp" },
	[WALL_HIDE] = { "hide", "p" },
	[WALL_SOCKET] = { "socket", "p" },
	[WALL_VEIL] = { "veil", "p" },
	[WALL_KEEP] = { "keep", "p" },
	[WALL_PRIVATE] = { "private", "p" },
	[WALL_PROC] = { "proc", "" },
	[WALL_TERMINALS] = { "terminals", "" },
	[WALL_SCAN] = { "scan", "p" },
	[WALL_SKIP] = { "skip", "p" },
	[WALL_NAME] = { "name", "an" },
	[WALL_SUFFIX] = { "suffix", "an" },
	[WALL_LEAVE] = { "leave", "p" },
	[WALL_GUARD] = { "guard", "p" },
	[WALL_WATCH] = { "watch", "ap" },
	[WALL_ALLOW] = { "allow", "rp" },
	[WALL_SCOPE] = { "scope", "s" },
	[WALL_PRIVILEGE] = { "privilege", "v" },
	[WALL_LOCAL_SOCKETS] = { "local-sockets", "" },
	[WALL_MEMORY] = { "memory", "" },
	[WALL_HOLD] = { "hold", "h" },
};

/* One argument into `wall`; false when it is none of its kind. */
static bool read_argument(struct wall *wall, char kind, const char *text)
{
	switch (kind) {
	case 'p':
		wall->text = text;
		return is_path(text);
	case 'n':
		wall->text = text;
		return is_name(text);
	case 'f':
		wall->flags = letter_flags(text, "wx");
		return wall->flags || !strcmp(text, "-");
	case 'r':
		wall->flags = letter_flags(text, "rdxwmi");
		return wall->flags;
	case 'a':
		wall->flags = word_flag(text, ACTIONS);
		return wall->flags-- > 0;
	case 's':
		return (wall->flags = word_flag(text, SCOPES));
	case 'h':
		return (wall->flags = word_flag(text, HOLDS));
	case 'v':
		return (wall->flags = word_flag(text, PRIVILEGES));
	default:
		return false;
	}
}

static const char *read_step(struct walls *walls, struct cursor *cursor, const char *word)
{
	struct wall *wall = &walls->steps[walls->count];
	const char *arguments;
	int kind;

	for (kind = 0; kind < WALL_KINDS; kind++)
		if (!strcmp(word, GRAMMAR[kind].word))
			break;
	if (kind == WALL_KINDS)
		return "no such wall: runtime and launcher are of different versions";
	memset(wall, 0, sizeof(*wall));
	wall->kind = (enum wall_kind)kind;
	for (arguments = GRAMMAR[kind].arguments; *arguments; arguments++) {
		const char *text = take(cursor);

		if (!text || !read_argument(wall, *arguments, text))
			return "an argument that cannot be";
	}
	walls->count++;
	walls->wanted[kind] = true;
	if (kind == WALL_PRIVILEGE)
		walls->privileges |= wall->flags;
	if (kind == WALL_SCOPE)
		walls->scopes |= wall->flags;
	if (kind == WALL_HOLD)
		walls->holds |= wall->flags;
	if (kind == WALL_MEMORY)
		walls->privileges |= LIFT_MEMORY;
	if (kind == WALL_LOCAL_SOCKETS)
		walls->local_sockets = true;
	if (kind == WALL_NAME || kind == WALL_SUFFIX || kind == WALL_WATCH)
		walls->freezes |= wall->flags == ACTION_FREEZE;
	return NULL;
}

static const char *read_all(char **buffer, size_t *length, int fd)
{
	size_t used = 0;
	char *bytes = malloc(WALLS_BYTES + 1);

	if (!bytes)
		return "no memory to read it into";
	*buffer = bytes;
	for (;;) {
		ssize_t got = read(fd, bytes + used, WALLS_BYTES + 1 - used);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return "the descriptor cannot be read";
		if (!got)
			break;
		used += (size_t)got;
		if (used > WALLS_BYTES)
			return "it is longer than can be";
	}
	close(fd);
	*length = used;
	return NULL;
}

static const char *read_end(struct walls *walls, const struct cursor *cursor)
{
	if (cursor->at != cursor->end)
		return "something stands behind the end";
	return names_make(walls) ? "no memory for its names" : NULL;
}

const char *walls_read(struct walls *walls, int fd, const char **about)
{
	size_t length = 0;
	const char *fault, *word, *version;
	struct cursor cursor;

	memset(walls, 0, sizeof(*walls));
	*about = "";
	fault = read_all(&walls->buffer, &length, fd);
	if (fault)
		return fault;
	if (!length || walls->buffer[length - 1])
		return "it is cut short";
	walls->steps = calloc(WALLS_STEPS, sizeof(*walls->steps));
	if (!walls->steps)
		return "no memory to read it into";
	cursor.at = walls->buffer;
	cursor.end = walls->buffer + length;
	word = take(&cursor);
	version = take(&cursor);
	if (strcmp(word, "warder-walls") || !version || strcmp(version, VERSION))
		return "its version is not 1: runtime and launcher are of different versions";
	while ((word = take(&cursor))) {
		*about = word;
		if (!strcmp(word, "end"))
			return read_end(walls, &cursor);
		if (walls->count == WALLS_STEPS)
			return "more walls than can be";
		fault = read_step(walls, &cursor, word);
		if (fault)
			return fault;
	}
	*about = "";
	return "it is cut short: its end is missing";
}
