/* SPDX-License-Identifier: Apache-2.0 */
/* Names given and taken (rename(2), link(2), symlink(2), openat2(2), landlock(7)). See clerk.h. */
#include "clerk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caller.h"
#include "landlock.h"
#include "names.h"
#include "walls.h"

#define RENAME_KINDS	3U	/* RENAME_NOREPLACE, RENAME_EXCHANGE */

enum change { CHANGE_RENAME, CHANGE_LINK, CHANGE_SYMLINK };

/* What the clerk is asked to do; the directories that `from` and `to` begin at come beside it. */
struct request {
	enum change change;
	unsigned int flags;
	uint64_t capabilities;
	struct caller as;		/* ids, groups, mask; its descriptors are the monitor's and mean nothing here */
	bool file;			/* the first directory is the file that is to be linked itself */
	char from[PATH_MAX], to[PATH_MAX];
};

/* Where a name really is: its directory, and the last part of it as it was passed, slashes at its end included. */
struct place {
	int directory;
	const char *name;
	char path[PATH_MAX];		/* of what the name means */
};

bool clerk_wanted(const struct walls *walls)
{
	return walls->wanted[WALL_GUARD] && !(walls->privileges & (LIFT_MOUNT | LIFT_USERNS | LIFT_IO_URING));
}

/* Where the last part of a path begins: behind its last slash that is not at its end. */
static size_t last_part(const char *path)
{
	size_t at = strlen(path);

	while (at && path[at - 1] == '/')
		at--;
	while (at && path[at - 1] != '/')
		at--;
	return at;
}

static int path_of(int fd, char *path, size_t room)
{
	char link[64];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, room - 1);
	if (length <= 0 || (size_t)length >= room - 1) {
		errno = ENAMETOOLONG;
		return -1;
	}
	path[length] = '\0';
	return 0;
}

/* Find where `name` is, from directory `base`. What it means is judged, not what it was called. 0, or an errno. */
static int find_place(struct place *place, int base, char *name)
{
	struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_NO_MAGICLINKS };
	size_t at = last_part(name), length;
	char first = name[at];

	if (!*name)
		return ENOENT;
	place->name = name + at;
	name[at] = '\0';
	place->directory = (int)syscall(SYS_openat2, base, at ? name : ".", &how, sizeof(how));
	name[at] = first;
	if (place->directory < 0)
		return errno == ELOOP ? EACCES : errno;
	if (path_of(place->directory, place->path, sizeof(place->path)))
		return errno;
	length = strlen(place->path);
	if (length + strlen(place->name) + 2 > sizeof(place->path))
		return ENAMETOOLONG;
	if (length > 1)
		place->path[length++] = '/';
	strcpy(place->path + length, place->name);
	for (length = strlen(place->path); length > 1 && place->path[length - 1] == '/';)
		place->path[--length] = '\0';
	return 0;
}

/* "." and ".." mean a directory by another name than its own; the kernel refuses to rename or link them. */
static bool is_dots(const char *name)
{
	size_t length = strcspn(name, "/");

	return (length == 1 && name[0] == '.') || (length == 2 && name[0] == '.' && name[1] == '.');
}

static bool is_kept(const struct walls *walls, const char *path)
{
	return names_deny(walls, path) || names_below(walls, path);
}

/* By its descriptor: what is judged is what is linked, and a link itself where it was not followed. */
static int link_file(const struct walls *walls, int file, const struct place *to)
{
	char link[64], path[PATH_MAX];

	if (path_of(file, path, sizeof(path)))
		return errno;
	if (names_deny(walls, path))
		return EACCES;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", file);
	return linkat(AT_FDCWD, link, to->directory, to->name, AT_SYMLINK_FOLLOW) ? errno : 0;
}

static int make_link(const struct walls *walls, const struct request *request, int base, const struct place *to)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC | (request->flags & AT_SYMLINK_FOLLOW ? 0 : O_NOFOLLOW),
				.resolve = RESOLVE_NO_MAGICLINKS };
	int file = request->file ? base : (int)syscall(SYS_openat2, base, request->from, &how, sizeof(how));
	int error;

	if (file < 0)
		return errno == ELOOP ? EACCES : errno;
	error = link_file(walls, file, to);
	if (file != base)
		close(file);
	return error;
}

static int rename_it(const struct walls *walls, struct request *request, int base, const struct place *to)
{
	struct place from = { .directory = -1 };
	int error = find_place(&from, base, request->from);

	if (error)
		return error;
	if (!is_dots(from.name) && (is_kept(walls, from.path) || names_below(walls, to->path)))
		error = EACCES;
	else
		error = syscall(SYS_renameat2, from.directory, from.name, to->directory, to->name, request->flags) ?
			errno : 0;
	close(from.directory);
	return error;
}

