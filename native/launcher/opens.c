/* SPDX-License-Identifier: Apache-2.0 */
/* Opens that may make a file (open(2), openat2(2)). See opens.h. */
#include "opens.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "changes.h"
#include "names.h"
#include "place.h"

/* Links that lead to a file that is to be made: as many as the kernel follows. */
#define LINKS_MOST	40

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
	int error = place_find(&at, base, request->to, request->resolve);

	*next = -1;
	if (error)
		return error == ELOOP ? CHANGE_NATIVE : error;
	if (place_is_dots(at.name) || strchr(at.name, '/') || is_proc(at.directory))
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

int opens_make(const struct walls *walls, struct request *request, int base, int *opened)
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
