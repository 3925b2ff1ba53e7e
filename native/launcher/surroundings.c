/* SPDX-License-Identifier: Apache-2.0 */
/* A command's surroundings. See surroundings.h. */
#include "surroundings.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* execve(2) takes a quarter of the stack's limit, 2 MiB as a rule; 6 MiB whatever the limit is. */
#define ENVIRONMENT_BYTES	(6u << 20)

/* All of `fd`, with a NUL behind it. */
static char *read_all(int fd, size_t *length)
{
	size_t room = 1u << 16, used = 0;
	char *text = malloc(room);

	while (text) {
		ssize_t got = read(fd, text + used, room - used - 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			break;
		used += (size_t)got;
		if (!got) {
			text[used] = '\0';
			*length = used;
			return text;
		}
		if (used + 1 == room) {
			char *more = room < ENVIRONMENT_BYTES ? realloc(text, room * 2) : NULL;

			if (!more) {
				errno = room < ENVIRONMENT_BYTES ? ENOMEM : E2BIG;
				break;
			}
			text = more;
			room *= 2;
		}
	}
	free(text);
	return NULL;
}

static char **strings_of(char *text, size_t length)
{
	size_t count = 0, at, i;
	char **strings;

	for (at = 0; at < length; at++)
		count += !text[at];
	if (length && text[length - 1]) {
		errno = EINVAL;
		return NULL;
	}
	strings = calloc(count + 1, sizeof(*strings));
	for (i = 0, at = 0; strings && i < count; i++, at += strlen(text + at) + 1) {
		strings[i] = text + at;
		if (text[at] == '=' || !strchr(text + at, '=')) {
			errno = EINVAL;
			return NULL;
		}
	}
	return strings;
}

char **environment_read(int fd)
{
	size_t length = 0;
	char *text = read_all(fd, &length);
	char **strings = text ? strings_of(text, length) : NULL;

	if (!strings)
		return NULL;
	close(fd);
	return strings;
}

int session_begin(void)
{
	int fd;

	if (setsid() < 0)
		return -1;
	for (fd = 0; fd <= 2; fd++)
		/* Without force: a terminal that somebody's session has stays theirs. */
		if (isatty(fd))
			return ioctl(fd, TIOCSCTTY, 0) && errno != EPERM ? -1 : 0;
	return 0;
}

static int ordinary_oom_score(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	ssize_t written;

	if (fd < 0)
		return -1;
	written = write(fd, "0", 1);
	close(fd);
	return written == 1 ? 0 : -1;
}

/* One value and the character behind it. */
static bool read_limit(const char **text, rlim_t *value, const char *behind)
{
	char *end;

	if (!strncmp(*text, "unlimited", 9)) {
		*value = RLIM_INFINITY;
		end = (char *)*text + 9;
	} else {
		if (**text < '0' || **text > '9')
			return false;
		*value = strtoull(*text, &end, 10);
	}
	*text = *end ? end + 1 : end;
	return strchr(behind, *end);
}

/* The next of them; false at their end, and where they are not understood, with `resource` -1. */
static bool next_limit(const char **text, int *resource, struct rlimit *limit)
{
	rlim_t number = 0;

	*resource = 0;
	if (!**text)
		return false;
	if (!read_limit(text, &number, "=") || number >= RLIM_NLIMITS || !read_limit(text, &limit->rlim_cur, ":") ||
	    !read_limit(text, &limit->rlim_max, ",")) {
		*resource = -1;
		return false;
	}
	*resource = (int)number;
	return true;
}

bool limits_understood(const char *limits)
{
	struct rlimit limit;
	int resource;

	while (next_limit(&limits, &resource, &limit))
		;
	return resource >= 0;
}

/* To raise a hard limit takes CAP_SYS_RESOURCE, which root in a container may lack: then it stays as it is. */
static int take_limit(int resource, struct rlimit limit)
{
	struct rlimit own;

	if (!setrlimit(resource, &limit))
		return 0;
	if (errno != EPERM || getrlimit(resource, &own))
		return -1;
	limit.rlim_max = own.rlim_max;
	if (limit.rlim_cur > limit.rlim_max)
		limit.rlim_cur = limit.rlim_max;
	return setrlimit(resource, &limit);
}

int limits_take(const char *limits)
{
	struct rlimit limit;
	int resource;

	while (next_limit(&limits, &resource, &limit))
		if (take_limit(resource, limit))
			return -1;
	return ordinary_oom_score();
}

bool signal_is_groups(int number)
{
	return number == SIGINT || number == SIGQUIT || number == SIGTSTP || number == SIGCONT || number == SIGWINCH;
}
