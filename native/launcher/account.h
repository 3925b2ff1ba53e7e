/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who the command runs as: a user by name or number, and optionally a group.
 *
 * Looked up by the monitor (name services may open files and sockets), applied
 * by the child with three plain system calls.
 */
#ifndef WARDER_LAUNCHER_ACCOUNT_H
#define WARDER_LAUNCHER_ACCOUNT_H

#include <stddef.h>
#include <sys/types.h>

struct account {
	uid_t uid;
	gid_t gid;
	gid_t *groups;		/* supplementary, gid among them */
	size_t group_count;
	const char *name;	/* NULL: a number without an entry in the user database */
	const char *home;
};

/*
 * Find "NAME", "UID", "NAME:GROUP" or "UID:GID" (GROUP: name or number).
 *
 * A user of the database gets its own groups, also when a group is given: that
 * becomes the primary one. A bare number that the database does not know needs
 * its group said, has no other, and lives in "/".
 *
 * NULL when found, else what is wrong with `text`, as a sentence. Memory lives
 * as long as the process.
 */
const char *account_find(struct account *account, const char *text);

/*
 * Become that account, for good: real, effective and saved ids. 0, or -1 with
 * errno. Clears the parent-death signal (prctl(2)), so set that afterwards.
 */
int account_become(const struct account *account);

/* Set HOME, and USER and LOGNAME where the account has a name. 0, or -1 with errno. */
int account_environment(const struct account *account);

#endif
