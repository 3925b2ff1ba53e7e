/* SPDX-License-Identifier: Apache-2.0 */
/* Permission events (fanotify(7), Linux 5.1 for marks on mounts with FAN_ONDIR). See guard.h. */
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "intent.h"
#include "names.h"
#include "undisturbed.h"
#include "walls.h"

#define MASK	(FAN_OPEN_PERM | FAN_ONDIR)
/* A path with every byte as \ooo. */
#define ESCAPED_BYTES	16384
#define BELOW	"permission events below "
#define TOO_MANY	"permission events: as many as fs.fanotify.max_user_groups allows are in use, one for each run"
/* Events that are answered together. */
#define TOGETHER	256
/* From so many on, who is woken by an answer waits for the rest of them (undisturbed.h), which takes three calls. */
#define MANY		8

static bool is_below(const char *path, const char *tree)
{
	size_t length = strlen(tree);

	return !strcmp(tree, "/") || (!strncmp(path, tree, length) && (!path[length] || path[length] == '/'));
}

/* Within a "leave" that lies inside `tree`. */
static bool is_left(const struct walls *walls, const char *path, const char *tree)
{
	size_t i;

	for (i = 0; i < walls->count; i++) {
		const struct wall *wall = &walls->steps[i];

		if (wall->kind == WALL_LEAVE && is_below(path, wall->text) && is_below(wall->text, tree) &&
		    strcmp(wall->text, tree) != 0)
			return true;
	}
	return false;
}

static bool is_guarded(const struct walls *walls, const char *path)
{
	size_t i;

	for (i = 0; i < walls->count; i++) {
		const struct wall *wall = &walls->steps[i];

		if (wall->kind == WALL_GUARD && is_below(path, wall->text) && !is_left(walls, path, wall->text))
			return true;
	}
	return false;
}

/* In place: \ooo is a byte (proc_pid_mountinfo(5)). */
static void unescape(char *text)
{
	char *to = text;

	while (*text) {
		if (*text == '\\' && text[1] && text[2] && text[3]) {
			*to++ = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0'));
			text += 4;
		} else {
			*to++ = *text++;
		}
	}
	*to = '\0';
}

/*
 * The kernel takes no marks for permission on a proc. Names there are the kernel's own and none of them is kept from
 * anybody; what its links lead to lies on other mounts.
 */
static bool is_proc(const char *path)
{
	struct statfs status;

	return !statfs(path, &status) && status.f_type == PROC_SUPER_MAGIC;
}

static int mark_mount(int group, const char *path, struct walls_report *report)
{
	if (!fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_MOUNT, MASK, AT_FDCWD, path)) {
		report->guarded++;
		return 0;
	}
	/* Under another mount: nobody gets there. */
	if (errno == ENOENT || errno == ENOTDIR)
		return 0;
	return errno == EINVAL && is_proc(path) ? 0 : -1;
}

/* Marks for all mounts of a /proc/self/mountinfo. 0, or -1 with errno; `path` is the last that was looked at. */
static int mark_all(int group, FILE *mounts, const struct walls *walls, struct walls_report *report, unsigned long masks,
		    char *path)
{
	char *line = NULL;
	size_t room = 0;
	int failed = 0;

	while (!failed && getline(&line, &room, mounts) > 0) {
		unsigned int major, minor;

		if (sscanf(line, "%*d %*d %u:%u %*s %16383s", &major, &minor, path) != 3) {
			errno = EPROTO;
			failed = -1;
			break;
		}
		unescape(path);
		if (is_guarded(walls, path) && makedev(major, minor) != masks)
			failed = mark_mount(group, path, report);
	}
	free(line);
	return failed;
}

int guard_make(const struct walls *walls, struct walls_report *report, unsigned long masks, const char **about)
{
	static char mark[sizeof(BELOW) + ESCAPED_BYTES] = BELOW;
	FILE *mounts;
	int group, failed, error;

	if (!walls->wanted[WALL_GUARD])
		return -1;
	/* Not blocking: a pipe with a name is opened for the event as well. */
	group = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_NONBLOCK | FAN_UNLIMITED_QUEUE | FAN_UNLIMITED_MARKS |
			      FAN_REPORT_TID, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_LARGEFILE);
	*about = group < 0 && errno == EMFILE ? TOO_MANY : "permission events";
	mounts = group < 0 ? NULL : fopen("/proc/self/mountinfo", "re");
	if (!mounts)
		return -2;
	failed = mark_all(group, mounts, walls, report, masks, mark + sizeof(BELOW) - 1);
	*about = mark;
	error = errno;
	fclose(mounts);
	errno = error;
	return failed ? -2 : group;
}

static bool is_refused(const struct walls *walls, int file, pid_t tid)
{
	char link[64], path[PATH_MAX];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", file);
	length = readlink(link, path, sizeof(path));
	/* Too long to be resolved whole is refused, as everywhere. */
	if (length <= 0 || (size_t)length >= sizeof(path))
		return true;
	path[length] = '\0';
	return names_deny(walls, path) || (names_freeze(walls, path) && !intent_reads(tid));
}

/* By the number that the event had; fails where the caller is gone. */
static bool respond(int group, int file, bool refused)
{
	struct fanotify_response response = { .fd = file, .response = refused ? FAN_DENY : FAN_ALLOW };

	return write(group, &response, sizeof(response)) == (ssize_t)sizeof(response);
}

/* Whether it is a pipe with a name: those have no further events. */
static bool passes_by(int group, int file)
{
	struct stat status;

	if (fstat(file, &status) || !S_ISFIFO(status.st_mode))
		return false;
	fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_IGNORED_MASK | FAN_MARK_IGNORED_SURV_MODIFY, FAN_OPEN_PERM, file, NULL);
	return true;
}

/*
 * For an event the kernel opens the file, for reading. Who waits in the open of a pipe for a reader would take that for
 * one, and write to nobody once it is closed. So nobody may wait there by then: answers are kept back until the pipe has
 * no more events, and given when all that was opened is closed again.
 */
void guard_answer(int group, const struct walls *walls)
{
	_Alignas(struct fanotify_event_metadata) char buffer[TOGETHER * sizeof(struct fanotify_event_metadata)];
	struct { int file; bool refused; } kept[TOGETHER];
	unsigned int i, count = 0;
	int before;
	bool pipes;
	ssize_t length;

	do {
		const struct fanotify_event_metadata *event = (const void *)buffer;
		size_t room = (TOGETHER - count) * sizeof(*event);

		pipes = false;
		length = room ? read(group, buffer, room) : 0;
		for (; length > 0 && FAN_EVENT_OK(event, length); event = FAN_EVENT_NEXT(event, length)) {
			if (event->fd < 0 || !(event->mask & FAN_OPEN_PERM))
				continue;
			pipes |= passes_by(group, event->fd);
			kept[count].file = event->fd;
			kept[count++].refused = is_refused(walls, event->fd, event->pid);
		}
	} while (pipes);
	for (i = 0; i < count; i++)
		close(kept[i].file);
	before = count < MANY ? -1 : undisturbed_begin();
	for (i = 0; i < count; i++)
		respond(group, kept[i].file, kept[i].refused);
	undisturbed_end(before);
}
