/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes of names, and of what has one, and watches: what a system call asks for, and the same made for its caller.
 *
 * asked_read() runs in the monitor and looks at registers alone, asked_details() at what lies in memory. change_make()
 * runs in the clerk (clerk.h), as the caller: it resolves the directory of each name to a descriptor, judges what that
 * descriptor and the last part are, and changes just that. It follows no magic links; files of /proc are the caller's
 * own there and are left to the caller.
 */
#ifndef WARDER_LAUNCHER_CHANGES_H
#define WARDER_LAUNCHER_CHANGES_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "caller.h"

struct seccomp_data;
struct walls;

/* Instead of an errno: the caller is to make the call itself. Landlock keeps it from making a file by that. */
#define CHANGE_NATIVE	(-2)

enum change {
	CHANGE_RENAME,
	CHANGE_LINK,
	CHANGE_SYMLINK,
	CHANGE_DIRECTORY,
	CHANGE_NODE,		/* a pipe, a socket, an empty file */
	CHANGE_REMOVE,
	CHANGE_OPEN,		/* with O_CREAT */
	CHANGE_MODE,
	CHANGE_LENGTH,
	CHANGE_OWNER,
	CHANGE_TIMES,
	CHANGE_ATTRIBUTE,	/* set or removed */
	CHANGE_BIND,		/* a unix socket to a name */
	CHANGE_WATCH,		/* none, and no look either: inotify_add_watch */
};

/* How times of a file are given. */
enum times_form { TIMES_SECONDS, TIMES_MICROSECONDS, TIMES_NANOSECONDS };

/* Addresses are the caller's. What has one name has it in `to`. */
struct asked {
	enum change change;
	int from_directory, to_directory;
	uint64_t from, to;
	unsigned int flags;
	uint64_t open;		/* flags of open(2) */
	uint64_t resolve;	/* of openat2(2) */
	uint32_t mode;
	int64_t length;
	int descriptor;		/* an inotify, a socket */
	uid_t owner;
	gid_t group;
	enum times_form form;
	uint64_t details, details_bytes;	/* times, 0: now; the value of an attribute; an address */
	uint64_t attribute;	/* its name */
	bool removes;
	bool unnamed;		/* it is about what is open as `to_directory`, and `to` is no name */
	uint64_t how, how_bytes;	/* where openat2 has these three; else 0 */
};

/*
 * What the clerk is asked to do; the directory that `to` begins at comes beside it, and that of `from`, or the inotify or
 * socket that it is about. Sent without what is unused of the two names.
 */
struct request {
	uint64_t id;		/* of the call that waits at the listener */
	bool told;		/* the monitor waits to hear that it is answered */
	enum change change;
	unsigned int flags;
	uint64_t open, resolve;
	uint32_t mode;
	int64_t length;
	struct caller as;	/* ids, groups, mask; its descriptors are the monitor's and mean nothing here */
	bool file;		/* what is linked, or changed, is the one that came with its name, and no name in it */
	uid_t owner;
	gid_t group;
	bool now, removes;
	struct timespec times[2];
	char attribute[XATTR_NAME_MAX + 1];
	uint32_t from_bytes, to_bytes;
	char from[PATH_MAX];	/* of CHANGE_ATTRIBUTE the value */
	char to[PATH_MAX];
};

/* False for a call that is none of these. */
bool asked_read(const struct seccomp_data *data, struct asked *asked);

/* Whether it has flags that the kernel refuses, which whoever makes it need not. */
bool asked_is_refused(const struct asked *asked);

/* Whether it is of a file that has a name, not of the name: of_descriptor() in bases.c, change_file(). */
bool asked_of_file(enum change change);

/* Whether it has two names. */
bool asked_two(enum change change);

/*
 * Into `request` what registers and memory say but for the names. 0, an errno, or CHANGE_NATIVE for a bind that gives no
 * name, of which the name is read here.
 */
int asked_details(const struct asked *asked, const struct caller *caller, struct request *request);

/* With what openat2 has in memory. False for an open that makes nothing, or that the kernel refuses. */
bool asked_creates(struct asked *asked, const struct caller *caller);

/*
 * 0, an errno, or CHANGE_NATIVE. `made` is the file of CHANGE_OPEN, the number of CHANGE_WATCH, which has its inotify as
 * its first base, as CHANGE_BIND has its socket; else -1.
 */
int change_make(const struct walls *walls, struct request *request, const int *bases, int *made);

#endif
