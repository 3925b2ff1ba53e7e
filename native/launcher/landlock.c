/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Landlock. See landlock.h.
 *
 * The numbers are the kernel's (include/uapi/linux/landlock.h, 6.18): headers of
 * the distribution are older than the kernels that this runs on.
 */
#include "landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "walls.h"

#define FS(bit)		(UINT64_C(1) << (bit))
#define FS_EXECUTE	FS(0)
#define FS_WRITE_FILE	FS(1)
#define FS_READ_FILE	FS(2)
#define FS_READ_DIR	FS(3)
#define FS_REMOVE_DIR	FS(4)
#define FS_REMOVE_FILE	FS(5)
#define FS_MAKE_CHAR	FS(6)
#define FS_MAKE_DIR	FS(7)
#define FS_MAKE_REG	FS(8)
#define FS_MAKE_SOCK	FS(9)
#define FS_MAKE_FIFO	FS(10)
#define FS_MAKE_BLOCK	FS(11)
#define FS_MAKE_SYM	FS(12)
#define FS_REFER	FS(13)	/* ABI 2 */
#define FS_TRUNCATE	FS(14)	/* ABI 3 */
#define FS_IOCTL_DEV	FS(15)	/* ABI 5 */
#define SCOPED_ABSTRACT	FS(0)	/* ABI 6 */
#define SCOPED_SIGNAL	FS(1)
#define CREATE_VERSION	1U
#define RULE_PATH	1

struct ruleset_attr {
	uint64_t fs, net, scoped;	/* net: TCP ports, ABI 4; the cgroup programs judge those */
};

struct path_attr {
	uint64_t access;
	int32_t parent_fd;
} __attribute__((packed));

static uint64_t fs_handled(int abi)
{
	uint64_t access = FS(13) - 1;

	if (abi >= 2)
		access |= FS_REFER;
	if (abi >= 3)
		access |= FS_TRUNCATE;
	if (abi >= 5)
		access |= FS_IOCTL_DEV;
	return access;
}

static uint64_t access_of(unsigned int rights)
{
	uint64_t access = 0;

	if (rights & RIGHT_READ)
		access |= FS_READ_FILE;
	if (rights & RIGHT_LIST)
		access |= FS_READ_DIR;
	if (rights & RIGHT_EXECUTE)
		access |= FS_EXECUTE | FS_READ_FILE;	/* the kernel opens a program for reading to run it */
	if (rights & RIGHT_WRITE)
		access |= FS_WRITE_FILE | FS_TRUNCATE;
	if (rights & RIGHT_NAMES)
		access |= FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_DIR | FS_MAKE_REG | FS_MAKE_SOCK | FS_MAKE_FIFO |
			  FS_MAKE_SYM | FS_REFER;
	if (rights & RIGHT_DEVICE)
		access |= FS_IOCTL_DEV;
	return access;
}

/* The rights that a rule on something other than a directory may have. */
#define FILE_ACCESS	(FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV)

/*
 * The terminal that the command was given as one of its first three descriptors: a copy of that, or -1.
 * Its name leads nowhere where the command has terminals of its own, and it can still be opened anew by
 * way of the descriptor (/dev/stderr).
 */
static int given_terminal(const char *path)
{
	char link[sizeof("/proc/self/fd/0")], target[PATH_MAX];
	ssize_t length;
	int fd;

	for (fd = 0; fd <= 2; fd++) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		length = readlink(link, target, sizeof(target) - 1);
		if (length <= 0)
			continue;
		target[length] = '\0';
		if (isatty(fd) && !strcmp(target, path))
			return fcntl(fd, F_DUPFD_CLOEXEC, 3);
	}
	errno = ENOENT;
	return -1;
}

/*
 * A rule on /dev/pts is about the run's own, and takes in the name of the terminal that the command was given; that one
 * lies in another file system, and is in the command's hands already.
 */
