/* SPDX-License-Identifier: Apache-2.0 */
/* Signals for the run: what comes to the monitor, and what is passed on (signalfd(2), pidfd_send_signal(2)). See watch.h. */
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "monitor.h"
#include "options.h"
#include "surroundings.h"
#include "watch.h"

/* What a terminal sends reaches the caller and us at once; this is how long the caller may take to say so. */
#define TYPED_SECONDS	2

int monitor_signals(void)
{
	sigset_t all, passed;

	sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, NULL))
		return -1;
	sigemptyset(&passed);
	sigaddset(&passed, SIGTERM);
	sigaddset(&passed, SIGHUP);
	sigaddset(&passed, SIGUSR1);
	sigaddset(&passed, SIGUSR2);
	sigaddset(&passed, SIGINT);
	sigaddset(&passed, SIGQUIT);
	return signalfd(-1, &passed, SFD_CLOEXEC | SFD_NONBLOCK);
}

void watch_send(struct watch *watch, int number)
{
	/* By pidfd: a number could be another process's by now. */
	syscall(SYS_pidfd_send_signal, watch->monitor->child_fd, number, NULL, 0);
}

void watch_pass(struct watch *watch, int number)
{
	/* The number is the child's until it is reaped. */
	if (watch->monitor->options->session && watch->stage != STAGE_GONE && signal_is_groups(number))
		kill(-watch->monitor->child, number);
	else
		watch_send(watch, number);
}

static struct timespec *typed(struct watch *watch, int number)
{
	if (number != SIGINT && number != SIGQUIT)
		return NULL;
	return &watch->typed[number == SIGQUIT];
}

void watch_signal(struct watch *watch)
{
	struct signalfd_siginfo info;

	while (read(watch->monitor->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		struct timespec *when = typed(watch, (int)info.ssi_signo);

		/* What the kernel sends goes to the whole foreground group: the command has it already. */
		if (info.ssi_code == SI_KERNEL && when)
			clock_gettime(CLOCK_BOOTTIME, when);
		else if (info.ssi_code != SI_KERNEL && !when)
			watch_send(watch, (int)info.ssi_signo);
	}
}

void watch_passed(struct watch *watch, int number)
{
	const struct timespec *when = typed(watch, number);
	struct timespec now;

	watch_signal(watch);
	clock_gettime(CLOCK_BOOTTIME, &now);
	if (!when || !when->tv_sec || now.tv_sec - when->tv_sec > TYPED_SECONDS)
		watch_send(watch, number);
}
