/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child: turns itself into the process that the command will be, waits at
 * the gate, and executes the command.
 */
#ifndef WARDER_LAUNCHER_CHILD_H
#define WARDER_LAUNCHER_CHILD_H

#include <sys/types.h>

#include "walls.h"

struct account;
struct options;
struct sock_fprog;

/* In the order in which they are taken. */
enum child_step {
	CHILD_SESSION,		/* lead one of its own, with its terminal */
	CHILD_SURROUNDINGS,	/* limits and file mode mask of whom it is for */
	CHILD_DESCRIPTORS,	/* close all but 0, 1, 2 and the two pipes below; with walls, 0 to 2 are no directories */
	CHILD_MOUNTS,		/* the run's own view of the file system */
	CHILD_LANDLOCK,		/* its rules, made but not yet binding: they need paths to be opened */
	CHILD_BOUNDING,		/* capabilities that nothing it starts can get back */
	CHILD_ACCOUNT,		/* drop to the account */
	CHILD_PARENT,		/* die with the monitor */
	CHILD_CHDIR,		/* as that account */
	CHILD_SIGNALS,		/* default dispositions, nothing blocked */
	CHILD_LIMITS,		/* no core dumps: they would be written past all rules */
	CHILD_READY,		/* no failure: at the gate. What stands behind it opens nothing */
	CHILD_CAPABILITIES,
	CHILD_PRIVILEGES,	/* no_new_privs */
	CHILD_RULES,		/* Landlock binds */
	CHILD_FILTER,		/* seccomp binds */
	CHILD_LISTENER,		/* no failure: `error` is the listener's descriptor; the monitor takes it, then opens the gate again */
	CHILD_EXEC,
};

/* What the child writes to its report pipe: CHILD_READY once, or the step that failed and its errno. */
struct child_report {
	enum child_step step;
	int error;
	struct walls_report walls;
	int guard, ruleset;		/* with CHILD_READY: descriptors of the child's, of which the monitor takes its own */
	char about[1024];		/* a path or another word that it is about; cut where it is longer */
};

struct child {
	const struct options *options;
	const struct account *account;	/* NULL: as the caller */
	const struct walls *walls;	/* NULL: none */
	const struct sock_fprog *filter;	/* with walls */
	char **environment;		/* NULL: as it is */
	pid_t monitor;
	int gate;			/* read end: one byte opens it, EOF means never */
	int report;			/* write end; closed by a successful exec */
	int ruleset;			/* of Landlock; -1: none */
	int listener;			/* of the filter, with walls */
	int guard;			/* group of permission events (guard.h), -1: none */
	struct child_report told;
};

/* Runs in the forked process. Never returns; exits with 125, or as shells do: 127 command not found, 126 not executable. */
__attribute__((noreturn)) void child_run(struct child *child);

/* Exit status for a failed exec or another failed step. */
int child_exit_code(const struct child_report *report);

#endif
