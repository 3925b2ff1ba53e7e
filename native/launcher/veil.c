/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Veils. See veil.h.
 *
 * The places to be kept are taken as mounts of their own first; then the empty
 * tmpfs, with a directory or an empty file for each, goes over all; then they are
 * hung where they were.
 */
#include "veil.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "walls.h"

#define KEEP_MOST	256U

/* The path relative to the veil, or NULL when it does not lie under it. */
static const char *below(const char *veil, const char *path)
{
	size_t length = strlen(veil);

	return !strncmp(path, veil, length) && path[length] == '/' ? path + length + 1 : NULL;
}

static int take_tree(const char *path, bool *directory)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };
	int place = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
	struct stat status;
	int tree;

	if (place < 0)
		return -1;
	if (fstat(place, &status)) {
		close(place);
		return -1;
	}
	*directory = S_ISDIR(status.st_mode);
	tree = open_tree(place, "", AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	close(place);
	return tree;
}

/* Make what `path` needs in the empty tree at `root`: its directories, and itself. */
static int make_place(int root, const char *path, bool directory)
{
	char part[PATH_MAX];
	size_t length;
	int fd;

	for (length = strcspn(path, "/"); path[length]; length += 1 + strcspn(path + length + 1, "/")) {
		memcpy(part, path, length);
		part[length] = '\0';
		if (mkdirat(root, part, 0755) && errno != EEXIST)
			return -1;
	}
	if (directory)
		return mkdirat(root, path, 0755) && errno != EEXIST ? -1 : 0;
	fd = openat(root, path, O_CREAT | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0444);
	return fd < 0 ? -1 : close(fd);
}

static int empty_tree(const char *mode)
{
	int context = fsopen("tmpfs", FSOPEN_CLOEXEC), tree = -1;

	if (context < 0)
		return -1;
	if (!fsconfig(context, FSCONFIG_SET_STRING, "mode", mode, 0) &&
	    !fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		tree = fsmount(context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	close(context);
	return tree;
}

int veil_hang(const struct walls *walls, size_t at)
{
	const char *veil = walls->steps[at].text;
	const struct wall *keep = &walls->steps[at + 1];
	bool own = walls->steps[at].kind == WALL_PRIVATE;
	struct mount_attr fixed = { .attr_set = own ? 0 : MOUNT_ATTR_RDONLY };
	int trees[KEEP_MOST], root = empty_tree(own ? "1777" : "0755");
	size_t count, i;

	if (root < 0)
		return -1;
	for (count = 0; at + 1 + count < walls->count && keep[count].kind == WALL_KEEP; count++) {
		const char *path = below(veil, keep[count].text);
		bool directory;

		if (!path || count == KEEP_MOST) {
			errno = path ? E2BIG : EXDEV;
			return -1;
		}
		trees[count] = take_tree(keep[count].text, &directory);
		if (trees[count] < 0 || make_place(root, path, directory))
			return -1;
	}
	if (mount_setattr(root, "", AT_EMPTY_PATH, &fixed, sizeof(fixed)) ||
	    move_mount(root, "", AT_FDCWD, veil, MOVE_MOUNT_F_EMPTY_PATH))
		return -1;
	for (i = 0; i < count; i++) {
		const char *path = below(veil, keep[i].text);

		if (move_mount(trees[i], "", root, path, MOVE_MOUNT_F_EMPTY_PATH))
			return -1;
		close(trees[i]);
	}
	return close(root);
}