static int add_given_terminals(int ruleset, uint64_t access)
{
	char link[sizeof("/proc/self/fd/0")], target[PATH_MAX];
	struct path_attr rule = { .access = access & FILE_ACCESS };
	ssize_t length;
	int fd;

	for (fd = 0; rule.access && fd <= 2; fd++) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		length = readlink(link, target, sizeof(target) - 1);
		if (length <= 0 || !isatty(fd))
			continue;
		target[length] = '\0';
		if (strncmp(target, "/dev/pts/", strlen("/dev/pts/")))
			continue;
		rule.parent_fd = fd;
		if (syscall(SYS_landlock_add_rule, ruleset, RULE_PATH, &rule, 0))
			return -1;
	}
	return 0;
}

static int add_path(int ruleset, uint64_t handled, const struct wall *wall)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };
	struct path_attr rule = { .access = access_of(wall->flags) & handled };
	struct stat status;
	int error;

	rule.parent_fd = (int)syscall(SYS_openat2, AT_FDCWD, wall->text, &how, sizeof(how));
	if (rule.parent_fd < 0 && errno == ENOENT)
		rule.parent_fd = given_terminal(wall->text);
	if (rule.parent_fd < 0)
		return -1;
	error = fstat(rule.parent_fd, &status) ? errno : 0;
	if (!error && !S_ISDIR(status.st_mode))
		rule.access &= FILE_ACCESS;
	if (!error && rule.access && syscall(SYS_landlock_add_rule, ruleset, RULE_PATH, &rule, 0))
		error = errno;
	if (!error && !strcmp(wall->text, "/dev/pts") && add_given_terminals(ruleset, rule.access))
		error = errno;
	close(rule.parent_fd);
	errno = error;
	return error ? -1 : 0;
}

/*
 * POSIX message queues lie in a file system without a place, one for each IPC namespace: the run's own. Without a rule
 * for it none could be opened, not even those that the run makes. A kernel without them needs none.
 */
static int add_message_queues(int ruleset)
{
	struct path_attr rule = { .access = FS_READ_FILE | FS_WRITE_FILE };
	int context = fsopen("mqueue", FSOPEN_CLOEXEC), error = 0;

	if (context < 0)
		return errno == ENODEV ? 0 : -1;
	rule.parent_fd = fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) ? -1 : fsmount(context, FSMOUNT_CLOEXEC, 0);
	if (rule.parent_fd < 0 || syscall(SYS_landlock_add_rule, ruleset, RULE_PATH, &rule, 0))
		error = errno;
	if (rule.parent_fd >= 0)
		close(rule.parent_fd);
	close(context);
	errno = error;
	return error ? -1 : 0;
}

int landlock_prepare(const struct walls *walls, struct walls_report *report, int *made, const char **about)
{
	int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);
	struct ruleset_attr attr = { 0 };
	size_t i, size = sizeof(attr.fs);
	int ruleset;

	*about = "";
	*made = -1;
	if (abi < 1)
		return -1;
	report->landlock_abi = abi;
	/* A mount is refused to whoever is bound by rules about files: `mount` lifts those. */
	if (!(walls->privileges & LIFT_MOUNT))
		attr.fs = fs_handled(abi);
	if (abi >= 6) {
		attr.scoped = (walls->scopes & SCOPE_ABSTRACT ? SCOPED_ABSTRACT : 0) |
			      (walls->scopes & SCOPE_SIGNAL ? SCOPED_SIGNAL : 0);
		size = sizeof(attr);
	}
	if (!attr.fs && !attr.scoped)
		return 0;
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
	if (ruleset < 0)
		return -1;
	for (i = 0; i < walls->count; i++) {
		const struct wall *wall = &walls->steps[i];

		if (wall->kind != WALL_ALLOW || !attr.fs)
			continue;
		if (add_path(ruleset, attr.fs, wall)) {
			*about = wall->text;
			close(ruleset);
			return -1;
		}
		report->rules++;
	}
	if (attr.fs && add_message_queues(ruleset)) {
		*about = "message queues";
		close(ruleset);
		return -1;
	}
	*made = ruleset;
	return 0;
}

int landlock_bind(int ruleset)
{
	if (ruleset < 0)
		return 0;
	return syscall(SYS_landlock_restrict_self, ruleset, 0) ? -1 : close(ruleset);
}

int landlock_make_none(void)
{
	struct ruleset_attr attr = { .fs = FS_MAKE_REG | FS_MAKE_SOCK };
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr.fs), 0);

	return ruleset < 0 ? -1 : landlock_bind(ruleset);
}
