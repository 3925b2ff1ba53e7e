/* SPDX-License-Identifier: Apache-2.0 */
/* The clerk (landlock(7), seccomp_unotify(2), capabilities(7)). See clerk.h. */
#include "clerk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caller.h"
#include "changes.h"
#include "give.h"
#include "guard.h"
#include "landlock.h"
#include "walls.h"

#define FROM_DIRECTORY	(RESOLVE_BENEATH | RESOLVE_IN_ROOT)

bool clerk_wanted(const struct walls *walls)
{
	return walls->wanted[WALL_GUARD] && !(walls->privileges & (LIFT_MOUNT | LIFT_USERNS | LIFT_IO_URING));
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

static bool is_same(const struct caller *one, const struct caller *other)
{
	return one->uid == other->uid && one->gid == other->gid && one->mask == other->mask &&
	       one->capabilities == other->capabilities && one->group_count == other->group_count &&
	       !memcmp(one->groups, other->groups, (size_t)one->group_count * sizeof(one->groups[0]));
}

/* Act as `as` from here on; most who call are the same as the one before. 0, or an errno: then as nobody in particular. */
static int become(const struct caller *as, uint64_t all)
{
	static struct caller now;
	static bool is_one;
	int error;

	if (is_one && is_same(&now, as))
		return 0;
	if (take_capabilities(all, all))
		_exit(1);
	if (is_one)
		caller_unbecome(&now);
	now = *as;
	caller_become(&now);
	is_one = true;
	error = take_capabilities(now.capabilities & all, all) ? errno : 0;
	if (error)
		now.capabilities = ~now.capabilities;	/* so that nobody is the same */
	return error;
}

/* As the caller, for one change. */
static int serve(const struct walls *walls, struct request *request, const int *bases, uint64_t all, int *made)
{
	int error = become(&request->as, all);

	*made = -1;
	return error ? error : change_make(walls, request, bases, made);
}

static uint64_t own_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	if (syscall(SYS_capget, &header, data))
		return 0;
	return (uint64_t)data[1].permitted << 32 | data[0].permitted;
}

/* The parts together, and `count` descriptors beside them, two at most. */
static bool send_with(int channel, struct iovec *parts, size_t part_count, const int *fds, size_t count)
{
	char space[CMSG_SPACE(2 * sizeof(int))] __attribute__((aligned(8))) = { 0 };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = part_count };
	struct cmsghdr *header;

	if (count) {
		message.msg_control = space;
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(header), fds, count * sizeof(int));
	}
	return sendmsg(channel, &message, MSG_NOSIGNAL) > 0;
}

/* A message of `least` bytes or more. How many descriptors came with it, two at most; -1 at the end. */
static int receive_with(int channel, struct iovec *parts, size_t part_count, size_t least, int *fds)
{
	char space[CMSG_SPACE(2 * sizeof(int))] __attribute__((aligned(8)));
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = part_count, .msg_control = space,
				  .msg_controllen = sizeof(space) };
	struct cmsghdr *header;
	size_t count;
	ssize_t got;

	do
		got = recvmsg(channel, &message, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got < (ssize_t)least)
		return -1;
	header = CMSG_FIRSTHDR(&message);
	if (!header)
		return 0;
	count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(header), count * sizeof(int));
	return (int)count;
}

/* A request as far as it is used: most names are short, and their room is not. */
static bool send_request(int channel, struct request *request, const int *bases)
{
	struct iovec parts[] = { { request, offsetof(struct request, from) },
				 { request->from, request->from_bytes },
				 { request->to, request->to_bytes } };
	const int fds[] = { bases[1], bases[0] };

	return send_with(channel, parts, 3, fds, bases[0] < 0 ? 1 : 2);
}

