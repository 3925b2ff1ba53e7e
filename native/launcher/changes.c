/* SPDX-License-Identifier: Apache-2.0 */
/* Names given and taken (rename(2), link(2), symlink(2), unlink(2), openat2(2)). See changes.h. */
#include "changes.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "metadata.h"
#include "names.h"
#include "walls.h"

/* Links that lead to a file that is to be made: as many as the kernel follows. */
#define LINKS_MOST	40

/* Where a name really is: its directory, and the last part of it as it was passed, slashes at its end included. */
struct place {
	int directory;
	const char *name;
	char path[PATH_MAX];		/* of what the name means */
};

/* Where the last part of a path begins: behind its last slash that is not at its end. */
static size_t last_part(const char *path)
{
	size_t at = strlen(path);

	while (at && path[at - 1] == '/')
		at--;
	while (at && path[at - 1] != '/')
		at--;
	return at;
}

/* What is too deep to be named whole is refused, as the kernel's programs refuse it, and told for that. */
static int path_of(int fd, char *path, size_t room)
{
	char link[64];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, room - 1);
	if (length <= 0 || (size_t)length >= room - 1) {
		errno = EACCES;
		return -1;
	}
	path[length] = '\0';
	return 0;
}

/*
 * Find where `name` is, from directory `base`. What it means is judged, not what it was called. 0, or an errno: ELOOP for
 * a link that is not followed.
 */
static int find_place(struct place *place, int base, char *name, uint64_t resolve)
{
	struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_NO_MAGICLINKS | resolve };
	size_t at = last_part(name), length;
	char first = name[at];

	if (!*name)
		return ENOENT;
	place->name = name + at;
	name[at] = '\0';
	place->directory = (int)syscall(SYS_openat2, base, at ? name : ".", &how, sizeof(how));
	name[at] = first;
	if (place->directory < 0)
		return errno;
	if (path_of(place->directory, place->path, sizeof(place->path)))
		return errno;
	length = strlen(place->path);
	if (length + strlen(place->name) + 2 > sizeof(place->path))
		return EACCES;
	if (length > 1)
		place->path[length++] = '/';
	strcpy(place->path + length, place->name);
	for (length = strlen(place->path); length > 1 && place->path[length - 1] == '/';)
		place->path[--length] = '\0';
	return 0;
}

/* "." and ".." mean a directory by another name than its own; the kernel refuses to rename or link them. */
static bool is_dots(const char *name)
{
	size_t length = strcspn(name, "/");

	return (length == 1 && name[0] == '.') || (length == 2 && name[0] == '.' && name[1] == '.');
}

static bool is_kept(const struct walls *walls, const char *path)
{
	return names_keep(walls, path) || names_below(walls, path);
}

/* By its descriptor: what is judged is what is linked, and a link itself where it was not followed. */
static int link_file(const struct walls *walls, int file, const struct place *to)
{
	char link[64], path[PATH_MAX];

	if (path_of(file, path, sizeof(path)))
		return errno;
	if (names_deny(walls, path))
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
	if (path_of(file, path, sizeof(path)))
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
	int error = find_place(&from, base, request->from, 0);

	if (error)
		return as_refused(error);
	if (!is_dots(from.name) && (is_kept(walls, from.path) || names_below(walls, to->path)))
		error = EACCES;
	else
		error = syscall(SYS_renameat2, from.directory, from.name, to->directory, to->name, request->flags) ?
			errno : 0;
	close(from.directory);
	return error;
}

static bool is_proc(int directory)
{
	struct statfs status;

	return fstatfs(directory, &status) || status.f_type == PROC_SUPER_MAGIC;
}

/* What a link leads to that leads to nothing, as the name to go on with. 0, or an errno or CHANGE_NATIVE. */
static int follow(const struct place *at, struct request *request, int *base)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_MAGICLINKS };
	int there = (int)syscall(SYS_openat2, at->directory, at->name, &how, sizeof(how));
	struct stat status;
	ssize_t length;

	if (there >= 0)
		close(there);
	/* Whether a link in a directory of everybody's may be followed is for the kernel to say. */
	if (there >= 0 || errno != ENOENT || request->resolve || (request->open & (O_NOFOLLOW | O_EXCL)) ||
	    fstat(at->directory, &status) || (status.st_mode & (S_ISVTX | S_IWOTH)) == (S_ISVTX | S_IWOTH))
		return CHANGE_NATIVE;
	length = readlinkat(at->directory, at->name, request->to, sizeof(request->to) - 1);
	if (length <= 0)
		return CHANGE_NATIVE;
	request->to[length] = '\0';
	*base = *request->to == '/' ? open("/", O_PATH | O_DIRECTORY | O_CLOEXEC) : dup(at->directory);
	return *base < 0 ? errno : 0;
}

/* Of a file that is there, and one to be made, alike; never waiting, as for a pipe that took its place. */
static int open_at(const struct place *at, const struct request *request, int *opened)
{
	int file = openat(at->directory, at->name, (int)request->open | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
			  (mode_t)request->mode & 07777);
	struct stat status;

	if (file < 0)
		return errno == EWOULDBLOCK || errno == ELOOP || errno == ENXIO ? CHANGE_NATIVE : errno;
	if (fstat(file, &status) || !S_ISREG(status.st_mode)) {
		close(file);
		return CHANGE_NATIVE;
	}
	if (!(request->open & O_NONBLOCK))
		fcntl(file, F_SETFL, fcntl(file, F_GETFL) & ~O_NONBLOCK);
	*opened = file;
	return 0;
}

/* `*next` is where to go on from, with the name in the request, where the name was a link; else -1. */
static int open_once(const struct walls *walls, struct request *request, int base, int *next, int *opened)
{
	struct place at = { .directory = -1 };
	struct stat status;
	int error = find_place(&at, base, request->to, request->resolve);

	*next = -1;
	if (error)
		return error == ELOOP ? CHANGE_NATIVE : error;
	if (is_dots(at.name) || strchr(at.name, '/') || is_proc(at.directory))
		error = CHANGE_NATIVE;
	else if (names_keep(walls, at.path))
		error = EACCES;
	else if (fstatat(at.directory, at.name, &status, AT_SYMLINK_NOFOLLOW))
		error = errno == ENOENT ? open_at(&at, request, opened) : errno;
	else if (S_ISREG(status.st_mode))
		error = open_at(&at, request, opened);
	else
		error = S_ISLNK(status.st_mode) ? follow(&at, request, next) : CHANGE_NATIVE;
	close(at.directory);
	return error;
}

static int open_it(const struct walls *walls, struct request *request, int base, int *opened)
{
	int error, next, at = base, links;

	for (links = 0; links < LINKS_MOST; links++) {
		error = open_once(walls, request, at, &next, opened);
		if (at != base)
			close(at);
		if (next < 0)
			return error;
		at = next;
	}
	close(at);
	return ELOOP;
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
		return open_it(walls, request, bases[1], made);
	if (asked_of_file(request->change))
		return change_file(walls, request, bases, made);
	error = find_place(&to, bases[1], request->to, 0);
	if (error)
		return as_refused(error);
	/* Refused by the kernel whatever it is called with: EEXIST, EBUSY. */
	if (!is_dots(to.name) && names_keep(walls, to.path))
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
