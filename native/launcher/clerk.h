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
#include <stdint.h>
#include <sys/types.h>

struct seccomp_notif;
struct walls;

/* More calls than the channel holds. */
#define CLERK_PASSED	1024U

struct clerk {
	int channel;		/* -1: none */
	pid_t pid;
	int guard;		/* group of permission events, to be answered while the clerk is waited for; -1: none */
	const struct walls *walls;
	bool waits;		/* for each call to be answered, before anything else is done */
	bool gone;		/* before its time */
	uint64_t passed[CLERK_PASSED];	/* the ids of the last calls that it was given, round and round */
	unsigned int passed_count;
};

/* Of clerk_perform(), where it is no errno. CHANGE_NATIVE of changes.h: let it go on. */
#define CLERK_NONE	(-1)	/* none of its calls */
#define CLERK_DONE	(-3)	/* answered */

/* Whether calls that change names are performed under these walls. */
bool clerk_wanted(const struct walls *walls);

/* Start it for the run whose mount namespace is that of `child`, bound by `ruleset` (-1: none). 0, or -1 with errno. */
int clerk_start(struct clerk *clerk, const struct walls *walls, pid_t child, int ruleset, int guard);

/*
 * The filter binds the run, and this is where its calls wait: the clerk answers those that it performs. `waits`: one at a time,
 * for where the monitor changes names as well (hold.h). 0, or -1 with errno.
 */
int clerk_begin(struct clerk *clerk, int listener, bool waits);

/*
 * Perform a call that waits at the listener. Its errno, where it came to no clerk; or one of the above. CLERK_DONE: the clerk has it,
 * and answers it; who calls us then has to answer permission events, for what the clerk opens is asked about too.
 */
int clerk_perform(struct clerk *clerk, const struct seccomp_notif *call);

/* What to poll(2) for the clerk's end, which is POLLHUP; -1: nothing. */
int clerk_watched(const struct clerk *clerk);

/* It is gone, and should not be: what it was given and did not answer fails with EIO, and so does all that comes. */
void clerk_lost(struct clerk *clerk, int listener);

/* Nobody calls any more. What it was given it comes to the end of. */
void clerk_end(struct clerk *clerk);

#endif