static bool receive_request(int channel, struct request *request, int *bases)
{
	static char names[sizeof(request->from) + sizeof(request->to)];
	struct iovec parts[] = { { request, offsetof(struct request, from) }, { names, sizeof(names) } };
	int fds[2] = { -1, -1 };

	if (receive_with(channel, parts, 2, parts[0].iov_len, fds) < 1)
		return false;
	memcpy(request->from, names, request->from_bytes);
	memcpy(request->to, names + request->from_bytes, request->to_bytes);
	bases[0] = fds[1];
	bases[1] = fds[0];
	return true;
}

/* What came of a request. */
struct answer {
	int error;
	int value;		/* of CHANGE_WATCH, else -1 */
	bool opened;		/* the file comes beside it, and a second answer once the clerk has closed its own copy */
};

static bool send_answer(int channel, struct answer answer, int file)
{
	struct iovec part = { &answer, sizeof(answer) };

	return send_with(channel, &part, 1, &file, file >= 0);
}

static void close_both(const int *bases)
{
	if (bases[0] >= 0)
		close(bases[0]);
	if (bases[1] >= 0)
		close(bases[1]);
}

static __attribute__((noreturn)) void work(int channel, const struct walls *walls, int namespace, int ruleset)
{
	static struct request request;
	uint64_t all = own_capabilities();
	int bases[2], made, error = 0;

	prctl(PR_SET_NAME, "warder-clerk");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (setns(namespace, CLONE_NEWNS) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || landlock_bind(ruleset))
		error = errno;
	if (!send_answer(channel, (struct answer){ .error = error }, -1) || error)
		_exit(1);
	while (receive_request(channel, &request, bases)) {
		struct answer answer = { .error = serve(walls, &request, bases, all, &made) };

		answer.opened = request.change == CHANGE_OPEN && made >= 0;
		answer.value = answer.opened ? -1 : made;
		close_both(bases);
		if (!send_answer(channel, answer, answer.opened ? made : -1))
			break;
		if (!answer.opened)
			continue;
		close(made);
		if (!send_answer(channel, (struct answer){ .value = -1 }, -1))
			break;
	}
	_exit(0);
}

/*
 * Its answer, and the descriptor that came with it, else -1. What the clerk opens is asked about like any open of the
 * run's: so that it does not wait for us while we wait for it, those are answered meanwhile.
 */
static struct answer answer_of(const struct clerk *clerk, const struct walls *walls, int *file)
{
	struct pollfd fds[] = { { .fd = clerk->channel, .events = POLLIN }, { .fd = clerk->guard, .events = POLLIN } };
	struct answer answer;
	struct iovec part = { &answer, sizeof(answer) };

	*file = -1;
	for (;;) {
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[1].revents & POLLIN)
			guard_answer(clerk->guard, walls);
		if (!fds[0].revents)
			continue;
		if (receive_with(clerk->channel, &part, 1, sizeof(answer), file) < 0)
			answer = (struct answer){ .error = EIO, .value = -1 };
		return answer;
	}
}

