/* SPDX-License-Identifier: Apache-2.0 */
/* Execs, opens and changes of names (seccomp_unotify(2)). See performed.h. */
#include "performed.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>

#include "clerk.h"
#include "maker.h"
#include "walls.h"

/* Execs that wait for an answer, opens that may have been granted: nobody pays for these but whose policy holds some. */
static void notify_held(struct maker *maker, unsigned int holds)
{
	if (holds & HOLD_EXEC) {
		maker_refuse(maker, SCMP_SYS(execve), 0, NULL);
		maker_refuse(maker, SCMP_SYS(execveat), 0, NULL);
	}
	if (holds & HOLD_FILES) {
		maker_refuse(maker, SCMP_SYS(open), 0, NULL);
		maker_refuse(maker, SCMP_SYS(creat), 0, NULL);
		maker_refuse(maker, SCMP_SYS(openat), 0, NULL);
		maker_refuse(maker, SCMP_SYS(openat2), 0, NULL);
	}
}

/* Opens that may make a file: by their flags, where those are in a register. */
static void notify_creations(struct maker *maker)
{
	struct scmp_arg_cmp creates = SCMP_A1(SCMP_CMP_MASKED_EQ, O_CREAT, O_CREAT);
	struct scmp_arg_cmp creates_at = SCMP_A2(SCMP_CMP_MASKED_EQ, O_CREAT, O_CREAT);

	maker_refuse(maker, SCMP_SYS(open), 1, &creates);
	maker_refuse(maker, SCMP_SYS(openat), 1, &creates_at);
	maker_refuse(maker, SCMP_SYS(creat), 0, NULL);
	maker_refuse(maker, SCMP_SYS(openat2), 0, NULL);
}

/* Names given and taken, performed by the clerk or with a grant. */
static void notify_names(struct maker *maker)
{
	static const char *const CALLS[] = { "rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat",
					     "mkdir", "mkdirat", "mknod", "mknodat", "unlink", "unlinkat", "rmdir", "chmod", "fchmodat", "fchmodat2",
					     "truncate", "inotify_add_watch", "chown", "lchown", "fchownat", "utime", "utimes", "setxattr",
					     "lsetxattr", "removexattr", "lremovexattr" };
	/* Without a name they are of a descriptor, and go on. */
	static const char *const NAMED[] = { "futimesat", "utimensat" };
	struct scmp_arg_cmp named = SCMP_A1(SCMP_CMP_NE, 0);
	size_t i;

	for (i = 0; i < sizeof(CALLS) / sizeof(CALLS[0]); i++)
		if (maker_number(CALLS[i]) >= 0)
			maker_refuse(maker, maker_number(CALLS[i]), 0, NULL);
	for (i = 0; i < sizeof(NAMED) / sizeof(NAMED[0]); i++)
		if (maker_number(NAMED[i]) >= 0)
			maker_refuse(maker, maker_number(NAMED[i]), 1, &named);
}

/*
 * Where something may be read and not written, and comes to be later, no read-only mount keeps it: what is said of it is
 * not to be changed by way of a descriptor that is open for reading. The clerk changes it, or does not.
 */
static void notify_descriptors(struct maker *maker)
{
	static const char *const CALLS[] = { "fchmod", "fchown", "fsetxattr", "fremovexattr", "futimesat", "utimensat" };
	/* FS_IOC_SETFLAGS, _SETVERSION of two kinds, _FSSETXATTR, _ENABLE_VERITY, _SET_ENCRYPTION_POLICY (linux/fs.h, fscrypt.h) */
	static const unsigned int REQUESTS[] = { 0x40086602, 0x40087602, 0x40086604, 0x401c5820, 0x40806685, 0x800c6613 };
	size_t i;

	for (i = 0; i < sizeof(CALLS) / sizeof(CALLS[0]); i++)
		if (maker_number(CALLS[i]) >= 0)
			maker_refuse(maker, maker_number(CALLS[i]), 0, NULL);
	for (i = 0; i < sizeof(REQUESTS) / sizeof(REQUESTS[0]); i++) {
		struct scmp_arg_cmp request = SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffff, REQUESTS[i]);

		maker_refuse_quietly(maker, ENOTTY, SCMP_SYS(ioctl), 1, &request);
	}
}

bool performed_names(const struct walls *walls)
{
	return clerk_wanted(walls) || (walls->holds & HOLD_FILES);
}

void performed_add(struct maker *maker, const struct walls *walls)
{
	notify_held(maker, walls->holds);
	if (performed_names(walls))
		notify_names(maker);
	if (clerk_wanted(walls) && !(walls->holds & HOLD_FILES))
		notify_creations(maker);
	if (clerk_wanted(walls) && walls->local_sockets)
		maker_refuse(maker, SCMP_SYS(bind), 0, NULL);
	if (clerk_wanted(walls) && walls->freezes)
		notify_descriptors(maker);
}
