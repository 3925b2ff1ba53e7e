/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a command finds around itself besides files: its environment, its session,
 * its file mode mask and its resource limits.
 *
 * The environment comes through a descriptor and becomes the command's alone: the
 * launcher may be root, and who asked for the command may not.
 */
#ifndef WARDER_LAUNCHER_SURROUNDINGS_H
#define WARDER_LAUNCHER_SURROUNDINGS_H

#include <stdbool.h>

/*
 * Read NAME=VALUE strings, each with its NUL, to the end of `fd`, and close it. NULL with errno on failure:
 * EINVAL for a string without a name, E2BIG past what execve(2) takes.
 */
char **environment_read(int fd);

/* A session of its own, and the terminal among descriptors 0 to 2, if it has no session yet, for its own. 0 or -1. */
int session_begin(void);

/*
 * Resource limits as "NUMBER=SOFT:HARD,…" has them (RLIMIT_… and rlim_t, decimal, or "unlimited"), each as far as
 * this process may; and the standing of an ordinary process with the OOM killer. 0, or -1 with errno.
 */
int limits_take(const char *limits);

/* Whether that is what limits_take() reads. */
bool limits_understood(const char *limits);

/* Whether a terminal would send a signal to the whole group in its foreground. */
bool signal_is_groups(int number);

#endif
