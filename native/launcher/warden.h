/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The warden: a process that waits for the launcher's end and, where it was not
 * an orderly one, kills the run's cgroup. The command alone dies with the launcher;
 * what it has started would stay, were the caller killed at the same moment.
 *
 * In a session of its own: no terminal's signal reaches it. It holds nothing open but the
 * cgroup's kill file and its end of a socket pair.
 */
#ifndef WARDER_LAUNCHER_WARDEN_H
#define WARDER_LAUNCHER_WARDEN_H

struct cgroup;

/* Fork it. `end` is the descriptor whose close it waits for. 0, or -1 with errno. Before any other thread or child. */
int warden_start(const struct cgroup *cgroup, int *end);

/* The run is over: it goes without doing anything. */
void warden_dismiss(int end);

#endif
