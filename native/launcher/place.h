/* SPDX-License-Identifier: Apache-2.0 */
/* Where a name really is: what it means is judged, not what it was called. */
#ifndef WARDER_LAUNCHER_PLACE_H
#define WARDER_LAUNCHER_PLACE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where a name really is: its directory, and the last part of it as it was passed, slashes at its end included. */
struct place {
	int directory;
	const char *name;
	char path[PATH_MAX];		/* of what the name means */
};

/* What is too deep to be named whole is refused, as the kernel's programs refuse it, and told for that. */
int place_path(int fd, char *path, size_t room);

/*
 * Find where `name` is, from directory `base`. What it means is judged, not what it was called. 0, or an errno: ELOOP for
 * a link that is not followed.
 */
int place_find(struct place *place, int base, char *name, uint64_t resolve);

/* "." and ".." mean a directory by another name than its own; the kernel refuses to rename or link them. */
bool place_is_dots(const char *name);

#endif
