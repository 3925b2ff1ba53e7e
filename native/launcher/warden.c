/* SPDX-License-Identifier: Apache-2.0 */
/* The warden. See warden.h. */
#include "warden.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cgroup.h"
#include "descriptors.h"

#define DISMISSED	'd'

static __attribute__((noreturn)) void watch(const struct cgroup *cgroup, int end)
{
	sigset_t all;
	char word = 0;
	ssize_t got;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	setsid();
	prctl(PR_SET_NAME, "warder-warden");
	/*
	 * Neither the command's stdio nor the caller's channel. Where a descriptor cannot be closed, a reader of the
	 * command's output waits for us too: no harm.
	 */
	descriptors_keep(0, cgroup->kill, end);
	do
		got = read(end, &word, 1);
	while (got < 0 && errno == EINTR);
	/* The child that waits at the gate joins the cgroup, or dies, before its parent's death is seen here. */
	if (got != 1 || word != DISMISSED)
		cgroup_kill(cgroup);
	_exit(0);
}

int warden_start(const struct cgroup *cgroup, int *end)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return -1;
	pid = fork();
	if (pid < 0)
		return -1;
	if (!pid)
		watch(cgroup, pair[1]);
	*end = pair[0];
	return close(pair[1]);
}

void warden_dismiss(int end)
{
	char word = DISMISSED;

	send(end, &word, 1, MSG_NOSIGNAL);
	close(end);
}