int clerk_start(struct clerk *clerk, const struct walls *walls, pid_t child, int ruleset, int guard)
{
	char path[64];
	int pair[2], namespace, none;

	clerk->channel = -1;
	clerk->guard = guard;
	clerk->walls = walls;
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
	errno = answer_of(clerk, walls, &none).error;
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

/* A name that means a descriptor, or none beside one: that is where to begin, and what is meant. */
static void of_descriptor(struct request *request, char *name, int *directory, bool follows)
{
	int number = follows ? descriptor_of(name) : -1;

	if (!*name && request->flags & AT_EMPTY_PATH && *directory != AT_FDCWD)
		number = *directory;
	if (number < 0)
		return;
	request->file = true;
	strcpy(name, ".");		/* not absolute: begins at the descriptor */
	*directory = number;
}

/* The names of a call. Those of a bind came with its details. 0, or an errno. */
static int read_names(struct request *request, struct asked *asked, const struct caller *caller)
{
	int error = asked->from ? caller_name(caller, asked->from, request->from, sizeof(request->from)) : 0;

	if (!error && asked->change != CHANGE_BIND)
		error = caller_name(caller, asked->to, request->to, sizeof(request->to));
	if (error)
		return error;
	if (asked->change == CHANGE_LINK)
		of_descriptor(request, request->from, &asked->from_directory, request->flags & AT_SYMLINK_FOLLOW);
	else if (asked_of_file(asked->change))
		of_descriptor(request, request->to, &asked->to_directory, !(request->flags & AT_SYMLINK_NOFOLLOW));
	if (asked->from)
		request->from_bytes = (uint32_t)strlen(request->from) + 1;
	request->to_bytes = (uint32_t)strlen(request->to) + 1;
	return 0;
}

/* Where its names begin, and what else it is about. 0, or an errno. */
static int open_bases(const struct request *request, const struct asked *asked, const struct caller *caller, int *bases)
{
	bool other = asked->change == CHANGE_WATCH || asked->change == CHANGE_BIND;

	if (other)
		bases[0] = caller_descriptor(caller, asked->descriptor);
	else if (asked_two(asked->change))
		bases[0] = open_base(caller, asked->from_directory, request->from);
	/* There a name with a slash before it begins at the directory too. */
	bases[1] = open_base(caller, asked->to_directory, asked->resolve & FROM_DIRECTORY ? "" : request->to);
	return bases[1] < 0 || ((other || asked_two(asked->change)) && bases[0] < 0) ? EBADF : 0;
}

/* The file that was opened for the caller, which goes on when nobody else has it. An errno, or CLERK_DONE. */
static int give(const struct clerk *clerk, int listener, uint64_t id, int file, bool close_on_exec)
{
	int number = file < 0 ? -1 : give_file(listener, id, file, close_on_exec);
	int error = file < 0 ? EMFILE : errno, none;

	answer_of(clerk, clerk->walls, &none);
	if (number < 0)
		return error == EMFILE ? EMFILE : EACCES;
	give_value(listener, id, number);
	return CLERK_DONE;
}

static int pass(const struct clerk *clerk, int listener, uint64_t id, struct request *request, const int *bases)
{
	struct answer answer;
	int file;

	/* It still waits: all that was read and opened is its own. */
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id))
		return ENOENT;
	if (!send_request(clerk->channel, request, bases))
		return EIO;
	answer = answer_of(clerk, clerk->walls, &file);
	if (answer.opened)
		return give(clerk, listener, id, file, request->open & O_CLOEXEC);
	if (answer.error || answer.value < 0)
		return answer.error;
	give_value(listener, id, answer.value);
	return CLERK_DONE;
}

/* By its name: /dev/null and its like, which scripts write to at every turn. What is let go on makes no file in any case. */
static bool is_device(const char *name)
{
	return !strncmp(name, "/dev/", strlen("/dev/")) && !strchr(name + strlen("/dev/"), '/');
}

int clerk_perform(const struct clerk *clerk, int listener, const struct seccomp_notif *call)
{
	static struct request request;
	struct asked asked;
	struct caller caller;
	int bases[2] = { -1, -1 }, error;

	if (clerk->channel < 0 || !asked_read(&call->data, &asked))
		return CLERK_NONE;
	if (asked_is_refused(&asked))
		return EINVAL;
	if (caller_read(&caller, call->pid))
		return EACCES;
	if (asked.change == CHANGE_OPEN && !asked_creates(&asked, &caller))
		return CHANGE_NATIVE;
	memset(&request, 0, offsetof(struct request, from));
	error = asked_details(&asked, &caller, &request);
	if (!error)
		error = read_names(&request, &asked, &caller);
	if (!error && asked.change == CHANGE_OPEN && is_device(request.to))
		error = CHANGE_NATIVE;
	request.as = caller;
	if (!error)
		error = open_bases(&request, &asked, &caller, bases);
	if (!error)
		error = pass(clerk, listener, call->id, &request, bases);
	close_both(bases);
	return error;
}
