/* SPDX-License-Identifier: Apache-2.0 */
/* Masks. See masks.h. */
#include "masks.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define MASK_FILE	"file"
#define MASK_DIRECTORY	"directory"
/* Where the masks hang while they are laid: open_tree(2) clones attached mounts only, before 6.15. */
#define HANG_AT		"/proc"

static int write_map(pid_t pid, const char *file)
{
	/* One id that is not root's: root's stays without a name on the mount. */
	static const char map[] = "1 1 1\n";
	char path[64];
	int fd, error;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	error = write(fd, map, sizeof(map) - 1) == (ssize_t)sizeof(map) - 1 ? 0 : errno;
	close(fd);
	errno = error;
	return error ? -1 : 0;
}

/* A user namespace that does not know root, as a descriptor; -1 where there are none to be had. */
static int strange_namespace(void)
{
	pid_t pid = (pid_t)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
	char path[64];
	int fd = -1, status;

	if (pid < 0)
		return -1;
	if (!pid)
		for (;;)
			pause();
	if (!write_map(pid, "uid_map") && !write_map(pid, "gid_map")) {
		snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
		fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return fd;
}

/* Take root's ownership away from what lies on `mount`. Where the kernel cannot, the masks are as strong as masks.h says. */
static void disown(int mount)
{
	int fd = strange_namespace();
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP };

	if (fd < 0)
		return;
	attr.userns_fd = (unsigned long long)fd;
	mount_setattr(mount, "", AT_EMPTY_PATH, &attr, sizeof(attr));
	close(fd);
}

static int fill(int mount)
{
	if (mknodat(mount, MASK_FILE, S_IFCHR, makedev(0, 0)))
		return -1;
	return mkdirat(mount, MASK_DIRECTORY, 0);
}

int masks_make(struct masks *masks)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
	int context = fsopen("tmpfs", FSOPEN_CLOEXEC);

	masks->root = -1;
	if (context < 0)
		return -1;
	if (fsconfig(context, FSCONFIG_SET_STRING, "nr_inodes", "8", 0) ||
	    fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return -1;
	masks->root = fsmount(context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	if (masks->root < 0 || fill(masks->root))
		return -1;
	disown(masks->root);
	if (mount_setattr(masks->root, "", AT_EMPTY_PATH, &attr, sizeof(attr)))
		return -1;
	close(context);
	return move_mount(masks->root, "", AT_FDCWD, HANG_AT, MOVE_MOUNT_F_EMPTY_PATH);
}

int masks_lay(const struct masks *masks, int place, bool directory)
{
	int mask = open_tree(masks->root, directory ? MASK_DIRECTORY : MASK_FILE, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	int error;

	if (mask < 0)
		return -1;
	error = move_mount(mask, "", place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) ? errno : 0;
	close(mask);
	errno = error;
	return error ? -1 : 0;
}

int masks_release(struct masks *masks)
{
	close(masks->root);
	masks->root = -1;
	return umount2(HANG_AT, MNT_DETACH);
}
