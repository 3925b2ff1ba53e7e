/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seccomp filter's listener, in the monitor: it answers each refused call with
 * its errno and tells the parent, so that refusals are events and not only an EPERM
 * that the command may keep to itself. The caller's memory is never read: nothing is
 * decided here that a second thread could change.
 *
 * One call is let go on: prlimit of the caller's own process, which the filter cannot tell from another's.
 *
 * One call is performed for the command: memfd_create. It gets a file without a name
 * on a file system from which nothing can be run or mapped executable, made here and
 * passed in. Seals on it are refused; what only wants memory as a file works.
 *
 * Changes of names, and opens that may make a file, are performed as well, where the walls have a guard (clerk.h).
 *
 * Without a monitor the kernel answers ENOSYS: never more than a refusal.
 */
#ifndef WARDER_LAUNCHER_NOTIFY_H
#define WARDER_LAUNCHER_NOTIFY_H

#include <stdbool.h>

#include "clerk.h"
#include "hold.h"

struct control;

struct notify {
	int listener;		/* -1: none */
	int memory;		/* the file system for memfd_create, -1: none */
	unsigned int told;	/* lines sent */
	struct clerk clerk;
	bool holds;		/* `hold` is in use */
	struct hold hold;
};

/* Lines sent for one run; what is refused beyond that is refused in silence. */
#define NOTIFY_LINES	1000U

/* Take the listener `number` out of `child`, of which `child_fd` is a pidfd. 0, or -1 with errno. */
int notify_open(struct notify *notify, int child, int child_fd, int number, bool holds);

/* Answer the call that waits. */
void notify_answer(struct notify *notify, const struct walls *walls, struct control *control);

/* No task is left that the filter binds. */
void notify_close(struct notify *notify);

#endif
