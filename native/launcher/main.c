/* SPDX-License-Identifier: Apache-2.0 */
/*
 * warder-launch: starts a command in a cgroup, held at a gate until its caller
 * says go, and sees to it that nothing of it outlives the caller.
 *
 *   warder-launch --cgroup DIR --control-fd N [--walls-fd N] [--environment-fd N] [--user NAME|UID[:GROUP]]
 *                 [--chdir DIR] [--session own] [--umask OCTAL] [--limits LIST] [--survive FILE]
 *                 -- command [argument…]
 *
 * In:   DIR         an existing cgroup2 directory; the caller makes and removes it
 *       N           a stream socket, both ways (what libuv makes of stdio 'pipe')
 *       --walls-fd  what the kernel is to refuse by itself, as walls.h has it; read to its end and closed
 *       --survive   the run goes on when the caller dies after "go"; FILE, which must not be there, then tells a later
 *                   one how the command ended: a line "exited N" or "signaled N"
 *       0, 1, 2     become the command's, untouched; no other descriptor does
 *       --environment-fd
 *                   the command's environment: NAME=VALUE strings, each with its NUL, read to its end and closed;
 *                   without it the launcher's own. HOME, USER and LOGNAME are the user's under --user
 *       --session own
 *                   the command leads a session; a terminal among 0 to 2 that has no session becomes its own.
 *                   What "signal" passes on and a terminal would send to a group goes to the command's group
 *       --umask, --limits
 *                   file mode mask and resource limits of the command (surroundings.h)
 * Out:  the command's exit status; 128+N when signal N ended it; 127 not found,
 *       126 not executable, 125 when the launcher itself failed.
 *
 * Lines to the caller, in this order:
 *   walls ABI MOUNTS MASKED SCANNED whole|cut
 *                               with --walls-fd: Landlock's ABI, mounts made, names masked, directory entries
 *                               looked at for them, and whether that look was cut short at its bound
 *   pid N                       the child is in the cgroup and waits at the gate; label it now
 *   started                     the command replaced the child (or was killed in exec, then "signaled" follows)
 *   refused TGID TID UID CALL NUMBER
 *                               with --walls-fd, while it runs: the filter refused a system call; at most 1000 of them
 *   exec ID TGID PATH WORD...   with "hold exec" in the walls: a program is about to be executed and waits for an
 *                               answer; PATH is what its name leads to, the words its arguments, as they are in its
 *                               memory now. Spaces, '%' and control characters in them are %XX; they may be cut
 *   exited N | signaled N       the end of the command
 *   error STEP ERRNO TEXT       instead of any of them, once: what failed. ERRNO is a name, NONE where no system
 *                               call failed. After it the launcher ends. The command never ran, but for STEP
 *                               "protocol", which ends a running one. STEP: options, walls, environment, cgroup, user, fork,
 *                               session, descriptors, mounts, landlock, capabilities, parent, chdir, signals, limits,
 *                               seccomp, exec, protocol.
 * Lines from the caller:
 *   go                          run the command
 *   signal N                    send signal N to it
 *   passed N                    the caller got signal N: send it on, unless the terminal sent it to the whole
 *                               foreground group (the launcher got it too, within the last two seconds)
 *   answer ID go|no             the exec goes on, to be judged by the kernel programs, or fails with EACCES
 *   lift PATH, drop PATH        the file there may be run although its place is noexec; not any more
 *   grant r|w PATH, revoke …    with "hold files": opens of that path are performed for the command; not any more
 * End of file from the caller, at any time, kills the whole cgroup (cgroup.kill), but for --survive.
 *
 * After the command's end the launcher stays until the cgroup is empty, so that
 * what it left behind is still bound to the caller: kill the cgroup or close the
 * socket to be done at once.
 *
 * The launcher stays in the caller's process group and outside the cgroup. It
 * lets Ctrl-C, Ctrl-\ and Ctrl-Z pass to the command and survives them; SIGTERM,
 * SIGHUP, SIGUSR1 and SIGUSR2 sent to it are sent on. If it is itself killed, the
 * command gets SIGKILL; the caller, seeing end of file, kills the cgroup, and so does
 * the warden (warden.h), where caller and launcher are killed at once.
 *
 * Needs Linux 5.14 (cgroup.kill). Two processes of one thread, and the command.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "account.h"
#include "cgroup.h"
#include "child.h"
#include "control.h"
#include "filter.h"
#include "monitor.h"
#include "options.h"
#include "surroundings.h"
#include "walls.h"
#include "warden.h"

#define EXIT_LAUNCHER	125

/* Descriptors 0 to 2 exist from here on, so that nothing opened below takes their place. */
static int standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= 2);
	return fd < 0 ? -1 : close(fd);
}

