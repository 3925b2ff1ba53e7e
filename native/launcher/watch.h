/* SPDX-License-Identifier: Apache-2.0 */
/* What the monitor knows of the run, for its own parts: monitor.c, signals.c, progress.c. */
#ifndef WARDER_LAUNCHER_WATCH_H
#define WARDER_LAUNCHER_WATCH_H

#include <stdbool.h>
#include <time.h>

#include "notify.h"

struct child_report;
struct monitor;

/* Where the child stands. */
enum stage {
	STAGE_PREPARING,	/* on its way to the gate */
	STAGE_GATED,		/* the parent knows its pid and may say "go" */
	STAGE_STARTING,		/* gate open, exec under way */
	STAGE_RUNNING,
	STAGE_GONE,		/* reaped */
};

struct watch {
	struct monitor *monitor;
	enum stage stage;
	bool failed;		/* an "error" line was sent: no other end is told */
	struct notify notify;
	int guard;		/* group of permission events, -1: none */
	struct timespec typed[2];	/* when a terminal last sent SIGINT and SIGQUIT; 0: never */
	bool alone;		/* the parent has gone, and the run is to go on without it */
	bool ended;		/* the parent has gone or cannot be understood: everything is killed */
	int status;		/* for exit */
};

/* signals.c */

void watch_send(struct watch *watch, int number);

/* As the caller asks: what a terminal would send to a whole group goes to the command's, where it leads one. */
void watch_pass(struct watch *watch, int number);

/* What the signalfd has. */
void watch_signal(struct watch *watch);

/* The caller got a signal. Where a terminal sent it, the command has it as well. */
void watch_passed(struct watch *watch, int number);

/* progress.c */

/* What the child said: ready, a failed step, or, by closing the pipe at exec or death, nothing more. */
void watch_report(struct watch *watch);

/* The child is no more: reaped, and its end told. */
void watch_gone(struct watch *watch);

#endif
