/* SPDX-License-Identifier: Apache-2.0 */
/* The clerk, as the monitor has it (seccomp_unotify(2)). See clerk.h. */
#include "clerk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bases.h"
#include "caller.h"
#include "changes.h"
#include "channel.h"
#include "clerk_work.h"
#include "guard.h"
#include "walls.h"

bool clerk_wanted(const struct walls *walls)
{
	return walls->wanted[WALL_GUARD] && !(walls->privileges & (LIFT_MOUNT | LIFT_USERNS | LIFT_IO_URING));
}

/*
 * What became of what it was asked. What it opens is asked about like any open of the run's: so that it does not wait for us
 * while we wait for it, those are answered meanwhile.
 */
static int outcome_of(const struct clerk *clerk)
{
	struct pollfd fds[] = { { .fd = clerk->channel, .events = POLLIN }, { .fd = clerk->guard, .events = POLLIN } };

	for (;;) {
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[1].revents & POLLIN)
			guard_answer(clerk->guard, clerk->walls);
		if (fds[0].revents)
			return channel_outcome(clerk->channel);
	}
}

int clerk_start(struct clerk *clerk, const struct walls *walls, pid_t child, int ruleset, int guard)
{
	int pair[2];

	clerk->channel = -1;
	clerk->guard = guard;
	clerk->walls = walls;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return -1;
	clerk->pid = fork();
	if (clerk->pid < 0)
		return -1;
	if (!clerk->pid)
		clerk_work(pair[1], walls, child, ruleset);
	close(pair[1]);
	clerk->channel = pair[0];
	errno = outcome_of(clerk);
	return errno ? -1 : 0;
}

int clerk_begin(const struct clerk *clerk, int listener)
{
	return clerk->channel < 0 || channel_give(clerk->channel, listener) ? 0 : -1;
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

static int pass(const struct clerk *clerk, int listener, struct request *request, const int *bases)
{
	int error;

	/* It still waits: all that was read and opened is its own. */
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &request->id))
		return ENOENT;
	error = channel_ask(clerk->channel, request, bases) ? outcome_of(clerk) : EIO;
	return error ? error : CLERK_DONE;
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
		error = bases_names(&request, &asked, &caller);
	if (!error && asked.change == CHANGE_OPEN && is_device(request.to))
		error = CHANGE_NATIVE;
	request.id = call->id;
	request.as = caller;
	if (!error)
		error = bases_open(&request, &asked, &caller, bases);
	if (!error)
		error = pass(clerk, listener, &request, bases);
	bases_close(bases);
	return error;
}
