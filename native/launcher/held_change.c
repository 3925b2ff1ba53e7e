/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes of names that were held and have been granted: made for the command by the host's names, past the walls, as the
 * command's user. Where a call has two names, both are to be granted. See hold.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "caller.h"
#include "changes.h"
#include "give.h"
#include "hold.h"
#include "names.h"
#include "walls.h"

/* The path that a name means to the caller, itself and not what it leads to. 0, or -1. */
static int path_of_name(const struct caller *caller, int directory, uint64_t address, char *path)
{
	char name[PATH_MAX];
	size_t length;

	if (caller_string(caller, address, name, sizeof(name)))
		return -1;
	for (length = strlen(name); length > 1 && name[length - 1] == '/';)
		name[--length] = '\0';
	return caller_resolve(caller, directory, name, true, path, PATH_MAX);
}

/* Attributes that only a system may set: we could, and the command could not. */
static bool is_of_system(const struct request *request)
{
	return request->change == CHANGE_ATTRIBUTE && strncmp(request->attribute, "user.", strlen("user.")) != 0;
}

/* As hold_change(), once the caller and what it asks for are known. An errno, 0 where it is made, -1: not granted. */
static int make(struct hold *hold, const struct walls *walls, uint64_t id, struct caller *caller, const struct asked *asked)
{
	static const struct walls nothing;
	static struct request request;
	bool two = asked_two(asked->change);
	char from[PATH_MAX] = "", to[PATH_MAX];
	int bases[2] = { -1, -1 }, opened, error;

	if (path_of_name(caller, asked->to_directory, asked->to, to) ||
	    (two && path_of_name(caller, asked->from_directory, asked->from, from)) ||
	    (asked->change == CHANGE_SYMLINK && caller_string(caller, asked->from, from, sizeof(from))))
		return -1;
	memset(&request, 0, sizeof(request));
	if (asked_details(asked, caller, &request) || is_of_system(&request) ||
	    ioctl(hold->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id))
		return -1;
	if (!hold_granted(hold, GRANT_WRITE, to) || (two && !hold_granted(hold, GRANT_WRITE, from)))
		return -1;
	/* A yes is to what was asked about: places inside that are kept for other reasons stay where they are. */
	if (asked->change == CHANGE_RENAME && (names_inside(walls, from) || names_inside(walls, to)))
		return EACCES;
	if (asked_of_file(asked->change))
		request.flags |= AT_SYMLINK_NOFOLLOW;
	if (*from)
		strcpy(request.from, from);
	bases[0] = two ? hold_parent(from, request.from) : -1;
	bases[1] = hold_parent(to, request.to);
	caller_become(caller);
	error = bases[1] < 0 || (two && bases[0] < 0) ? ENOENT : change_make(&nothing, &request, bases, &opened);
	caller_unbecome(caller);
	if (bases[0] >= 0)
		close(bases[0]);
	if (bases[1] >= 0)
		close(bases[1]);
	return error;
}

bool hold_change(struct hold *hold, const struct walls *walls, const struct seccomp_notif *call)
{
	struct asked asked;
	struct caller caller;
	int error;

	if (!hold->grant_count || !asked_read(&call->data, &asked) || asked.change == CHANGE_OPEN ||
	    asked.change == CHANGE_WATCH || asked.change == CHANGE_BIND || asked_is_refused(&asked) || caller_read(&caller, call->pid))
		return false;
	error = make(hold, walls, call->id, &caller, &asked);
	if (error < 0)
		return false;
	give_error(hold->listener, call->id, error);
	return true;
}
