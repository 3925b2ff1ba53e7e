/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Held actions behind walls: an exec that waits for an answer, and opens that were
 * granted, performed for the command.
 *
 * The kernel decides, not this: an exec that goes on is judged by the program that
 * runs, and ends there without a grant; an open that is let pass by meets the walls. What
 * is read from the caller's memory is read once, and only ever names something to a person,
 * or finds a grant whose file is then opened here, by its own name, and passed in.
 */
#ifndef WARDER_LAUNCHER_HOLD_H
#define WARDER_LAUNCHER_HOLD_H

#include <limits.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>

struct control;
struct walls;

/* Execs that wait at once; more are refused. Grants at once; more are not taken. */
#define HOLD_WAITING	256U
#define HOLD_GRANTS	64U

/* GRANT_LIFTED: its program may be run although its place is noexec, by a mount that is taken away again. */
enum grant_kind { GRANT_READ, GRANT_WRITE, GRANT_LIFTED };

struct grant {
	enum grant_kind kind;
	int mount;		/* of GRANT_LIFTED: that mount, by its root; else -1 */
	char path[PATH_MAX];
};

/* With what a person was shown of it, to be compared when it goes on. */
struct waiting_exec {
	uint64_t id;
	unsigned int tid;
	uint64_t argv;		/* its address */
	char *path, *words;
};

struct hold {
	int listener;
	int mount_namespace;	/* of the command */
	struct waiting_exec waiting[HOLD_WAITING];
	unsigned int waiting_count;
	struct grant *grants;
	unsigned int grant_count;
	bool alone;		/* nobody answers any more, see hold_alone() */
};

/* For a run whose mount namespace is that of `child`. 0, or -1 with errno. */
int hold_open(struct hold *hold, int listener, int child);
void hold_close(struct hold *hold);

/*
 * An exec that was met: told to the parent, and left waiting until hold_answer(). False where
 * it must be refused at once: too many wait, or it cannot be read.
 */
bool hold_exec(struct hold *hold, struct control *control, const struct seccomp_notif *call);

/* The parent has gone and the run goes on: execs are the kernel programs' alone to judge, and no file is granted. */
void hold_alone(struct hold *hold);

/* A call that was met: performed where it is an open that is granted. Else false, and it waits on. granted_open.c. */
bool hold_file(struct hold *hold, const struct seccomp_notif *call);

/* The same for a change of names (changes.h): held_change.c. */
bool hold_change(struct hold *hold, const struct walls *walls, const struct seccomp_notif *call);

/* For held_change.c and granted_open.c. Whether there is a grant for `path`. */
bool hold_granted(struct hold *hold, enum grant_kind kind, const char *path);

/* O_PATH, by its name without any link; or -1 with errno. */
int hold_place(const char *path, int flags);

/* The directory of `path`, by the host's names and without any link, O_PATH; `name` gets the rest. -1 with errno. */
int hold_parent(const char *path, char *name);

/*
 * A line from the parent, which main.c has. False for one that is none of these.
 */
bool hold_line(struct hold *hold, const char *line);

#endif
