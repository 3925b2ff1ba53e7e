/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The run's cgroup (cgroup2): the command is born in it, and it is killed as
 * a whole when nobody watches over it any more. cgroup.kill needs 5.14.
 *
 * The directory and the two files are opened once, by the monitor and before the
 * fork, so that the kill at the end cannot fail for want of a name or a descriptor.
 */
#ifndef WARDER_LAUNCHER_CGROUP_H
#define WARDER_LAUNCHER_CGROUP_H

#include <stdbool.h>
#include <sys/types.h>

struct cgroup {
	int directory;
	int kill;		/* cgroup.kill, for writing */
	int events;		/* cgroup.events; POLLPRI when `populated` changes */
};

/*
 * Open the cgroup at `path`. 0; else -1 with errno, and `*missing` names the
 * file that could not be opened (the directory itself: ""). ENOTSUP: not cgroup2.
 */
int cgroup_open(struct cgroup *cgroup, const char *path, const char **missing);

/*
 * As fork(), for a process of one thread: the child is in the cgroup from its first
 * instruction. A process that moves there waits for the kernel's readers, some 10 ms.
 */
pid_t cgroup_fork(const struct cgroup *cgroup);

/* SIGKILL every process in it and below, whatever it forks meanwhile. 0, or -1 with errno. */
int cgroup_kill(const struct cgroup *cgroup);

/* Whether a process lives in it or below. True where that cannot be read: the answer that is acted on. */
bool cgroup_populated(const struct cgroup *cgroup);

#endif
