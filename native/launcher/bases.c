/* SPDX-License-Identifier: Apache-2.0 */
/* Names and where they begin (proc_pid_cwd(5), proc_pid_fd(5)). See bases.h. */
#include "bases.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "caller.h"
#include "changes.h"

#define FROM_DIRECTORY	(RESOLVE_BENEATH | RESOLVE_IN_ROOT)

/* Where a name begins: the caller's root, the directory that it works in, or one that it has open. */
static int open_base(const struct caller *caller, int directory, const char *name)
{
	char path[64];

	if (*name == '/')
		snprintf(path, sizeof(path), "/proc/%u/root", caller->tid);
	else if (directory == AT_FDCWD)
		snprintf(path, sizeof(path), "/proc/%u/cwd", caller->tid);
	else
		snprintf(path, sizeof(path), "/proc/%u/fd/%d", caller->tid, directory);
	return open(path, O_PATH | O_CLOEXEC);
}

/* N of "/proc/self/fd/N" and its like, by which an unnamed file gets a name; -1 for any other. */
static int descriptor_of(const char *name)
{
	int number, end;

	if (sscanf(name, "/proc/self/fd/%d%n", &number, &end) == 1 && !name[end])
		return number;
	if (sscanf(name, "/proc/thread-self/fd/%d%n", &number, &end) == 1 && !name[end])
		return number;
	return sscanf(name, "/dev/fd/%d%n", &number, &end) == 1 && !name[end] ? number : -1;
}

/* A name that means a descriptor, or none beside one: that is where to begin, and what is meant. */
static void of_descriptor(struct request *request, char *name, int *directory, bool follows)
{
	int number = follows ? descriptor_of(name) : -1;

	if (!*name && request->flags & AT_EMPTY_PATH && *directory != AT_FDCWD)
		number = *directory;
	if (number < 0)
		return;
	request->file = true;
	strcpy(name, ".");		/* not absolute: begins at the descriptor */
	*directory = number;
}

int bases_names(struct request *request, struct asked *asked, const struct caller *caller)
{
	int error = asked->from ? caller_name(caller, asked->from, request->from, sizeof(request->from)) : 0;

	if (asked->unnamed)
		*request->to = '\0';
	else if (!error && asked->change != CHANGE_BIND)
		error = caller_name(caller, asked->to, request->to, sizeof(request->to));
	if (error)
		return error;
	if (asked->change == CHANGE_LINK)
		of_descriptor(request, request->from, &asked->from_directory, request->flags & AT_SYMLINK_FOLLOW);
	else if (asked_of_file(asked->change))
		of_descriptor(request, request->to, &asked->to_directory, !(request->flags & AT_SYMLINK_NOFOLLOW));
	if (asked->from)
		request->from_bytes = (uint32_t)strlen(request->from) + 1;
	request->to_bytes = (uint32_t)strlen(request->to) + 1;
	return 0;
}

int bases_open(const struct request *request, const struct asked *asked, const struct caller *caller, int *bases)
{
	bool other = asked->change == CHANGE_WATCH || asked->change == CHANGE_BIND;

	if (other)
		bases[0] = caller_descriptor(caller, asked->descriptor);
	else if (asked_two(asked->change))
		bases[0] = open_base(caller, asked->from_directory, request->from);
	/* There a name with a slash before it begins at the directory too. */
	bases[1] = open_base(caller, asked->to_directory, asked->resolve & FROM_DIRECTORY ? "" : request->to);
	return bases[1] < 0 || ((other || asked_two(asked->change)) && bases[0] < 0) ? EBADF : 0;
}

void bases_close(const int *bases)
{
	if (bases[0] >= 0)
		close(bases[0]);
	if (bases[1] >= 0)
		close(bases[1]);
}
