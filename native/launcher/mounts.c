/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The run's own view of the file system. See mounts.h.
 *
 * In this order, each step on top of the one before:
 *   1. a mount namespace of its own, private: nothing comes in, nothing goes out; and one for
 *      System V shared memory and POSIX message queues, which have names in no file system
 *   2. masks are made; they need /proc as a place to hang and the caller's own in it
 *   3. "/" for all mounts, then each line of the description in its order
 *   4. names found by the scan
 *   5. /proc and /dev/pts of the run's own, and what is hidden in /proc
 *   6. files that the command is given as its input, opened anew in this view (inputs.h)
 *
 * Paths are opened without following links and used as descriptors from then on:
 * a link that somebody puts there between the runtime's look and this one ends the
 * start instead of moving a wall.
 */
#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "guard.h"
#include "inputs.h"
#include "masks.h"
#include "scan.h"
#include "veil.h"
#include "walls.h"

#define PROC	"/proc"
#define INPUT	"a file as standard input"

struct builder {
	const struct walls *walls;
	struct walls_report *report;
	struct masks masks;
};

static int open_place(const char *path)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };

	return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

/* Close a descriptor that was used; the errno of `result` stays. */
static int done(int fd, int result)
{
	int error = errno;

	close(fd);
	errno = error;
	return result;
}

static int private_namespace(void)
{
	if (unshare(CLONE_NEWNS | CLONE_NEWIPC))
		return -1;
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

/* What a place that may or may not be written and run from is set to, and cleared of. */
static struct mount_attr attributes(unsigned int flags)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_NOSUID };

	*(flags & PLACE_WRITE ? &attr.attr_clr : &attr.attr_set) |= MOUNT_ATTR_RDONLY;
	*(flags & PLACE_RUN ? &attr.attr_clr : &attr.attr_set) |= MOUNT_ATTR_NOEXEC;
	return attr;
}

/*
 * Every mount there is. Devices stay usable below /dev alone: a node that somebody
 * left elsewhere is not the device.
 */
static int set_root(unsigned int flags)
{
	struct mount_attr attr = attributes(flags), devices = { .attr_clr = MOUNT_ATTR_NODEV };

	attr.attr_set |= MOUNT_ATTR_NODEV;
	if (mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &attr, sizeof(attr)))
		return -1;
	/* Where /dev is a directory of the root file system, it becomes a mount first. */
	if (!mount_setattr(AT_FDCWD, "/dev", AT_RECURSIVE, &devices, sizeof(devices)))
		return 0;
	if (errno != EINVAL || mount("/dev", "/dev", NULL, MS_BIND | MS_REC, NULL))
		return -1;
	return mount_setattr(AT_FDCWD, "/dev", AT_RECURSIVE, &devices, sizeof(devices));
}

/* Lay `place` over itself as a mount with attributes of its own. */
static int lay_over_itself(int place, unsigned int flags)
{
	struct mount_attr attr = attributes(flags);
	int tree = open_tree(place, "", AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (tree < 0)
		return -1;
	if (mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)))
		return done(tree, -1);
	return done(tree, move_mount(tree, "", place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH));
}

static int set_place(const struct wall *wall)
{
	int place;

	if (!strcmp(wall->text, "/"))
		return set_root(wall->flags);
	place = open_place(wall->text);
	return place < 0 ? -1 : done(place, lay_over_itself(place, wall->flags));
}

static int mask(const struct builder *builder, int place)
{
	struct stat status;

	if (fstat(place, &status))
		return done(place, -1);
	return done(place, masks_lay(&builder->masks, place, S_ISDIR(status.st_mode)));
}

static int hide(const struct builder *builder, const char *path)
{
	int place = open_place(path);

	return place < 0 ? -1 : mask(builder, place);
}

/*
 * A server that ends takes its socket along, and whoever owns the directory may have put a link or a file in its place since: there is
 * nothing to hide then under that name, and no start fails for what others do with names of their own.
 */
static int hide_socket(const struct builder *builder, const char *path)
{
	int place = open_place(path);

	if (place < 0)
		return errno == ENOENT || errno == ELOOP || errno == ENOTDIR ? 0 : -1;
	return mask(builder, place) && errno != ENOENT ? -1 : 0;
}

