/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The monitor: the half of the launcher that stays outside the cgroup, speaks
 * with the parent and sees the command, and all that it started, to its end.
 */
#ifndef WARDER_LAUNCHER_MONITOR_H
#define WARDER_LAUNCHER_MONITOR_H

#include <stdbool.h>
#include <sys/types.h>

struct cgroup;
struct control;
struct options;
struct walls;

struct monitor {
	struct control *control;
	const struct options *options;
	const struct cgroup *cgroup;
	const struct walls *walls;	/* NULL: none */
	bool holds;		/* the filter notifies of execs or opens (walls.h) */
	pid_t child;
	int child_fd;		/* pidfd */
	int signal_fd;		/* signalfd, see monitor_signals() */
	int warden;		/* warden.h; its end is ours */
	int gate;		/* write end of the child's gate */
	int report;		/* read end of the child's report pipe */
};

/*
 * Block every signal and return a signalfd for those that are passed on to the
 * command (SIGTERM, SIGHUP, SIGUSR1, SIGUSR2) or noted (SIGINT, SIGQUIT of a terminal);
 * -1 with errno. Before the fork.
 * Blocked is what lets the monitor outlive Ctrl-C, Ctrl-\ and Ctrl-Z, which the
 * terminal sends to the command itself, in the same process group.
 */
int monitor_signals(void);

/* Returns when the child is reaped and the cgroup empty: the exit status for the launcher. */
int monitor_run(struct monitor *monitor);

#endif
