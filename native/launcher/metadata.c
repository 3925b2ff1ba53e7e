/* SPDX-License-Identifier: Apache-2.0 */
/* Owner, times, attributes (chown(2), utimensat(2), xattr(7)), and bind(2) of unix sockets. See metadata.h. */
#include "metadata.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "changes.h"

static bool read_owner(struct asked *asked, int directory, uint64_t name, uint64_t owner, uint64_t group, uint64_t flags)
{
	asked->change = CHANGE_OWNER;
	asked->to_directory = directory;
	asked->to = name;
	asked->owner = (uid_t)owner;
	asked->group = (gid_t)group;
	asked->flags = (unsigned int)flags;
	return true;
}

static bool read_times(struct asked *asked, int directory, uint64_t name, enum times_form form, uint64_t times,
		       uint64_t flags)
{
	asked->change = CHANGE_TIMES;
	asked->to_directory = directory;
	asked->to = name;
	asked->form = form;
	asked->details = times;
	asked->flags = (unsigned int)flags;
	return name || asked_unnamed(asked, directory);
}

static bool read_attribute(struct asked *asked, const struct seccomp_data *data, bool removes, unsigned int flags)
{
	asked->change = CHANGE_ATTRIBUTE;
	asked->to_directory = AT_FDCWD;
	asked->to = data->args[0];
	asked->attribute = data->args[1];
	asked->removes = removes;
	asked->flags = flags;
	if (removes)
		return true;
	asked->details = data->args[2];
	asked->details_bytes = data->args[3];
	asked->mode = (uint32_t)data->args[4];
	return true;
}

bool asked_read_metadata(const struct seccomp_data *data, struct asked *asked)
{
	const __u64 *a = data->args;

	*asked = (struct asked){ .from_directory = AT_FDCWD };
	switch (data->nr) {
#ifdef SYS_chown
	case SYS_chown:
		return read_owner(asked, AT_FDCWD, a[0], a[1], a[2], 0);
	case SYS_lchown:
		return read_owner(asked, AT_FDCWD, a[0], a[1], a[2], AT_SYMLINK_NOFOLLOW);
	case SYS_utime:
		return read_times(asked, AT_FDCWD, a[0], TIMES_SECONDS, a[1], 0);
	case SYS_utimes:
		return read_times(asked, AT_FDCWD, a[0], TIMES_MICROSECONDS, a[1], 0);
	case SYS_futimesat:
		return read_times(asked, (int)a[0], a[1], TIMES_MICROSECONDS, a[2], 0);
#endif
	case SYS_fchown:
		return read_owner(asked, 0, 0, a[1], a[2], 0) && asked_unnamed(asked, (int)a[0]);
	case SYS_fchownat:
		return read_owner(asked, (int)a[0], a[1], a[2], a[3], a[4]);
	case SYS_utimensat:
		return read_times(asked, (int)a[0], a[1], TIMES_NANOSECONDS, a[2], a[3]);
	case SYS_setxattr:
		return read_attribute(asked, data, false, 0);
	case SYS_lsetxattr:
		return read_attribute(asked, data, false, AT_SYMLINK_NOFOLLOW);
	case SYS_fsetxattr:
		return read_attribute(asked, data, false, 0) && asked_unnamed(asked, (int)a[0]);
	case SYS_fremovexattr:
		return read_attribute(asked, data, true, 0) && asked_unnamed(asked, (int)a[0]);
	case SYS_removexattr:
		return read_attribute(asked, data, true, 0);
	case SYS_lremovexattr:
		return read_attribute(asked, data, true, AT_SYMLINK_NOFOLLOW);
	case SYS_bind:
		*asked = (struct asked){ .change = CHANGE_BIND, .descriptor = (int)a[0], .from_directory = AT_FDCWD,
					 .to_directory = AT_FDCWD, .details = a[1], .details_bytes = (uint32_t)a[2] };
		return true;
	default:
		return false;
	}
}

