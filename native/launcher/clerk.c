/* SPDX-License-Identifier: Apache-2.0 */
/* The clerk, as the monitor has it (seccomp_unotify(2)). See clerk.h. */
#include "clerk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
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
#include "give.h"
#include "guard.h"
#include "walls.h"

/* Of the kernel's memory, which takes twice that: some of the longest requests, and far fewer of the shortest than CLERK_PASSED. */
#define CHANNEL_ROOM	65536

_Static_assert(2 * CHANNEL_ROOM / offsetof(struct request, from) < CLERK_PASSED, "no call is forgotten that the channel holds");

bool clerk_wanted(const struct walls *walls)
{
	return walls->wanted[WALL_GUARD] && !(walls->privileges & (LIFT_MOUNT | LIFT_USERNS | LIFT_IO_URING));
}

/*
 * Until the channel has `events`, or no other end. What the clerk opens is asked about like any open of the run's: so that it does
 * not wait for us while we wait for it, those are answered meanwhile.
 */
static void wait_for(const struct clerk *clerk, short events)
{
	struct pollfd fds[] = { { .fd = clerk->channel, .events = events }, { .fd = clerk->guard, .events = POLLIN } };

	for (;;) {
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[1].revents & POLLIN)
			guard_answer(clerk->guard, clerk->walls);
		if (fds[0].revents)
			return;
	}
}

/* What became of what it was asked. */
static int outcome_of(const struct clerk *clerk)
{
	wait_for(clerk, POLLIN);
	return channel_outcome(clerk->channel);
}

int clerk_start(struct clerk *clerk, const struct walls *walls, pid_t child, int ruleset, int guard)
{
	int pair[2], room = CHANNEL_ROOM;

	clerk->channel = -1;
	clerk->guard = guard;
	clerk->walls = walls;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) ||
	    setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)))
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

int clerk_begin(struct clerk *clerk, int listener, bool waits)
{
	clerk->waits = waits;
	return clerk->channel < 0 || channel_give(clerk->channel, listener) ? 0 : -1;
}

int clerk_watched(const struct clerk *clerk)
{
	return clerk->gone ? -1 : clerk->channel;
}

void clerk_lost(struct clerk *clerk, int listener)
{
	unsigned int i;

	clerk->gone = true;
	/* Those that it did answer are not there any more. */
	for (i = 0; i < CLERK_PASSED && i < clerk->passed_count; i++)
		give_error(listener, clerk->passed[i], EIO);
}

void clerk_end(struct clerk *clerk)
{
	if (clerk->channel < 0)
		return;
	/* It may be in an open for somebody who is gone. */
	shutdown(clerk->channel, SHUT_WR);
	wait_for(clerk, 0);
	close(clerk->channel);
	clerk->channel = -1;
	while (waitpid(clerk->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* The clerk sees to it that whoever called still waits: then all that was read and opened is its own. */
static int pass(struct clerk *clerk, struct request *request, const int *bases)
{
	int error;

	clerk->passed[clerk->passed_count++ % CLERK_PASSED] = request->id;
	while ((error = channel_ask(clerk->channel, request, bases)) == EAGAIN)
		wait_for(clerk, POLLOUT);
	if (!error && clerk->waits)
		error = outcome_of(clerk);
	return error ? EIO : CLERK_DONE;
}

/* By its name: /dev/null and its like, which scripts write to at every turn. What is let go on makes no file in any case. */
static bool is_device(const char *name)
{
	return !strncmp(name, "/dev/", strlen("/dev/")) && !strchr(name + strlen("/dev/"), '/');
}

int clerk_perform(struct clerk *clerk, const struct seccomp_notif *call)
{
	static struct request request;
	struct asked asked;
	struct caller caller;
	int bases[2] = { -1, -1 }, error;

	if (clerk->channel < 0 || !asked_read(&call->data, &asked))
		return CLERK_NONE;
	if (asked_is_refused(&asked))
		return EINVAL;
	if (clerk->gone)
		return EIO;
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
	request.told = clerk->waits;
	request.as = caller;
	if (!error)
		error = bases_open(&request, &asked, &caller, bases);
	if (!error)
		error = pass(clerk, &request, bases);
	bases_close(bases);
	return error;
}