/* The monitor lets go of the command's stdio: a reader of a pipe sees its end when the command closes it. */
static void release_stdio(void)
{
	int fd, null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return;
	for (fd = 0; fd <= 2; fd++)
		dup2(null, fd);
	close(null);
}

static int fail(struct control *control, const char *step, int error, const char *what, const char *about)
{
	control_error(control, step, error, "%s%s%s", what, *about ? " " : "", about);
	return EXIT_LAUNCHER;
}

/* The description, and what of it can be made before the fork. False once it is told what is wrong. */
static bool read_walls(struct control *control, const struct options *options, struct walls *walls,
		       struct sock_fprog *filter)
{
	const char *about, *fault = walls_read(walls, options->walls_fd, &about);

	if (fault) {
		control_error(control, "walls", 0, "the description of the walls cannot be used: %s%s%s", about,
			      *about ? ": " : "", fault);
		return false;
	}
	if (filter_make(filter, walls)) {
		control_error(control, "seccomp", errno, "cannot make the filter");
		return false;
	}
	return true;
}

static int launch(struct control *control, const struct options *options)
{
	struct cgroup cgroup;
	struct walls walls;
	struct sock_fprog filter;
	struct account account;
	char **environment = NULL;
	int gate[2], report[2];
	const char *missing, *fault;
	pid_t monitor_pid = getpid(), pid;
	struct monitor monitor = { .control = control, .options = options, .cgroup = &cgroup };

	if (options->walls_fd >= 0) {
		if (!read_walls(control, options, &walls, &filter))
			return EXIT_LAUNCHER;
		monitor.holds = walls.holds;
		monitor.walls = &walls;
	}
	if (cgroup_open(&cgroup, options->cgroup, &missing)) {
		control_error(control, "cgroup", errno, errno == ENOTSUP ? "%s%s is no cgroup2 directory" : "cannot open %s%s",
			      options->cgroup, missing);
		return EXIT_LAUNCHER;
	}
	if (options->user) {
		fault = account_find(&account, options->user);
		if (fault) {
			control_error(control, "user", 0, "%s: %s", options->user, fault);
			return EXIT_LAUNCHER;
		}
	}
	if (options->environment_fd >= 0) {
		environment = environment_read(options->environment_fd);
		if (!environment)
			return fail(control, "environment", errno, "cannot read the command's environment", "");
	}
	if (pipe2(gate, O_CLOEXEC) || pipe2(report, O_CLOEXEC))
		return fail(control, "fork", errno, "cannot make a pipe", "");
	if (warden_start(&cgroup, &monitor.warden))
		return fail(control, "fork", errno, "cannot start the warden", "");
	monitor.signal_fd = monitor_signals();
	if (monitor.signal_fd < 0)
		return fail(control, "signals", errno, "cannot take over signals", "");
	pid = cgroup_fork(&cgroup);
	if (pid < 0)
		return fail(control, "cgroup", errno, "cannot fork into cgroup", options->cgroup);
	if (!pid) {
		struct child child = {
			.options = options,
			.account = options->user ? &account : NULL,
			.walls = options->walls_fd >= 0 ? &walls : NULL,
			.filter = &filter,
			.environment = environment,
			.monitor = monitor_pid,
			.gate = gate[0],
			.report = report[1],
		};

		child_run(&child);
	}
	close(gate[0]);
	close(report[1]);
	release_stdio();
	monitor.child = pid;
	monitor.gate = gate[1];
	monitor.report = report[0];
	/* Ours and not yet waited for: the number is still the child's. */
	monitor.child_fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (monitor.child_fd < 0)
		/* The gate closes with us, and the child goes with it. */
		return fail(control, "fork", errno, "cannot open a pidfd", "");
	return monitor_run(&monitor);
}

int main(int argc, char **argv)
{
	struct control control;
	struct options options;
	const char *fault, *about = "";
	int fd = options_control_fd(argc, argv);

	if (standard_descriptors()) {
		perror("warder-launch: cannot open /dev/null");
		return EXIT_LAUNCHER;
	}
	if (fd < 0) {
		fputs("warder-launch: --control-fd N is missing; this program is started by warder run\n", stderr);
		return EXIT_LAUNCHER;
	}
	if (control_open(&control, fd)) {
		fprintf(stderr, "warder-launch: --control-fd %d is no stream socket: %s\n", fd, strerror(errno));
		return EXIT_LAUNCHER;
	}
	fault = options_read(&options, argc, argv, &about);
	if (fault) {
		control_error(&control, "options", 0, "%s%s%s", about, *about ? ": " : "", fault);
		return EXIT_LAUNCHER;
	}
	return launch(&control, &options);
}
