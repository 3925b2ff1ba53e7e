/* SPDX-License-Identifier: Apache-2.0 */
/* The monitor. See monitor.h; the protocol it speaks is in main.c. */
#include "monitor.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#include "cgroup.h"
#include "control.h"
#include "guard.h"
#include "notify.h"
#include "options.h"
#include "warden.h"
#include "watch.h"

#define EXIT_LAUNCHER	125

/*
 * The kernel tells of an empty cgroup at most every 10 ms, and never where somebody removes it before it
 * got round to that: so look again.
 */
#define LAST_LOOK_MS	500

/* End the run now: the cgroup with all that is in it, and the child, which may not have joined yet. */
static void watch_kill(struct watch *watch)
{
	watch->ended = true;
	cgroup_kill(watch->monitor->cgroup);
	watch_send(watch, SIGKILL);
}

static void on_go(struct watch *watch)
{
	if (watch->stage != STAGE_GATED) {
		control_error(watch->monitor->control, "protocol", 0, "\"go\" is said once, after \"pid\"");
		watch->failed = true;
		watch->status = EXIT_LAUNCHER;
		watch_kill(watch);
		return;
	}
	watch->stage = STAGE_STARTING;
	/* A child that died meanwhile shows by its pidfd. */
	if (write(watch->monitor->gate, "g", 1) != 1)
		watch_send(watch, SIGKILL);
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
			watch_pass(watch, number);
			break;
		case CONTROL_PASSED:
			watch_passed(watch, number);
			break;
		case CONTROL_HOLD:
			/* Of a run that holds nothing, or no longer does, it is no word. */
			if (watch->notify.holds)
				hold_line(&watch->notify.hold, watch->monitor->control->text);
			break;
		case CONTROL_CLOSED:
			watch->alone = watch->monitor->options->survive && watch->stage >= STAGE_STARTING;
			if (!watch->alone)
				watch_kill(watch);
			else if (watch->notify.holds)
				hold_alone(&watch->notify.hold);
			return;
		case CONTROL_FAULT:
			control_error(watch->monitor->control, "protocol", 0,
				      "a line that is none of \"go\", \"signal N\" and \"passed N\"");
			watch->failed = true;
			watch->status = EXIT_LAUNCHER;
			watch_kill(watch);
			return;
		}
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
			{ .fd = clerk_watched(&watch.notify.clerk) },
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
		else if (fds[7].revents)
			clerk_lost(&watch.notify.clerk, watch.notify.listener);
		if (fds[2].revents && monitor->report >= 0)
			watch_report(&watch);
		if (fds[1].revents)
			watch_gone(&watch);
		if (fds[3].revents)
			watch_signal(&watch);
	}
	warden_dismiss(monitor->warden);
	control_finish(monitor->control);
	return watch.status;
}
