/* SPDX-License-Identifier: Apache-2.0 */
/* Standard descriptors in the run's own view (open_tree(2), Linux 5.2; mount_setattr(2), 5.12). See inputs.h. */
#include "inputs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/major.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define LINK_BYTES	sizeof("/proc/self/fd/2147483647")
/* Of how it is open; what an open alone means is over. */
#define KEPT_FLAGS	(O_ACCMODE | O_APPEND | O_NONBLOCK | O_DSYNC | O_SYNC | O_DIRECT | O_NOATIME)

static bool is_memory(const struct stat *status)
{
	return S_ISCHR(status->st_mode) && major(status->st_rdev) == MEM_MAJOR;
}

/* Whether it is to be opened anew; closed ones are not. */
static bool is_wanted(int fd, struct stat *status)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fstat(fd, status))
		return false;
	if (S_ISREG(status->st_mode))
		return status->st_nlink && (flags & O_PATH || (flags & O_ACCMODE) == O_RDONLY);
	return is_memory(status);
}

/* The file alone, on a mount where nothing can be changed or run. */
static int own_tree(int fd)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSUID };
	int tree = open_tree(fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (tree < 0)
		return errno == EINVAL ? -1 : -2;	/* of another namespace: to be found by its name, or not at all */
	if (!mount_setattr(tree, "", AT_EMPTY_PATH, &attr, sizeof(attr)))
		return tree;
	close(tree);
	return -2;
}

int inputs_take(struct inputs *inputs)
{
	struct stat status;
	int fd;

	for (fd = 0; fd < INPUTS; fd++) {
		inputs->trees[fd] = is_wanted(fd, &status) ? own_tree(fd) : -1;
		if (inputs->trees[fd] < -1)
			return -1;
	}
	return 0;
}

/* What its name means in the run's own view: O_PATH, or -1. */
static int by_name(int fd, const struct stat *wanted)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };
	char link[LINK_BYTES], path[PATH_MAX];
	struct stat status;
	ssize_t length;
	bool same;
	int found;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof(path) - 1);
	if (length <= 0 || *path != '/')
		return -1;
	path[length] = '\0';
	found = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
	if (found < 0)
		return -1;
	same = !fstat(found, &status) && (status.st_mode & S_IFMT) == (wanted->st_mode & S_IFMT) &&
	       (is_memory(wanted) ? status.st_rdev == wanted->st_rdev :
				    status.st_dev == wanted->st_dev && status.st_ino == wanted->st_ino);
	if (same)
		return found;
	close(found);
	return -1;
}

/* The same open file, by way of `place`, in the stead of `fd`. 0, or -1 with errno. */
static int replace(int fd, int place)
{
	int flags = fcntl(fd, F_GETFL) & (KEPT_FLAGS | O_PATH), again;
	off_t offset = lseek(fd, 0, SEEK_CUR);
	char link[LINK_BYTES];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", place);
	again = open(link, flags | O_NOCTTY | O_CLOEXEC);
	if (again < 0)
		return -1;
	if (offset > 0)
		lseek(again, offset, SEEK_SET);
	if (dup2(again, fd) < 0)
		return -1;
	return close(again);
}

int inputs_open_anew(struct inputs *inputs)
{
	struct stat status;
	int fd;

	for (fd = 0; fd < INPUTS; fd++) {
		int place, failed;

		if (!is_wanted(fd, &status))
			continue;
		place = by_name(fd, &status);
		if (place < 0)
			place = fcntl(inputs->trees[fd], F_DUPFD_CLOEXEC, 3);
		failed = place < 0 ? -1 : replace(fd, place);
		if (failed && place < 0)
			errno = EXDEV;
		if (failed)
			return -1;
		close(place);
		if (inputs->trees[fd] >= 0)
			close(inputs->trees[fd]);
	}
	return 0;
}
