/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who waits in a system call: its memory, the names it uses, whom it acts as. All of it is the
 * caller's to change but while it is alone and waits; nothing read here decides anything.
 *
 * Whoever reads checks afterwards (SECCOMP_IOCTL_NOTIF_ID_VALID) that it still waits: else
 * its number may have become another's.
 */
#ifndef WARDER_LAUNCHER_CALLER_H
#define WARDER_LAUNCHER_CALLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CALLER_GROUPS	64

struct caller {
	unsigned int tid;
	long tgid;
	uid_t uid;		/* for files */
	gid_t gid;
	gid_t groups[CALLER_GROUPS];	/* past that many, the rest do not count */
	int group_count;
	mode_t mask;
	uint64_t capabilities;	/* effective */
	/* Ours, while we act as the caller. */
	gid_t own_groups[CALLER_GROUPS];
	int own_group_count;
	mode_t own_mask;
};

/*
 * Whether `number` is what the caller itself calls its process, or the thread that waits: in its own namespace of
 * pids, where it may have another number. Both are its own until it is gone, and while it waits it does not go.
 */
bool caller_is(unsigned int tid, pid_t number);

/* 0, or -1 where it is gone or cannot be looked at. */
int caller_read(struct caller *caller, unsigned int tid);

int caller_bytes(const struct caller *caller, uint64_t address, void *bytes, size_t length);
/* A name as system calls take it: 0, or the errno that the kernel would give. */
int caller_name(const struct caller *caller, uint64_t address, char *text, size_t room);

int caller_string(const struct caller *caller, uint64_t address, char *text, size_t room);

/* A copy of what it has open under a number. -1 with errno. */
int caller_descriptor(const struct caller *caller, int number);

/*
 * `first` and an argv as one text, the words apart by spaces, each with its spaces, '%' and control characters as %XX.
 * False where not all of it is there: it has no room, or cannot be read. What fits stands there.
 */
bool caller_words(const struct caller *caller, const char *first, uint64_t argv, char *text, size_t room);

/*
 * The name that a path has in the caller's view, links followed; `nofollow`: not the last. What is not there, or may
 * not be looked at, keeps its own name behind what is. 0, or -1.
 */
int caller_resolve(const struct caller *caller, int directory, const char *name, bool nofollow, char *path, size_t room);

/* Act on files as the caller does, and as ourselves again. */
void caller_become(struct caller *caller);
void caller_unbecome(struct caller *caller);

#endif
