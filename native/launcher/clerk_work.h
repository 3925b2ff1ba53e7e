/* SPDX-License-Identifier: Apache-2.0 */
/* The clerk itself, a process of its own: clerk.h says what for. */
#ifndef WARDER_LAUNCHER_CLERK_WORK_H
#define WARDER_LAUNCHER_CLERK_WORK_H

#include <sys/types.h>

struct walls;

/*
 * Go into the mount namespace of `child`, be bound by `ruleset` (-1: none), say so on `channel`, and then serve what is asked
 * there until nobody asks any more. Behind a fork; nothing else of the monitor's stays open: while the clerk waits for a
 * permission nobody but the monitor has the group that gives it, nor the warden's line.
 */
__attribute__((noreturn)) void clerk_work(int channel, const struct walls *walls, pid_t child, int ruleset);

#endif
