/* SPDX-License-Identifier: Apache-2.0 */
/* What a name means to who waits in a system call (openat2(2), proc_pid_cwd(5)). See caller.h. */
#include "caller.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int link_of(const char *link, char *text, size_t room)
{
	ssize_t length = readlink(link, text, room - 1);

	if (length <= 0 || (size_t)length >= room - 1 || *text != '/')
		return -1;
	text[length] = '\0';
	return 0;
}

/* The absolute name that the call means, as it was passed. */
static int absolute(const struct caller *caller, int directory, const char *name, char *path, size_t room)
{
	char link[64];
	size_t length;

	*path = '\0';
	if (*name != '/') {
		if (directory == AT_FDCWD)
			snprintf(link, sizeof(link), "/proc/%u/cwd", caller->tid);
		else
			snprintf(link, sizeof(link), "/proc/%u/fd/%d", caller->tid, directory);
		if (!*name || link_of(link, path, room))
			return -1;
	}
	length = strlen(path);
	if (length + strlen(name) + 2 > room)
		return -1;
	path[length] = '/';
	strcpy(path + length + 1, name);
	return 0;
}

static int name_of(int place, char *path, size_t room)
{
	char link[64];
	int failed;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", place);
	failed = link_of(link, path, room);
	close(place);
	return failed;
}

/* `asked`, absolute in the caller's view, from its `root`. */
static int resolve(int root, char *asked, bool nofollow, char *path, size_t room)
{
	struct { uint64_t flags, mode, resolve; } how = {
		.flags = (uint64_t)(O_PATH | O_CLOEXEC | (nofollow ? O_NOFOLLOW : 0)),
		.resolve = 0x10,		/* RESOLVE_IN_ROOT, which follows no magic link */
	};
	size_t end, tail;

	tail = end = strlen(asked);
	for (;;) {
		char kept = asked[tail];
		int place;
		char *slash;

		asked[tail] = '\0';
		place = (int)syscall(SYS_openat2, root, tail ? asked : "/", &how, sizeof(how));
		asked[tail] = kept;
		if (place >= 0) {
			size_t length;

			if (name_of(place, path, room))
				return -1;
			length = strlen(path);
			if (length == 1)	/* the root itself */
				length = 0;
			if (length + end - tail + 1 > room)
				return -1;
			memcpy(path + length, asked + tail, end - tail + 1);
			if (!*path)
				strcpy(path, "/");
			return 0;
		}
		if ((errno != ENOENT && errno != EACCES) || !tail)
			return -1;
		asked[tail] = '\0';
		slash = strrchr(asked, '/');
		/* A part that is not looked up may be a name and nothing else. */
		if (!slash || !slash[1] || !strcmp(slash + 1, ".") || !strcmp(slash + 1, ".."))
			return -1;
		asked[tail] = kept;
		tail = (size_t)(slash - asked);
		how.flags &= ~(uint64_t)O_NOFOLLOW;
	}
}

int caller_resolve(const struct caller *caller, int directory, const char *name, bool nofollow, char *path, size_t room)
{
	char asked[2 * PATH_MAX], link[64];
	int root, failed;

	if (absolute(caller, directory, name, asked, sizeof(asked)))
		return -1;
	snprintf(link, sizeof(link), "/proc/%u/root", caller->tid);
	root = open(link, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -1;
	failed = resolve(root, asked, nofollow, path, room);
	close(root);
	return failed;
}