/* A new file system of a kind, with one option. A mount that hangs nowhere yet, or -1 with errno. */
static int new_mount(const char *kind, const char *option, const char *value, unsigned int attr)
{
	int context = fsopen(kind, FSOPEN_CLOEXEC);
	int failed;

	if (context < 0)
		return -1;
	failed = option && fsconfig(context, FSCONFIG_SET_STRING, option, value, 0);
	failed = failed || fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
	return done(context, failed ? -1 : fsmount(context, FSMOUNT_CLOEXEC, attr));
}

/* Over what is there now, links of the path not followed. */
static int hang(int tree, const char *path)
{
	int place = open_place(path);

	if (place < 0)
		return -1;
	return done(place, move_mount(tree, "", place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH));
}

static int hang_new(const char *kind, const char *option, const char *value, unsigned int attr, const char *path)
{
	int tree = new_mount(kind, option, value, attr);

	return tree < 0 ? -1 : done(tree, hang(tree, path));
}

/*
 * Whom the command may not trace it does not see: with Landlock these are the run's own
 * processes and no other's, root included. Needs Linux 5.8.
 */
static int own_proc(void)
{
	return hang_new("proc", "hidepid", "ptraceable",
			MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, PROC);
}

/* Terminals that the command makes are its own; nobody else's can be opened. */
static int own_terminals(void)
{
	if (hang_new("devpts", "ptmxmode", "0666", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, "/dev/pts"))
		return -1;
	/* /dev/ptmx is a link into /dev/pts, or a node of its own that leads to the pts beside it. */
	return 0;
}

static int freeze(int place)
{
	return lay_over_itself(place, 0);
}

static int on_match(void *context, int place, bool directory, unsigned int action)
{
	struct builder *builder = context;

	builder->report->mounts++;
	return done(place, action == ACTION_HIDE ? masks_lay(&builder->masks, place, directory) : freeze(place));
}

static bool is_below_proc(const char *path)
{
	return !strncmp(path, PROC "/", sizeof(PROC));
}

/* One line that is a mount. Lines that are none pass. */
static int step(struct builder *builder, size_t at)
{
	const struct wall *wall = &builder->walls->steps[at];

	switch (wall->kind) {
	case WALL_PLACE:
		return set_place(wall);
	case WALL_HIDE:
		return hide(builder, wall->text);
	case WALL_SOCKET:
		return hide_socket(builder, wall->text);
	case WALL_VEIL:
	case WALL_PRIVATE:
		return veil_hang(builder->walls, at);
	case WALL_TERMINALS:
		return own_terminals();
	default:
		return 0;
	}
}

/* The steps that are about places in /proc, or those that are not. */
static int steps(struct builder *builder, bool proc, const char **about)
{
	size_t i;

	for (i = 0; i < builder->walls->count; i++) {
		const struct wall *wall = &builder->walls->steps[i];

		if (wall->kind > WALL_TERMINALS || wall->kind == WALL_KEEP)
			continue;
		if ((wall->text && is_below_proc(wall->text)) != proc)
			continue;
		*about = wall->text ? wall->text : "";
		if (step(builder, i))
			return -1;
		builder->report->mounts++;
	}
	return 0;
}

int mounts_build(const struct walls *walls, struct walls_report *report, int *guard, const char **about)
{
	struct builder builder = { .walls = walls, .report = report };
	struct inputs inputs;
	struct stat masks;

	*about = INPUT;
	if (inputs_take(&inputs))
		return -1;
	*about = "";
	if (private_namespace())
		return -1;
	*about = "masks";
	if (masks_make(&builder.masks))
		return -1;
	if (steps(&builder, false, about))
		return -1;
	*about = "names";
	if (scan_trees(walls, report, on_match, &builder))
		return -1;
	*about = PROC;
	if (fstat(builder.masks.root, &masks))
		return -1;
	if (walls->wanted[WALL_PROC]) {
		/* Below the masks, which hang at the same place and go in a moment: so hang the new one over them. */
		if (own_proc() || steps(&builder, true, about))
			return -1;
		close(builder.masks.root);
	} else if (masks_release(&builder.masks)) {
		return -1;
	}
	*about = INPUT;
	if (inputs_open_anew(&inputs))
		return -1;
	/* Last: what it marks are the mounts that the command will have, and /proc lists them. */
	*guard = guard_make(walls, report, masks.st_dev, about);
	return *guard < -1 ? -1 : 0;
}
