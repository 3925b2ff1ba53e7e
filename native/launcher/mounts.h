/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The run's own view of the file system: a private mount namespace in which
 * every place keeps its name, all is read-only and nothing can be run but where
 * the description says so, and what is hidden cannot be reached.
 *
 * Needs Linux 5.12 (mount_setattr) and CAP_SYS_ADMIN. Nothing of it is seen
 * outside of the namespace; it goes with the run's last process.
 */
#ifndef WARDER_LAUNCHER_MOUNTS_H
#define WARDER_LAUNCHER_MOUNTS_H

struct walls;
struct walls_report;

/*
 * Leave the caller's mount namespace for one as described. 0, or -1 with errno and `*about` the path that it is about.
 * `*guard` is the group that asks before opens (guard.h), or -1. What was opened before still leads outside.
 */
int mounts_build(const struct walls *walls, struct walls_report *report, int *guard, const char **about);

#endif
