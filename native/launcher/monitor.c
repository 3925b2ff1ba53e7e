/* SPDX-License-Identifier: Apache-2.0 */
/* The monitor. See monitor.h; the protocol it speaks is in main.c. */
#include "monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cgroup.h"
#include "child.h"
#include "control.h"
#include "guard.h"
#include "notify.h"
#include "options.h"
#include "surroundings.h"
#include "warden.h"

#define EXIT_LAUNCHER	125
/* What a terminal sends reaches the caller and us at once; this is how long the caller may take to say so. */
#define TYPED_SECONDS	2

/*
 * The kernel tells of an empty cgroup at most every 10 ms, and never where somebody removes it before it
 * got round to that: so look again.
 */
#define LAST_LOOK_MS	500

/* Where the child stands. */
enum stage {
	STAGE_PREPARING,	/* on its way to the gate */
	STAGE_GATED,		/* the parent knows its pid and may say "go" */
	STAGE_STARTING,		/* gate open, exec under way */
	STAGE_RUNNING,
	STAGE_GONE,		/* reaped */
};

struct watch {
	struct monitor *monitor;
	enum stage stage;
	bool failed;		/* an "error" line was sent: no other end is told */
	struct notify notify;
	int guard;		/* group of permission events, -1: none */
	struct timespec typed[2];	/* when a terminal last sent SIGINT and SIGQUIT; 0: never */
	bool alone;		/* the parent has gone, and the run is to go on without it */
	bool ended;		/* the parent has gone or cannot be understood: everything is killed */
	int status;		/* for exit */
};

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

static void send_signal(struct watch *watch, int number)
{
	/* By pidfd: a number could be another process's by now. */
	syscall(SYS_pidfd_send_signal, watch->monitor->child_fd, number, NULL, 0);
}

/* As the caller asks: what a terminal would send to a whole group goes to the command's, where it leads one. */
static void pass_signal(struct watch *watch, int number)
{
	/* The number is the child's until it is reaped. */
	if (watch->monitor->options->session && watch->stage != STAGE_GONE && signal_is_groups(number))
		kill(-watch->monitor->child, number);
	else
		send_signal(watch, number);
}

/* End the run now: the cgroup with all that is in it, and the child, which may not have joined yet. */
static void kill_all(struct watch *watch)
{
	watch->ended = true;
	cgroup_kill(watch->monitor->cgroup);
	send_signal(watch, SIGKILL);
}

static void say_failure(struct watch *watch, const struct child_report *report)
{
	struct control *control = watch->monitor->control;
	const struct options *options = watch->monitor->options;

	watch->failed = true;
	watch->status = child_exit_code(report);
	switch (report->step) {
	case CHILD_CGROUP:
		control_error(control, "cgroup", report->error, "cannot join cgroup %s", options->cgroup);
		break;
	case CHILD_SESSION:
		control_error(control, "session", report->error, "cannot give the command a session of its own");
		break;
	case CHILD_SURROUNDINGS:
		control_error(control, "limits", report->error, "cannot take resource limits %s", options->limits);
		break;
	case CHILD_DESCRIPTORS:
		control_error(control, "descriptors", report->error, "cannot close inherited descriptors");
		break;
	case CHILD_ACCOUNT:
		control_error(control, "user", report->error, "cannot become user %s", options->user);
		break;
	case CHILD_MOUNTS:
		control_error(control, "mounts", report->error, "cannot build the run's own view of files: %s",
			      report->about);
		break;
	case CHILD_LANDLOCK:
		control_error(control, "landlock", report->error, "cannot make the rules of Landlock: %s", report->about);
		break;
	case CHILD_RULES:
		control_error(control, "landlock", report->error, "cannot bind the command to the rules of Landlock");
		break;
	case CHILD_BOUNDING:
	case CHILD_CAPABILITIES:
		control_error(control, "capabilities", report->error, "cannot drop capabilities");
		break;
	case CHILD_PRIVILEGES:
	case CHILD_FILTER:
	case CHILD_LISTENER:
		control_error(control, "seccomp", report->error, "cannot bind the command to the filter");
		break;
	case CHILD_LIMITS:
		control_error(control, "limits", report->error, "cannot set resource limits");
		break;
	case CHILD_PARENT:
		control_error(control, "parent", report->error, "cannot bind the command's life to the monitor's");
		break;
	case CHILD_CHDIR:
		control_error(control, "chdir", report->error, "cannot change to directory %s", options->chdir);
		break;
	case CHILD_SIGNALS:
		control_error(control, "signals", report->error, "cannot reset signals");
		break;
	default:
		control_error(control, "exec", report->error, "cannot run %s", options->command[0]);
		break;
	}
}

