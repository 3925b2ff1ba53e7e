/* SPDX-License-Identifier: Apache-2.0 */
/* What a system call asks for. See changes.h. */
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "changes.h"
#include "metadata.h"

/* Linux 6.6; the number is that of every architecture. */
#ifndef __NR_fchmodat2
#define __NR_fchmodat2	452
#endif
#define RENAME_KINDS	3U	/* RENAME_NOREPLACE, RENAME_EXCHANGE */
/* With these an open makes no regular file, whatever else it says. */
#define MAKES_NONE	(O_PATH | O_DIRECTORY | (O_TMPFILE & ~O_DIRECTORY))

static bool two_names(struct asked *asked, enum change change, int from_directory, int to_directory, uint64_t from,
		      uint64_t to, uint64_t flags)
{
	*asked = (struct asked){ .change = change, .from_directory = from_directory, .to_directory = to_directory,
				 .from = from, .to = to, .flags = (unsigned int)flags };
	return true;
}

bool asked_unnamed(struct asked *asked, int descriptor)
{
	asked->unnamed = true;
	asked->to_directory = descriptor;
	asked->to = 0;
	asked->flags |= AT_EMPTY_PATH;
	return true;
}

static bool read_node(struct asked *asked, uint64_t mode)
{
	asked->mode = (uint32_t)mode;
	return !S_ISCHR(mode) && !S_ISBLK(mode);
}

#ifdef SYS_rename
/* Calls that newer architectures have no more. */
static bool read_old(const struct seccomp_data *data, struct asked *asked)
{
	const __u64 *a = data->args;

	*asked = (struct asked){ .from_directory = AT_FDCWD, .to_directory = AT_FDCWD, .to = a[0], .mode = (uint32_t)a[1] };
	switch (data->nr) {
	case SYS_rename:
		return two_names(asked, CHANGE_RENAME, AT_FDCWD, AT_FDCWD, a[0], a[1], 0);
	case SYS_link:
		return two_names(asked, CHANGE_LINK, AT_FDCWD, AT_FDCWD, a[0], a[1], 0);
	case SYS_symlink:
		return two_names(asked, CHANGE_SYMLINK, AT_FDCWD, AT_FDCWD, a[0], a[1], 0);
	case SYS_mkdir:
		asked->change = CHANGE_DIRECTORY;
		return true;
	case SYS_mknod:
		asked->change = CHANGE_NODE;
		return read_node(asked, a[1]);
	case SYS_rmdir:
		asked->flags = AT_REMOVEDIR;
		/* fallthrough */
	case SYS_unlink:
		asked->change = CHANGE_REMOVE;
		return true;
	case SYS_creat:
		asked->change = CHANGE_OPEN;
		asked->open = O_CREAT | O_WRONLY | O_TRUNC;
		return true;
	case SYS_chmod:
		asked->change = CHANGE_MODE;
		return true;
	case SYS_open:
		asked->change = CHANGE_OPEN;
		asked->open = (uint32_t)a[1];
		asked->mode = (uint32_t)a[2];
		return true;
	default:
		return false;
	}
}
#else
static bool read_old(const struct seccomp_data *data, struct asked *asked)
{
	(void)data;
	(void)asked;
	return false;
}
#endif

bool asked_read(const struct seccomp_data *data, struct asked *asked)
{
	const __u64 *a = data->args;

	*asked = (struct asked){ .to_directory = (int)a[0], .from_directory = AT_FDCWD, .to = a[1], .mode = (uint32_t)a[2] };
	switch (data->nr) {
	case SYS_symlinkat:
		return two_names(asked, CHANGE_SYMLINK, AT_FDCWD, (int)a[1], a[0], a[2], 0);
	case SYS_linkat:
		return two_names(asked, CHANGE_LINK, (int)a[0], (int)a[2], a[1], a[3], a[4]);
	case SYS_renameat2:
		return two_names(asked, CHANGE_RENAME, (int)a[0], (int)a[2], a[1], a[3], a[4]);
#ifdef SYS_renameat
	case SYS_renameat:
		return two_names(asked, CHANGE_RENAME, (int)a[0], (int)a[2], a[1], a[3], 0);
#endif
	case SYS_mkdirat:
		asked->change = CHANGE_DIRECTORY;
		return true;
	case SYS_mknodat:
		asked->change = CHANGE_NODE;
		return read_node(asked, a[2]);
	case SYS_unlinkat:
		asked->change = CHANGE_REMOVE;
		asked->flags = (unsigned int)a[2];
		return true;
	case SYS_fchmod:
		asked->change = CHANGE_MODE;
		asked->mode = (uint32_t)a[1];
		return asked_unnamed(asked, (int)a[0]);
	case SYS_truncate:
		asked->change = CHANGE_LENGTH;
		asked->to_directory = AT_FDCWD;
		asked->to = a[0];
		asked->length = (int64_t)a[1];
		return true;
	case SYS_inotify_add_watch:
		asked->change = CHANGE_WATCH;
		asked->descriptor = (int)a[0];
		asked->to_directory = AT_FDCWD;
		return true;
	case __NR_fchmodat2:
		asked->flags = (unsigned int)a[3];
		/* fallthrough */
	case SYS_fchmodat:
		asked->change = CHANGE_MODE;
		return true;
	case SYS_openat:
		asked->change = CHANGE_OPEN;
		asked->open = (uint32_t)a[2];
		asked->mode = (uint32_t)a[3];
		return true;
	case SYS_openat2:
		asked->change = CHANGE_OPEN;
		asked->how = a[2];
		asked->how_bytes = a[3];
		return true;
	default:
		return read_old(data, asked) || asked_read_metadata(data, asked);
	}
}

bool asked_creates(struct asked *asked, const struct caller *caller)
{
	struct open_how how;

	if (asked->how_bytes) {
		if (asked->how_bytes != sizeof(how) || caller_bytes(caller, asked->how, &how, sizeof(how)))
			return false;
		if (how.flags > UINT32_MAX || how.mode > 07777 || how.resolve & RESOLVE_CACHED)
			return false;
		asked->open = how.flags;
		asked->mode = (uint32_t)how.mode;
		asked->resolve = how.resolve;
	}
	return (asked->open & O_CREAT) && !(asked->open & MAKES_NONE);
}

bool asked_is_refused(const struct asked *asked)
{
	switch (asked->change) {
	case CHANGE_RENAME:
		return asked->flags & ~RENAME_KINDS;
	case CHANGE_LINK:
		return asked->flags & ~(unsigned int)(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH);
	case CHANGE_MODE:
	case CHANGE_OWNER:
	case CHANGE_TIMES:
		return asked->flags & ~(unsigned int)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH);
	default:
		return false;
	}
}

bool asked_of_file(enum change change)
{
	switch (change) {
	case CHANGE_MODE:
	case CHANGE_LENGTH:
	case CHANGE_OWNER:
	case CHANGE_TIMES:
	case CHANGE_ATTRIBUTE:
	case CHANGE_WATCH:
		return true;
	default:
		return false;
	}
}

bool asked_two(enum change change)
{
	return change == CHANGE_RENAME || change == CHANGE_LINK;
}