static int change(const struct walls *walls, struct request *request, const int *bases)
{
	struct place to = { .directory = -1 };
	int error = find_place(&to, bases[1], request->to);

	if (error)
		return error;
	/* Refused by the kernel whatever it is called with: EEXIST, EBUSY. */
	if (!is_dots(to.name) && names_deny(walls, to.path))
		error = EACCES;
	else if (request->change == CHANGE_SYMLINK)
		error = symlinkat(request->from, to.directory, to.name) ? errno : 0;
	else if (request->change == CHANGE_LINK)
		error = make_link(walls, request, bases[0], &to);
	else
		error = rename_it(walls, request, bases[0], &to);
	close(to.directory);
	return error;
}

/* Of what the clerk itself may: what the caller may. */
static int take_capabilities(uint64_t effective, uint64_t permitted)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {
		{ .effective = (uint32_t)effective, .permitted = (uint32_t)permitted },
		{ .effective = (uint32_t)(effective >> 32), .permitted = (uint32_t)(permitted >> 32) },
	};

	return (int)syscall(SYS_capset, &header, data);
}

/* As the caller, for one change. */
static int serve(const struct walls *walls, struct request *request, const int *bases, uint64_t all)
{
	int error;

	caller_become(&request->as);
	error = take_capabilities(request->capabilities & all, all) ? errno : change(walls, request, bases);
	if (take_capabilities(all, all))
		_exit(1);
	caller_unbecome(&request->as);
	return error;
}

static uint64_t own_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	if (syscall(SYS_capget, &header, data))
		return 0;
	return (uint64_t)data[1].permitted << 32 | data[0].permitted;
}

/* A request and its two directories. False at the end. */
static bool take(int channel, struct request *request, int *bases)
{
	char space[CMSG_SPACE(2 * sizeof(int))] __attribute__((aligned(8)));
	struct iovec part = { .iov_base = request, .iov_len = sizeof(*request) };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof(space) };
	struct cmsghdr *header;
	ssize_t got;

	do
		got = recvmsg(channel, &message, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	header = got == (ssize_t)sizeof(*request) ? CMSG_FIRSTHDR(&message) : NULL;
	if (!header || header->cmsg_len != CMSG_LEN(2 * sizeof(int)))
		return false;
	memcpy(bases, CMSG_DATA(header), 2 * sizeof(int));
	return true;
}

static __attribute__((noreturn)) void work(int channel, const struct walls *walls, int namespace, int ruleset)
{
	static struct request request;
	uint64_t all = own_capabilities();
	int bases[2], error = 0;

	prctl(PR_SET_NAME, "warder-clerk");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (setns(namespace, CLONE_NEWNS) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || landlock_bind(ruleset))
		error = errno;
	if (send(channel, &error, sizeof(error), MSG_NOSIGNAL) != (ssize_t)sizeof(error) || error)
		_exit(1);
	while (take(channel, &request, bases)) {
		error = serve(walls, &request, bases, all);
		close(bases[0]);
		close(bases[1]);
		if (send(channel, &error, sizeof(error), MSG_NOSIGNAL) != (ssize_t)sizeof(error))
			break;
	}
	_exit(0);
}

static int answer_of(int channel)
{
	int error;
	ssize_t got;

	do
		got = recv(channel, &error, sizeof(error), 0);
	while (got < 0 && errno == EINTR);
	return got == (ssize_t)sizeof(error) ? error : EIO;
}

int clerk_start(struct clerk *clerk, const struct walls *walls, pid_t child, int ruleset)
{
	char path[64];
	int pair[2], namespace;

	clerk->channel = -1;
	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)child);
	namespace = open(path, O_RDONLY | O_CLOEXEC);
	if (namespace < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return -1;
	clerk->pid = fork();
	if (clerk->pid < 0)
		return -1;
	if (!clerk->pid) {
		close(pair[0]);
		work(pair[1], walls, namespace, ruleset);
	}
	close(pair[1]);
	close(namespace);
	clerk->channel = pair[0];
	errno = answer_of(pair[0]);
	return errno ? -1 : 0;
}