static void say_walls(struct control *control, const struct walls_report *walls)
{
	control_say(control, "walls %d %u %u %u %s", walls->landlock_abi, walls->mounts, walls->masked, walls->scanned,
		    walls->scan_cut ? "cut" : "whole");
}

/* Take the filter's listener, then let the child go on to its exec. */
static void take_listener(struct watch *watch, int number)
{
	struct child_report failure = { .step = CHILD_LISTENER };

	const struct monitor *monitor = watch->monitor;

	if (!notify_open(&watch->notify, monitor->child, monitor->child_fd, number, monitor->holds) &&
	    write(watch->monitor->gate, "g", 1) == 1)
		return;
	failure.error = errno;
	say_failure(watch, &failure);
	send_signal(watch, SIGKILL);
}

/*
 * The child waits at the gate. From here on opens wait for us, the child's own exec among them.
 * 0, or -1 with errno.
 */
static int take_guard(struct watch *watch, const struct child_report *report)
{
	const struct monitor *monitor = watch->monitor;
	int ruleset = -1;

	if (report->guard < 0)
		return 0;
	watch->guard = (int)syscall(SYS_pidfd_getfd, monitor->child_fd, report->guard, 0);
	if (report->ruleset >= 0)
		ruleset = (int)syscall(SYS_pidfd_getfd, monitor->child_fd, report->ruleset, 0);
	if (watch->guard < 0 || (report->ruleset >= 0 && ruleset < 0))
		return -1;
	if (clerk_wanted(monitor->walls) &&
	    clerk_start(&watch->notify.clerk, monitor->walls, monitor->child, ruleset, watch->guard))
		return -1;
	return ruleset < 0 ? 0 : close(ruleset);
}

static void on_ready(struct watch *watch, const struct child_report *report)
{
	struct monitor *monitor = watch->monitor;

	if (take_guard(watch, report)) {
		struct child_report failure = { .step = CHILD_MOUNTS, .error = errno, .about = "permission events" };

		say_failure(watch, &failure);
		send_signal(watch, SIGKILL);
		return;
	}
	watch->stage = STAGE_GATED;
	if (monitor->walls)
		say_walls(monitor->control, &report->walls);
	control_say(monitor->control, "pid %d", (int)monitor->child);
}

/* What the child said: ready, a failed step, or, by closing the pipe at exec or death, nothing more. */
static void on_report(struct watch *watch)
{
	struct monitor *monitor = watch->monitor;
	struct child_report report;
	ssize_t got = read(monitor->report, &report, sizeof(report));

	if (got < 0)
		return;
	if (got == (ssize_t)sizeof(report)) {
		if (watch->failed)
			return;
		if (report.step == CHILD_LISTENER) {
			take_listener(watch, report.error);
		} else if (report.step != CHILD_READY) {
			say_failure(watch, &report);
		} else if (watch->stage == STAGE_PREPARING) {
			on_ready(watch, &report);
		}
		return;
	}
	close(monitor->report);
	monitor->report = -1;
	/* Closed without a failure told after the gate: exec did it, or a SIGKILL in it. */
	if (watch->stage == STAGE_STARTING && !watch->failed) {
		watch->stage = STAGE_RUNNING;
		control_say(monitor->control, "started");
	}
}

static void on_go(struct watch *watch)
{
	if (watch->stage != STAGE_GATED) {
		control_error(watch->monitor->control, "protocol", 0, "\"go\" is said once, after \"pid\"");
		watch->failed = true;
		watch->status = EXIT_LAUNCHER;
		kill_all(watch);
		return;
	}
	watch->stage = STAGE_STARTING;
	/* A child that died meanwhile shows by its pidfd. */
	if (write(watch->monitor->gate, "g", 1) != 1)
		send_signal(watch, SIGKILL);
}

static struct timespec *typed(struct watch *watch, int number)
{
	if (number != SIGINT && number != SIGQUIT)
		return NULL;
	return &watch->typed[number == SIGQUIT];
}

