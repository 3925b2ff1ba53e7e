/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens that were held and have been granted: performed by the host's name for the file, past the walls, as the command's
 * user. See hold.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "caller.h"
#include "give.h"
#include "hold.h"

/* What an open that is performed may ask for; the rest is dropped. */
#define KEPT_FLAGS	(O_ACCMODE | O_NOCTTY | O_TRUNC | O_APPEND | O_NONBLOCK | O_DSYNC | O_SYNC | O_DIRECTORY | \
			 O_NOATIME | O_CLOEXEC)

/* What an open asks for. False for a call that is never performed here. */
struct request {
	int directory;
	uint64_t name;
	uint64_t flags;
	mode_t mode;
};

static bool request_of(struct caller *caller, const struct seccomp_data *data, struct request *request)
{
	struct { uint64_t flags, mode, resolve; } how;

	*request = (struct request){ .directory = AT_FDCWD, .name = data->args[0] };
	switch (data->nr) {
#ifdef SYS_open
	case SYS_open:
		request->flags = data->args[1];
		request->mode = (mode_t)data->args[2];
		break;
	case SYS_creat:
		request->flags = O_CREAT | O_WRONLY | O_TRUNC;
		request->mode = (mode_t)data->args[1];
		break;
#endif
	case SYS_openat:
		request->directory = (int)data->args[0];
		request->name = data->args[1];
		request->flags = data->args[2];
		request->mode = (mode_t)data->args[3];
		break;
	case SYS_openat2:
		request->directory = (int)data->args[0];
		request->name = data->args[1];
		if (data->args[3] != sizeof(how) || caller_bytes(caller, data->args[2], &how, sizeof(how)) || how.resolve)
			return false;
		request->flags = how.flags;
		request->mode = (mode_t)how.mode;
		break;
	default:
		return false;
	}
	return !(request->flags & O_PATH) && (request->flags & O_TMPFILE) != O_TMPFILE;
}

static bool is_granted(struct hold *hold, const struct request *request, const char *path)
{
	int access = (int)(request->flags & O_ACCMODE);
	bool writes = access != O_RDONLY || (request->flags & (O_TRUNC | O_CREAT));
	bool reads = access != O_WRONLY;

	return (!reads || hold_granted(hold, GRANT_READ, path)) && (!writes || hold_granted(hold, GRANT_WRITE, path));
}

int hold_place(const char *path, int flags)
{
	struct { uint64_t flags, mode, resolve; } how = {
		.flags = (uint64_t)(flags | O_PATH | O_CLOEXEC),
		.resolve = 0x04 | 0x02,		/* RESOLVE_NO_SYMLINKS, RESOLVE_NO_MAGICLINKS */
	};

	return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

/* A file that is there: opened by what was looked at, so that it is no device and nothing that blocks. */
static int open_again(int place, const struct request *request)
{
	char path[64];
	struct stat status;

	if (fstat(place, &status))
		return -1;
	if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) {
		errno = EACCES;
		return -1;
	}
	if ((request->flags & O_CREAT) && (request->flags & O_EXCL)) {
		errno = EEXIST;
		return -1;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", place);
	return open(path, (int)(request->flags & KEPT_FLAGS) | O_CLOEXEC);
}

int hold_parent(const char *path, char *name)
{
	char parent[PATH_MAX];
	char *last;

	strcpy(parent, path);
	last = strrchr(parent, '/');
	*last++ = '\0';
	strcpy(name, last);
	return hold_place(*parent ? parent : "/", O_DIRECTORY);
}

static int create(const char *path, const struct request *request)
{
	char name[PATH_MAX];
	int directory = hold_parent(path, name), fd, error;

	if (directory < 0)
		return -1;
	fd = openat(directory, name, (int)(request->flags & KEPT_FLAGS) | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    request->mode & 0777);
	error = errno;
	close(directory);
	errno = error;
	return fd;
}

/* By the host's name for it, which is the command's name for it; as the command's user. */
static int open_granted(const char *path, const struct request *request)
{
	int place = hold_place(path, O_NOFOLLOW), fd, error;

	if (place < 0)
		return errno == ENOENT && (request->flags & O_CREAT) ? create(path, request) : -1;
	fd = open_again(place, request);
	error = errno;
	close(place);
	errno = error;
	return fd;
}

bool hold_file(struct hold *hold, const struct seccomp_notif *call)
{
	char name[PATH_MAX], path[PATH_MAX];
	struct request request;
	struct caller caller;
	bool granted;
	int fd;

	if (!hold->grant_count || caller_read(&caller, call->pid))
		return false;
	granted = request_of(&caller, &call->data, &request) &&
		  !caller_string(&caller, request.name, name, sizeof(name)) &&
		  !caller_resolve(&caller, request.directory, name, request.flags & O_NOFOLLOW, path, sizeof(path)) &&
		  !ioctl(hold->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &call->id) && is_granted(hold, &request, path);
	if (!granted)
		return false;
	caller_become(&caller);
	fd = open_granted(path, &request);
	caller_unbecome(&caller);	/* errno stays */
	if (fd < 0)
		give_error(hold->listener, call->id, errno);
	else
		give_file(hold->listener, call->id, fd, request.flags & O_CLOEXEC);
	return true;
}
