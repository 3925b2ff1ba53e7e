/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Landlock: which files and ports the command, and all that it starts, may use;
 * what no rule names is refused (landlock(7)). Needs Linux 5.13; takes the best
 * ABI that the kernel has, up to 7.
 */
#ifndef WARDER_LAUNCHER_LANDLOCK_H
#define WARDER_LAUNCHER_LANDLOCK_H

struct walls;
struct walls_report;

/*
 * Make the ruleset. Opens every path that it names, so before the gate. `*ruleset` is
 * its descriptor, -1 where nothing is left to be ruled. 0, or -1 with errno and
 * `*about` the path that it is about.
 */
int landlock_prepare(const struct walls *walls, struct walls_report *report, int *ruleset, const char **about);

/* Bind the calling thread to it, for good. Opens nothing. Needs no_new_privs. 0, or -1 with errno. */
int landlock_bind(int ruleset);

/*
 * Bind it to making no regular file and no socket anywhere, whatever its other rules say: somebody else makes them for
 * it (clerk.h).
 */
int landlock_make_none(void);

#endif
