/* SPDX-License-Identifier: Apache-2.0 */
/* The child on its way: what it says, and its end. See watch.h. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"
#include "child.h"
#include "control.h"
#include "monitor.h"
#include "options.h"
#include "watch.h"

static void say_failure(struct watch *watch, const struct child_report *report)
{
	struct control *control = watch->monitor->control;
	const struct options *options = watch->monitor->options;

	watch->failed = true;
	watch->status = child_exit_code(report);
	switch (report->step) {
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
	watch_send(watch, SIGKILL);
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
		watch_send(watch, SIGKILL);
		return;
	}
	watch->stage = STAGE_GATED;
	if (monitor->walls)
		say_walls(monitor->control, &report->walls);
	control_say(monitor->control, "pid %d", (int)monitor->child);
}

void watch_report(struct watch *watch)
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

void watch_gone(struct watch *watch)
{
	struct monitor *monitor = watch->monitor;
	siginfo_t info = { 0 };

	/* Its last words first: they are in the pipe already. */
	while (monitor->report >= 0)
		watch_report(watch);
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
