/* SPDX-License-Identifier: Apache-2.0 */
/* Where names are (openat2(2), proc_pid_fd(5)). See place.h. */
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

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

int place_path(int fd, char *path, size_t room)
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

int place_find(struct place *place, int base, char *name, uint64_t resolve)
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
	if (place_path(place->directory, place->path, sizeof(place->path)))
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

bool place_is_dots(const char *name)
{
	size_t length = strcspn(name, "/");

	return (length == 1 && name[0] == '.') || (length == 2 && name[0] == '.' && name[1] == '.');
}
