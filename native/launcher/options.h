/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of warder-launch, read once. */
#ifndef WARDER_LAUNCHER_OPTIONS_H
#define WARDER_LAUNCHER_OPTIONS_H

#include <stdbool.h>

struct options {
	int control_fd;
	const char *cgroup;
	const char *user;	/* NULL: as the caller */
	const char *chdir;	/* NULL: where the caller is */
	int environment_fd;	/* -1: the launcher's own */
	int umask;		/* -1: the launcher's own */
	const char *limits;	/* resource limits, see surroundings.h; NULL: the launcher's own */
	bool session;		/* the command leads a session of its own */
	const char *survive;	/* where the command's end is told to a later caller; NULL: the run ends with the caller */
	int walls_fd;		/* the description of the walls, see walls.h; -1: none */
	char **command;		/* NULL-terminated, at least one string */
};

/* The --control-fd of a command line, -1 when it has none: read first, to have somewhere to report to. */
int options_control_fd(int argc, char **argv);

/* NULL when `options` is whole, else the fault as a sentence. `*about` is the argument it speaks of, or "". */
const char *options_read(struct options *options, int argc, char **argv, const char **about);

#endif