static int details_of_times(const struct asked *asked, const struct caller *caller, struct request *request)
{
	bool seconds = asked->form == TIMES_SECONDS;
	int64_t numbers[4];
	int i;

	request->now = !asked->details;
	if (request->now)
		return 0;
	if (caller_bytes(caller, asked->details, numbers, seconds ? sizeof(numbers) / 2 : sizeof(numbers)))
		return EFAULT;
	for (i = 0; i < 2; i++) {
		request->times[i].tv_sec = numbers[seconds ? i : 2 * i];
		request->times[i].tv_nsec = seconds ? 0 : numbers[2 * i + 1];
		if (asked->form != TIMES_MICROSECONDS)
			continue;
		if (request->times[i].tv_nsec < 0 || request->times[i].tv_nsec >= 1000000)
			return EINVAL;
		request->times[i].tv_nsec *= 1000;
	}
	return 0;
}

/* One that does not fit where names do is refused: those of files that a system has are some hundred bytes. */
static int details_of_attribute(const struct asked *asked, const struct caller *caller, struct request *request)
{
	int error = caller_name(caller, asked->attribute, request->attribute, sizeof(request->attribute));

	if (error)
		return error == ENAMETOOLONG ? ERANGE : error;
	request->removes = asked->removes;
	if (asked->details_bytes > sizeof(request->from))
		return E2BIG;
	request->from_bytes = (uint32_t)asked->details_bytes;
	return request->from_bytes && caller_bytes(caller, asked->details, request->from, request->from_bytes) ? EFAULT : 0;
}

/* Nobody in the run makes a socket with a name by itself (landlock_make_none()), so that what gives none may go on. */
static int details_of_bind(const struct asked *asked, const struct caller *caller, struct request *request)
{
	struct sockaddr_un address = { 0 };
	size_t head = offsetof(struct sockaddr_un, sun_path), length = asked->details_bytes;

	if (length <= head || length > sizeof(address) || caller_bytes(caller, asked->details, &address, length) ||
	    address.sun_family != AF_UNIX || !*address.sun_path)
		return CHANGE_NATIVE;
	snprintf(request->to, sizeof(request->to), "%.*s", (int)(length - head), address.sun_path);
	return 0;
}

int asked_details(const struct asked *asked, const struct caller *caller, struct request *request)
{
	request->change = asked->change;
	request->flags = asked->flags;
	request->open = asked->open;
	request->resolve = asked->resolve;
	request->mode = asked->mode;
	request->length = asked->length;
	request->owner = asked->owner;
	request->group = asked->group;
	switch (asked->change) {
	case CHANGE_TIMES:
		return details_of_times(asked, caller, request);
	case CHANGE_ATTRIBUTE:
		return details_of_attribute(asked, caller, request);
	case CHANGE_BIND:
		return details_of_bind(asked, caller, request);
	default:
		return 0;
	}
}

/* By way of /proc a link is meant itself where it was not followed. */
int metadata_change(const struct request *request, int file)
{
	char link[sizeof("/proc/self/fd/2147483647")];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", file);
	switch (request->change) {
	case CHANGE_OWNER:
		return fchownat(file, "", request->owner, request->group, AT_EMPTY_PATH) ? errno : 0;
	case CHANGE_TIMES:
		return utimensat(AT_FDCWD, link, request->now ? NULL : request->times, 0) ? errno : 0;
	default:
		if (request->removes)
			return removexattr(link, request->attribute) ? errno : 0;
		return setxattr(link, request->attribute, request->from, request->from_bytes, (int)request->mode) ? errno : 0;
	}
}

/*
 * By the words that the caller has for it, which the socket goes by from then on: from its directory they mean what was
 * judged, for all who could change that wait for this.
 */
int metadata_bind(const struct request *request, int socket, int base)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strlen(request->to);
	socklen_t room = sizeof(int);
	int domain, error;

	if (getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &domain, &room))
		return errno;
	if (domain != AF_UNIX)
		return EINVAL;
	memcpy(address.sun_path, request->to, length);
	if (fchdir(base))
		return errno;
	error = bind(socket, (const struct sockaddr *)&address,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) ? errno : 0;
	return chdir("/") ? errno : error;
}
