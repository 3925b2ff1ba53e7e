/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child, between fork and exec. See child.h.
 *
 * Everything that opens files happens before the gate: behind it the process has
 * its label and is judged as the command will be. What binds it happens there, in
 * an order in which each step can still be taken: capabilities while they may be
 * changed, no_new_privs, which Landlock and seccomp ask for, Landlock, and seccomp
 * last, for it refuses calls that the others make.
 */
#include "child.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "account.h"
#include "capabilities.h"
#include "clerk.h"
#include "descriptors.h"
#include "filter.h"
#include "landlock.h"
#include "mounts.h"
#include "options.h"
#include "surroundings.h"

#define EXIT_LAUNCHER	125	/* ours, as env(1), timeout(1) and container runtimes use it */
#define EXIT_NOT_RUNNABLE	126
#define EXIT_NOT_FOUND	127

static void tell(struct child *child, enum child_step step, int error)
{
	child->told.step = step;
	child->told.error = error;
	/* Shorter than PIPE_BUF: whole or not at all. Without a reader there is nobody to tell. */
	while (write(child->report, &child->told, sizeof(child->told)) < 0 && errno == EINTR)
		;
}

/* Whether the gate was opened; false when the monitor went, or closed it. */
static int gate_opened(struct child *child)
{
	char byte;
	ssize_t got;

	do
		got = read(child->gate, &byte, 1);
	while (got < 0 && errno == EINTR);
	return got == 1;
}

static int begin_session(struct child *child)
{
	return child->options->session ? session_begin() : 0;
}

static int take_surroundings(struct child *child)
{
	if (child->options->umask >= 0)
		umask((mode_t)child->options->umask);
	return child->options->limits ? limits_take(child->options->limits) : 0;
}

/* A directory that is open leads past the walls: it is one of the view that was before. */
static int refuse_directories(void)
{
	struct stat status;
	int fd;

	for (fd = 0; fd <= 2; fd++) {
		if (fstat(fd, &status) || !S_ISDIR(status.st_mode))
			continue;
		errno = EISDIR;
		return -1;
	}
	return 0;
}

/* The two pipes are close-on-exec: until then they are all that is open above 2. */
static int close_descriptors(struct child *child)
{
	if (child->walls && refuse_directories())
		return -1;
	return descriptors_keep(3, child->gate, child->report);
}

/* A failure that is about something: -1, and errno as it is. */
static int about(struct child *child, const char *word)
{
	strncpy(child->told.about, word, sizeof(child->told.about) - 1);
	return -1;
}

static int build_mounts(struct child *child)
{
	const char *word = "";

	child->guard = -1;
	child->told.guard = -1;
	if (!child->walls)
		return 0;
	if (!mounts_build(child->walls, &child->told.walls, &child->guard, &word))
		return 0;
	return about(child, word);
}

static int make_rules(struct child *child)
{
	const char *word = "";

	child->ruleset = -1;
	if (!child->walls)
		return 0;
	if (!landlock_prepare(child->walls, &child->told.walls, &child->ruleset, &word))
		return 0;
	return about(child, word);
}

static int bound_capabilities(struct child *child)
{
	return child->walls ? capabilities_bound(child->walls) : 0;
}

static int take_account(struct child *child)
{
	if (!child->account)
		return 0;
	return account_become(child->account) || account_environment(child->account) ? -1 : 0;
}

/* After the account: a change of ids clears the parent-death signal. */
static int die_with_monitor(struct child *child)
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

static int change_directory(struct child *child)
{
	return child->options->chdir ? chdir(child->options->chdir) : 0;
}

/*
 * By the system call: the C library keeps two signals to itself and lets nobody
 * reset them, and a caller may have left even those ignored. All zeros is the
 * standard action in the kernel's own struct, of whatever length.
 */
static int reset_signals(struct child *child)
{
	static const unsigned long standard[8];
	sigset_t none;
	int number;

	(void)child;
	/* SIGKILL and SIGSTOP refuse, and need no reset. */
	for (number = 1; number <= SIGRTMAX; number++)
		syscall(SYS_rt_sigaction, number, standard, NULL, sizeof(unsigned long));
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * One byte, not none: where /proc/sys/kernel/core_pattern names a program, the kernel starts that for a limit of 0 as for any
 * other, with all of the memory on its stdin, but not for 1 (fs/coredump.c). A file is not begun for less than a page.
 */
static int set_limits(struct child *child)
{
	struct rlimit none = { 1, 1 };

	return child->walls ? setrlimit(RLIMIT_CORE, &none) : 0;
}

static int drop_capabilities(struct child *child)
{
	return child->walls ? capabilities_drop(child->walls) : 0;
}

static int no_new_privileges(struct child *child)
{
	return child->walls ? prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) : 0;
}

static int bind_rules(struct child *child)
{
	if (!child->walls)
		return 0;
	/* On top: with the clerk's rules alone a file could still be made. */
	return landlock_bind(child->ruleset) || (clerk_wanted(child->walls) && landlock_make_none()) ? -1 : 0;
}

static int bind_filter(struct child *child)
{
	if (!child->walls)
		return 0;
	child->listener = filter_bind(child->filter);
	return child->listener < 0 ? -1 : 0;
}

/* Calls that the filter refuses wait for the monitor's answer: it has the listener before the first of them. */
static int hand_over_listener(struct child *child)
{
	if (!child->walls)
		return 0;
	tell(child, CHILD_LISTENER, child->listener);
	if (!gate_opened(child))
		_exit(EXIT_LAUNCHER);
	return close(child->listener);
}

static __attribute__((noreturn)) void fail(struct child *child, enum child_step step, int error)
{
	tell(child, step, error);
	_exit(child_exit_code(&child->told));
}

void child_run(struct child *child)
{
	static int (*const steps[CHILD_EXEC])(struct child *) = {
		[CHILD_SESSION] = begin_session,
		[CHILD_SURROUNDINGS] = take_surroundings,
		[CHILD_DESCRIPTORS] = close_descriptors,
		[CHILD_MOUNTS] = build_mounts,
		[CHILD_LANDLOCK] = make_rules,
		[CHILD_BOUNDING] = bound_capabilities,
		[CHILD_ACCOUNT] = take_account,
		[CHILD_PARENT] = die_with_monitor,
		[CHILD_CHDIR] = change_directory,
		[CHILD_SIGNALS] = reset_signals,
		[CHILD_LIMITS] = set_limits,
		[CHILD_CAPABILITIES] = drop_capabilities,
		[CHILD_PRIVILEGES] = no_new_privileges,
		[CHILD_RULES] = bind_rules,
		[CHILD_FILTER] = bind_filter,
		[CHILD_LISTENER] = hand_over_listener,
	};
	int step;

	/* In this process alone: names in it (of loader, resolver, locale) are not for what may be root. */
	if (child->environment)
		environ = child->environment;
	for (step = 0; step < CHILD_EXEC; step++) {
		if (step == CHILD_READY) {
			child->told.guard = child->guard;
			child->told.ruleset = child->ruleset;
			tell(child, CHILD_READY, 0);
			if (!gate_opened(child))
				_exit(EXIT_LAUNCHER);
			if (child->guard >= 0)
				close(child->guard);
		} else if (steps[step](child)) {
			fail(child, step, errno);
		}
	}
	execvp(child->options->command[0], child->options->command);
	fail(child, CHILD_EXEC, errno);
}

int child_exit_code(const struct child_report *report)
{
	if (report->step != CHILD_EXEC)
		return EXIT_LAUNCHER;
	return report->error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUNNABLE;
}
