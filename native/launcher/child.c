/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child, between fork and exec. See child.h.
 *
 * Everything that the command must not be able to influence happens before the
 * gate; what binds the command happens after it, when its label is in the
 * kernel: see walls().
 */
#include "child.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "account.h"
#include "cgroup.h"
#include "options.h"

#define EXIT_LAUNCHER	125	/* ours, as env(1), timeout(1) and container runtimes use it */
#define EXIT_NOT_RUNNABLE	126
#define EXIT_NOT_FOUND	127

static int join_cgroup(const struct child *child)
{
	return cgroup_join(child->cgroup);
}

static int close_between(int first, int last)
{
	return first > last ? 0 : close_range((unsigned int)first, (unsigned int)last, 0);
}

/* The two pipes are close-on-exec: until then they are all that is open above 2. */
static int close_descriptors(const struct child *child)
{
	int low = child->gate < child->report ? child->gate : child->report;
	int high = child->gate < child->report ? child->report : child->gate;

	if (close_between(3, low - 1) || close_between(low + 1, high - 1))
		return -1;
	return close_range((unsigned int)high + 1, UINT_MAX, 0);
}

static int take_account(const struct child *child)
{
	if (!child->account)
		return 0;
	return account_become(child->account) || account_environment(child->account) ? -1 : 0;
}

/* After the account: a change of ids clears the parent-death signal. */
static int die_with_monitor(const struct child *child)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL))
		return -1;
	if (getppid() != child->monitor) {
		/* It went before the prctl. */
		errno = ESRCH;
		return -1;
	}
	return 0;
}

static int change_directory(const struct child *child)
{
	return child->options->chdir ? chdir(child->options->chdir) : 0;
}

static int reset_signals(const struct child *child)
{
	struct sigaction standard = { .sa_handler = SIG_DFL };
	sigset_t none;
	int number;

	(void)child;
	/* SIGKILL, SIGSTOP and the C library's own two refuse, and need no reset. */
	for (number = 1; number <= SIGRTMAX; number++)
		sigaction(number, &standard, NULL);
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * What is laid on the command itself, once its label is in the kernel: resource
 * limits, Landlock, seccomp go here. Nothing yet.
 */
static int walls(const struct child *child)
{
	(void)child;
	return 0;
}

static void tell(const struct child *child, enum child_step step, int error)
{
	struct child_report report = { .step = step, .error = error };

	/* Shorter than PIPE_BUF: whole or not at all. Without a reader there is nobody to tell. */
	while (write(child->report, &report, sizeof(report)) < 0 && errno == EINTR)
		;
}

static __attribute__((noreturn)) void fail(const struct child *child, enum child_step step, int error)
{
	struct child_report report = { .step = step, .error = error };

	tell(child, step, error);
	_exit(child_exit_code(&report));
}

/* Whether the gate was opened; false when the monitor went, or closed it. */
static int gate_opened(const struct child *child)
{
	char byte;
	ssize_t got;

	do
		got = read(child->gate, &byte, 1);
	while (got < 0 && errno == EINTR);
	return got == 1;
}

void child_run(const struct child *child)
{
	static int (*const steps[CHILD_READY])(const struct child *) = {
		[CHILD_CGROUP] = join_cgroup,
		[CHILD_DESCRIPTORS] = close_descriptors,
		[CHILD_ACCOUNT] = take_account,
		[CHILD_PARENT] = die_with_monitor,
		[CHILD_CHDIR] = change_directory,
		[CHILD_SIGNALS] = reset_signals,
	};
	int step;

	for (step = 0; step < CHILD_READY; step++)
		if (steps[step](child))
			fail(child, step, errno);
	tell(child, CHILD_READY, 0);
	if (!gate_opened(child))
		_exit(EXIT_LAUNCHER);
	if (walls(child))
		fail(child, CHILD_EXEC, errno);
	execvp(child->options->command[0], child->options->command);
	fail(child, CHILD_EXEC, errno);
}

int child_exit_code(const struct child_report *report)
{
	if (report->step != CHILD_EXEC)
		return EXIT_LAUNCHER;
	return report->error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUNNABLE;
}
