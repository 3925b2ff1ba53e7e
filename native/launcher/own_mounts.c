/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts by their numbers (proc_pid_mountinfo(5); STATX_MNT_ID, Linux 5.8). See own_mounts.h. */
#include "own_mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#ifndef STATX_MNT_ID
#define STATX_MNT_ID	0x1000U
#endif

static uint64_t *mounts;	/* ascending */
static size_t mount_count;

static int compare(const void *a, const void *b)
{
	const uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;

	return (one > other) - (one < other);
}

static int add(uint64_t number)
{
	uint64_t *more;

	/* Room for a power of two is full. */
	if (!(mount_count & (mount_count - 1))) {
		more = realloc(mounts, (mount_count ? 2 * mount_count : 1) * sizeof(*mounts));
		if (!more)
			return -1;
		mounts = more;
	}
	mounts[mount_count++] = number;
	return 0;
}

int own_mounts_read(pid_t pid)
{
	char path[64], *line = NULL;
	FILE *file;
	size_t room = 0;
	int failed = 0;

	snprintf(path, sizeof(path), "/proc/%d/mountinfo", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return -1;
	while (!failed && getline(&line, &room, file) > 0)
		failed = add(strtoull(line, NULL, 10));
	free(line);
	fclose(file);
	qsort(mounts, mount_count, sizeof(*mounts), compare);
	return failed;
}

bool own_mounts_have(int fd)
{
	struct statx status;
	uint64_t number;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_MNT_ID, &status))
		return false;
	if (!S_ISDIR(status.stx_mode))
		return true;
	number = status.stx_mnt_id;
	return (status.stx_mask & STATX_MNT_ID) && bsearch(&number, mounts, mount_count, sizeof(*mounts), compare);
}