void clerk_end(struct clerk *clerk)
{
	if (clerk->channel < 0)
		return;
	close(clerk->channel);
	clerk->channel = -1;
	while (waitpid(clerk->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* Where a name begins: the caller's root, the directory that it works in, or one that it has open. */
static int open_base(const struct caller *caller, int directory, const char *name)
{
	char path[64];

	if (*name == '/')
		snprintf(path, sizeof(path), "/proc/%u/root", caller->tid);
	else if (directory == AT_FDCWD)
		snprintf(path, sizeof(path), "/proc/%u/cwd", caller->tid);
	else
		snprintf(path, sizeof(path), "/proc/%u/fd/%d", caller->tid, directory);
	return open(path, O_PATH | O_CLOEXEC);
}

/* N of "/proc/self/fd/N" and its like, by which an unnamed file gets a name; -1 for any other. */
static int descriptor_of(const char *name)
{
	int number, end;

	if (sscanf(name, "/proc/self/fd/%d%n", &number, &end) == 1 && !name[end])
		return number;
	if (sscanf(name, "/proc/thread-self/fd/%d%n", &number, &end) == 1 && !name[end])
		return number;
	return sscanf(name, "/dev/fd/%d%n", &number, &end) == 1 && !name[end] ? number : -1;
}

/* What a call asks for; false for one that is none of these. */
struct asked {
	enum change change;
	int from_directory, to_directory;
	uint64_t from, to;
	unsigned int flags;
};

static bool read_call(const struct seccomp_data *data, struct asked *asked)
{
	const __u64 *a = data->args;

	*asked = (struct asked){ .from_directory = AT_FDCWD, .to_directory = AT_FDCWD, .from = a[0], .to = a[1] };
	switch (data->nr) {
#ifdef SYS_rename
	case SYS_rename:
		asked->change = CHANGE_RENAME;
		return true;
	case SYS_link:
		asked->change = CHANGE_LINK;
		return true;
	case SYS_symlink:
		asked->change = CHANGE_SYMLINK;
		return true;
#endif
	case SYS_symlinkat:
		*asked = (struct asked){ CHANGE_SYMLINK, AT_FDCWD, (int)a[1], a[0], a[2], 0 };
		return true;
	case SYS_linkat:
		*asked = (struct asked){ CHANGE_LINK, (int)a[0], (int)a[2], a[1], a[3], (unsigned int)a[4] };
		return true;
	case SYS_renameat2:
		*asked = (struct asked){ CHANGE_RENAME, (int)a[0], (int)a[2], a[1], a[3], (unsigned int)a[4] };
		return true;
#ifdef SYS_renameat
	case SYS_renameat:
		*asked = (struct asked){ CHANGE_RENAME, (int)a[0], (int)a[2], a[1], a[3], 0 };
		return true;
#endif
	default:
		return false;
	}
}

static int pass(const struct clerk *clerk, struct request *request, const int *bases)
{
	char space[CMSG_SPACE(2 * sizeof(int))] __attribute__((aligned(8))) = { 0 };
	struct iovec part = { .iov_base = request, .iov_len = sizeof(*request) };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof(space) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(2 * sizeof(int));
	memcpy(CMSG_DATA(header), bases, 2 * sizeof(int));
	if (sendmsg(clerk->channel, &message, MSG_NOSIGNAL) != (ssize_t)sizeof(*request))
		return EIO;
	return answer_of(clerk->channel);
}

/* What linkat is to link: the file of a descriptor, or nothing special. 0, or an errno. */
static int of_descriptor(struct request *request, struct asked *asked)
{
	int number = request->flags & AT_SYMLINK_FOLLOW ? descriptor_of(request->from) : -1;

	if (request->flags & ~(unsigned int)(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return EINVAL;
	if (!*request->from && request->flags & AT_EMPTY_PATH && asked->from_directory != AT_FDCWD)
		number = asked->from_directory;
	if (number < 0)
		return 0;
	request->file = true;
	strcpy(request->from, ".");	/* not absolute: begins at the descriptor */
	asked->from_directory = number;
	return 0;
}

int clerk_perform(const struct clerk *clerk, int listener, const struct seccomp_notif *call)
{
	static struct request request;
	struct asked asked;
	struct caller caller;
	int bases[2] = { -1, -1 }, error;

	if (clerk->channel < 0 || !read_call(&call->data, &asked))
		return -1;
	if (asked.change == CHANGE_RENAME && asked.flags & ~RENAME_KINDS)
		return EINVAL;
	if (caller_open(&caller, call->pid))
		return EACCES;
	memset(&request, 0, offsetof(struct request, from));
	request.change = asked.change;
	request.flags = asked.flags;
	request.as = caller;
	request.capabilities = caller.capabilities;
	error = caller_name(&caller, asked.from, request.from, sizeof(request.from));
	error = error ? error : caller_name(&caller, asked.to, request.to, sizeof(request.to));
	if (!error && asked.change == CHANGE_LINK)
		error = of_descriptor(&request, &asked);
	if (!error) {
		bases[0] = open_base(&caller, asked.from_directory, asked.change == CHANGE_SYMLINK ? "" : request.from);
		bases[1] = open_base(&caller, asked.to_directory, request.to);
		error = bases[0] < 0 || bases[1] < 0 ? EBADF : 0;
	}
	/* It still waits: all that was read and opened is its own. */
	if (!error && ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &call->id))
		error = ENOENT;
	if (!error)
		error = pass(clerk, &request, bases);
	if (bases[0] >= 0)
		close(bases[0]);
	if (bases[1] >= 0)
		close(bases[1]);
	caller_close(&caller);
	return error;
}
