/* SPDX-License-Identifier: Apache-2.0 */
/* Names given and taken (rename(2), link(2), symlink(2), unlink(2), openat2(2)). See changes.h. */
#include "changes.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "metadata.h"
#include "names.h"
#include "opens.h"
#include "place.h"
#include "walls.h"

static bool is_kept(const struct walls *walls, const char *path)
{
	return names_keep(walls, path) || names_below(walls, path);
}

/* By its descriptor: what is judged is what is linked, and a link itself where it was not followed. */
static int link_file(const struct walls *walls, int file, const struct place *to)
{
	char link[64], path[PATH_MAX];

	if (place_path(file, path, sizeof(path)))
		return errno;
	if (names_keep(walls, path))
		return EACCES;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", file);
	return linkat(AT_FDCWD, link, to->directory, to->name, AT_SYMLINK_FOLLOW) ? errno : 0;
}

/* Links that nothing here follows are refused; what they lead to was not judged. */
static int as_refused(int error)
{
	return error == ELOOP ? EACCES : error;
}

/* What a name means, or `base` itself. Its descriptor, or -1 with errno. */
static int find_file(const struct request *request, int base, const char *name, bool follow)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW), .resolve = RESOLVE_NO_MAGICLINKS };

	return request->file ? base : (int)syscall(SYS_openat2, base, name, &how, sizeof(how));
}

/*
 * Watched is what may be opened for reading, which Landlock judges and a watch is not asked about. Nothing but a file or
 * directory is opened for that.
 */
static int watch(const char *link, int watcher, uint32_t mask, int *made)
{
	struct stat status;
	int file, error;

	if (stat(link, &status))
		return errno;
	if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
		return EACCES;
	file = open(link, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (file < 0)
		return errno;
	*made = inotify_add_watch(watcher, link, mask & ~(uint32_t)IN_DONT_FOLLOW);
	error = *made < 0 ? errno : 0;
	close(file);
	return error;
}

static bool follows(const struct request *request)
{
	if (request->change == CHANGE_WATCH)
		return !(request->mode & IN_DONT_FOLLOW);
	return !(request->flags & AT_SYMLINK_NOFOLLOW);
}

/* Of the file itself, by its descriptor: its mode, how long it is, what is said of it, or a watch for it. */
static int change_file(const struct walls *walls, const struct request *request, const int *bases, int *made)
{
	int file = find_file(request, bases[1], request->to, follows(request));
	char link[64], path[PATH_MAX];
	int error;

	if (file < 0)
		return as_refused(errno);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", file);
	if (place_path(file, path, sizeof(path)))
		error = errno;
	else if (names_keep(walls, path) && (request->change != CHANGE_WATCH || names_deny(walls, path)))
		error = EACCES;
	else if (request->change == CHANGE_WATCH)
		error = watch(link, bases[0], request->mode, made);
	else if (request->change == CHANGE_LENGTH)
		error = truncate(link, request->length) ? errno : 0;
	else if (request->change == CHANGE_MODE)
		error = chmod(link, (mode_t)request->mode & 07777) ? errno : 0;
	else
		error = metadata_change(request, file);
	if (file != bases[1])
		close(file);
	return error;
}

static int make_link(const struct walls *walls, const struct request *request, int base, const struct place *to)
{
	int file = find_file(request, base, request->from, request->flags & AT_SYMLINK_FOLLOW);
	int error;

	if (file < 0)
		return as_refused(errno);
	error = link_file(walls, file, to);
	if (file != base)
		close(file);
	return error;
}

static int rename_it(const struct walls *walls, struct request *request, int base, const struct place *to)
{
	struct place from = { .directory = -1 };
	int error = place_find(&from, base, request->from, 0);

	if (error)
		return as_refused(error);
	if (!place_is_dots(from.name) && (is_kept(walls, from.path) || names_below(walls, to->path)))
		error = EACCES;
	else
		error = syscall(SYS_renameat2, from.directory, from.name, to->directory, to->name, request->flags) ?
			errno : 0;
	close(from.directory);
	return error;
}

static int make_at(const struct place *at, const struct request *request)
{
	switch (request->change) {
	case CHANGE_SYMLINK:
		return symlinkat(request->from, at->directory, at->name) ? errno : 0;
	case CHANGE_DIRECTORY:
		return mkdirat(at->directory, at->name, request->mode) ? errno : 0;
	case CHANGE_NODE:
		return mknodat(at->directory, at->name, request->mode, 0) ? errno : 0;
	default:
		return unlinkat(at->directory, at->name, (int)request->flags) ? errno : 0;
	}
}

int change_make(const struct walls *walls, struct request *request, const int *bases, int *made)
{
	struct place to = { .directory = -1 };
	int error;

	*made = -1;
	if (request->change == CHANGE_OPEN)
		return opens_make(walls, request, bases[1], made);
	if (asked_of_file(request->change))
		return change_file(walls, request, bases, made);
	error = place_find(&to, bases[1], request->to, 0);
	if (error)
		return as_refused(error);
	/* Refused by the kernel whatever it is called with: EEXIST, EBUSY. */
	if (!place_is_dots(to.name) && names_keep(walls, to.path))
		error = EACCES;
	else if (request->change == CHANGE_LINK)
		error = make_link(walls, request, bases[0], &to);
	else if (request->change == CHANGE_RENAME)
		error = rename_it(walls, request, bases[0], &to);
	else if (request->change == CHANGE_BIND)
		error = metadata_bind(request, bases[0], bases[1]);
	else
		error = make_at(&to, request);
	close(to.directory);
	return error;
}
