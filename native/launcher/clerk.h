/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that the command gives and takes: rename, link, symlink, mkdir, mknod, unlink, and opens that may make a file,
 * performed for it, so that no file comes to have a name that is kept from the command, and none loses it.
 *
 * The monitor reads the names once, opens the directories that they begin at, and hands them to the clerk: a process in
 * the run's mount namespace, bound by the same rules of Landlock, acting as the caller's user with the caller's
 * capabilities and no more. It resolves the directories, judges the names where they really are, and makes the change
 * with what it judged. Native calls of this kind never run, so nobody in the run moves a directory in between.
 *
 * In: the walls, with a "guard". Not where `mount`, `userns` or `io_uring` is granted: then names change by other ways.
 */
#ifndef WARDER_LAUNCHER_CLERK_H
#define WARDER_LAUNCHER_CLERK_H

#include <stdbool.h>
#include <sys/types.h>

struct seccomp_notif;
struct walls;

struct clerk {
	int channel;		/* -1: none */
	pid_t pid;
	int guard;		/* group of permission events, to be answered while the clerk is waited for; -1: none */
	const struct walls *walls;
};

/* Of clerk_perform(), where it is no errno. CHANGE_NATIVE of changes.h: let it go on. */
#define CLERK_NONE	(-1)	/* none of its calls */
#define CLERK_DONE	(-3)	/* answered */

/* Whether calls that change names are performed under these walls. */
bool clerk_wanted(const struct walls *walls);

/* Start it for the run whose mount namespace is that of `child`, bound by `ruleset` (-1: none). 0, or -1 with errno. */
int clerk_start(struct clerk *clerk, const struct walls *walls, pid_t child, int ruleset, int guard);

/* The filter binds the run, and this is where its calls wait: the clerk answers those that it performs. 0, or -1 with errno. */
int clerk_begin(const struct clerk *clerk, int listener);

/* Perform a call that waits at `listener`. Its errno, where it came to no clerk; or one of the above. */
int clerk_perform(const struct clerk *clerk, int listener, const struct seccomp_notif *call);

void clerk_end(struct clerk *clerk);

#endif