static void on_signal(struct watch *watch)
{
	struct signalfd_siginfo info;

	while (read(watch->monitor->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		struct timespec *when = typed(watch, (int)info.ssi_signo);

		/* What the kernel sends goes to the whole foreground group: the command has it already. */
		if (info.ssi_code == SI_KERNEL && when)
			clock_gettime(CLOCK_BOOTTIME, when);
		else if (info.ssi_code != SI_KERNEL && !when)
			send_signal(watch, (int)info.ssi_signo);
	}
}

/* The caller got a signal. Where a terminal sent it, the command has it as well. */
static void on_passed(struct watch *watch, int number)
{
	const struct timespec *when = typed(watch, number);
	struct timespec now;

	on_signal(watch);
	clock_gettime(CLOCK_BOOTTIME, &now);
	if (!when || !when->tv_sec || now.tv_sec - when->tv_sec > TYPED_SECONDS)
		send_signal(watch, number);
}

static void on_control(struct watch *watch)
{
	int number = 0;

	while (!watch->ended && !watch->alone) {
		switch (control_next(watch->monitor->control, &number)) {
		case CONTROL_NONE:
			return;
		case CONTROL_GO:
			on_go(watch);
			break;
		case CONTROL_SIGNAL:
			pass_signal(watch, number);
			break;
		case CONTROL_PASSED:
			on_passed(watch, number);
			break;
		case CONTROL_HOLD:
			/* Of a run that holds nothing, or no longer does, it is no word. */
			if (watch->notify.holds)
				hold_line(&watch->notify.hold, watch->monitor->control->text);
			break;
		case CONTROL_CLOSED:
			watch->alone = watch->monitor->options->survive && watch->stage >= STAGE_STARTING;
			if (!watch->alone)
				kill_all(watch);
			else if (watch->notify.holds)
				hold_alone(&watch->notify.hold);
			return;
		case CONTROL_FAULT:
			control_error(watch->monitor->control, "protocol", 0,
				      "a line that is none of \"go\", \"signal N\" and \"passed N\"");
			watch->failed = true;
			watch->status = EXIT_LAUNCHER;
			kill_all(watch);
			return;
		}
	}
}

/*
 * For who takes over from the caller: a new file with the line that the caller is told. Where it cannot be had, nobody
 * knows.
 */
static void note_end(const char *path, const siginfo_t *info)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return;
	dprintf(fd, "%s %d\n", info->si_code == CLD_EXITED ? "exited" : "signaled", info->si_status);
	close(fd);
}

static void on_child_gone(struct watch *watch)
{
	struct monitor *monitor = watch->monitor;
	siginfo_t info = { 0 };

	/* Its last words first: they are in the pipe already. */
	while (monitor->report >= 0)
		on_report(watch);
	if (waitid(P_PID, (id_t)monitor->child, &info, WEXITED) && errno == EINTR)
		return;
	watch->stage = STAGE_GONE;
	if (watch->failed)
		return;
	if (monitor->options->survive)
		note_end(monitor->options->survive, &info);
	if (info.si_code == CLD_EXITED) {
		watch->status = info.si_status;
		control_say(monitor->control, "exited %d", info.si_status);
	} else {
		watch->status = 128 + info.si_status;
		control_say(monitor->control, "signaled %d", info.si_status);
	}
}

int monitor_run(struct monitor *monitor)
{
	struct watch watch = {
		.monitor = monitor,
		.stage = STAGE_PREPARING,
		.guard = -1,
		.notify = { .listener = -1, .memory = -1, .clerk = { .channel = -1 } },
	};

	while (watch.stage != STAGE_GONE || cgroup_populated(monitor->cgroup)) {
		bool gone = watch.stage == STAGE_GONE;
		/* poll(2) passes over negative descriptors. */
		struct pollfd fds[] = {
			{ .fd = watch.ended || watch.alone ? -1 : monitor->control->fd, .events = POLLIN },
			{ .fd = gone ? -1 : monitor->child_fd, .events = POLLIN },
			{ .fd = monitor->report, .events = POLLIN },
			{ .fd = monitor->signal_fd, .events = POLLIN },
			{ .fd = gone ? monitor->cgroup->events : -1, .events = POLLPRI },
			{ .fd = watch.notify.listener, .events = POLLIN },
			{ .fd = watch.guard, .events = POLLIN },
		};

		if (poll(fds, sizeof(fds) / sizeof(fds[0]), gone ? LAST_LOOK_MS : -1) < 0)
			continue;
		/* First: a "go" that is there before "pid" was said is none. */
		if (fds[0].revents)
			on_control(&watch);
		if (fds[6].revents & POLLIN)
			guard_answer(watch.guard, monitor->walls);
		if (fds[5].revents & POLLIN)
			notify_answer(&watch.notify, monitor->walls, monitor->control);
		else if (fds[5].revents)
			notify_close(&watch.notify);
		if (fds[2].revents && monitor->report >= 0)
			on_report(&watch);
		if (fds[1].revents)
			on_child_gone(&watch);
		if (fds[3].revents)
			on_signal(&watch);
	}
	warden_dismiss(monitor->warden);
	control_finish(monitor->control);
	return watch.status;
}
