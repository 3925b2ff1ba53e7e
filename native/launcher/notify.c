/* SPDX-License-Identifier: Apache-2.0 */
/* The filter's listener (seccomp_unotify(2), Linux 5.14 for SECCOMP_ADDFD_FLAG_SEND). See notify.h. */
#include "notify.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "caller.h"
#include "changes.h"
#include "control.h"
#include "give.h"
#include "refusals.h"

#ifndef SECCOMP_ADDFD_FLAG_SEND
#define SECCOMP_ADDFD_FLAG_SEND	(1UL << 1)
#endif
/* Linux 6.6 */
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS	SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP	(1UL << 0)
#endif
/* linux/memfd.h */
#define MEMORY_CLOEXEC	1U
#define MEMORY_HUGE	4U

int notify_open(struct notify *notify, int child, int child_fd, int number, bool holds)
{
	int context;

	notify->memory = -1;
	notify->listener = (int)syscall(SYS_pidfd_getfd, child_fd, number, 0);
	if (notify->listener < 0)
		return -1;
	/* Caller, monitor and clerk take turns: to stay on one processor is cheaper than to wake another. Older kernels refuse. */
	ioctl(notify->listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP, 0);
	if (clerk_begin(&notify->clerk, notify->listener, holds))
		return -1;
	notify->holds = holds;
	if (holds && hold_open(&notify->hold, notify->listener, child))
		return -1;
	context = fsopen("tmpfs", FSOPEN_CLOEXEC);
	if (context < 0 || fsconfig(context, FSCONFIG_SET_STRING, "mode", "1777", 0) ||
	    fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return -1;
	notify->memory = fsmount(context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	return notify->memory < 0 ? -1 : close(context);
}

/* A number behind a name in /proc/PID/status, -1 where there is none. */
static long status_number(const char *status, const char *name)
{
	const char *found = strstr(status, name);

	return found ? strtol(found + strlen(name), NULL, 10) : -1;
}

/* Who waits: while it does, its entry in /proc is its own. */
static void tell(struct notify *notify, struct control *control, const struct seccomp_notif *call)
{
	char path[64], status[1024];
	char *name;
	ssize_t length;
	int fd;

	if (notify->told >= NOTIFY_LINES)
		return;
	snprintf(path, sizeof(path), "/proc/%u/status", call->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? -1 : read(fd, status, sizeof(status) - 1);
	if (fd >= 0)
		close(fd);
	if (length <= 0)
		return;
	status[length] = '\0';
	name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, call->data.nr);
	notify->told++;
	control_say(control, "refused %ld %u %ld %s %d", status_number(status, "\nTgid:"), call->pid,
		    status_number(status, "\nUid:"), name ? name : "unknown", call->data.nr);
	free(name);
}

/* Perform memfd_create: true once the command has its descriptor. */
static bool give_memory(struct notify *notify, const struct seccomp_notif *call)
{
	struct seccomp_notif_addfd give = { .id = call->id, .flags = SECCOMP_ADDFD_FLAG_SEND };
	int fd, given;

	if (call->data.args[1] & MEMORY_HUGE)
		return false;
	fd = openat(notify->memory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	give.srcfd = (unsigned int)fd;
	give.newfd_flags = call->data.args[1] & MEMORY_CLOEXEC ? O_CLOEXEC : 0;
	given = ioctl(notify->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &give);
	close(fd);
	return given >= 0;
}

/*
 * Limits that a process sets for itself by its own number: let go on. The number is in a register, which no other
 * thread can change, and means the caller for as long as it waits.
 */
static bool limits_itself(const struct notify *notify, const struct seccomp_notif *call)
{
	if (call->data.nr != SYS_prlimit64 || !caller_is(call->pid, (pid_t)call->data.args[0]))
		return false;
	/* Fails where the caller has gone, whose number may have been another's by then. */
	give_way(notify->listener, call->id);
	return true;
}

/* Whether it has a port, which a rule about listening was asked about when it got it; or is of a family without. */
static bool is_bound(int socket)
{
	struct sockaddr_storage address = { 0 };
	socklen_t length = sizeof(address);

	if (getsockname(socket, (struct sockaddr *)&address, &length))
		return false;
	if (address.ss_family != AF_INET && address.ss_family != AF_INET6)
		return true;
	return address.ss_family == AF_INET ? ((const struct sockaddr_in *)&address)->sin_port :
					      ((const struct sockaddr_in6 *)&address)->sin6_port;
}

/*
 * listen(2), made with a copy of the descriptor, for another thread could put another socket there. With unix sockets it is
 * not in the filter: who listens on one is who made the call. False for one that is refused.
 */
static bool listened(const struct notify *notify, const struct seccomp_notif *call)
{
	struct caller caller;
	int socket, error = 0;

	if (call->data.nr != SYS_listen || caller_read(&caller, call->pid))
		return false;
	socket = caller_descriptor(&caller, (int)call->data.args[0]);
	if (socket < 0) {
		error = EBADF;
	} else if (!ioctl(notify->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &call->id)) {
		if (!is_bound(socket)) {
			close(socket);
			return false;
		}
		error = listen(socket, (int)call->data.args[1]) ? errno : 0;
	}
	if (socket >= 0)
		close(socket);
	give_error(notify->listener, call->id, error);
	return true;
}

/* True once a change of names is the clerk's, or failed as the kernel or the walls have it. */
static bool changed(struct notify *notify, const struct seccomp_notif *call)
{
	int error = clerk_perform(&notify->clerk, call);

	if (error == CLERK_NONE)
		return false;
	if (error == CHANGE_NATIVE)
		give_way(notify->listener, call->id);
	else if (error != CLERK_DONE)
		give_error(notify->listener, call->id, error);
	return true;
}

/* Calls that are in the filter for what is held alone, and go on. False for one that is refused. */
static bool held(struct notify *notify, struct control *control, const struct seccomp_notif *call)
{
	switch (call->data.nr) {
	case SYS_execve:
	case SYS_execveat:
		return hold_exec(&notify->hold, control, call);
#ifdef SYS_open
	case SYS_open:
	case SYS_creat:
#endif
	case SYS_openat:
	case SYS_openat2:
		give_way(notify->listener, call->id);
		return true;
	default:
		if (!asked_read(&call->data, &(struct asked){ 0 }))
			return false;
		give_way(notify->listener, call->id);
		return true;
	}
}

void notify_answer(struct notify *notify, const struct walls *walls, struct control *control)
{
	struct seccomp_notif call;

	memset(&call, 0, sizeof(call));
	if (ioctl(notify->listener, SECCOMP_IOCTL_NOTIF_RECV, &call))
		return;		/* whoever called is gone */
	if (call.data.nr == SYS_memfd_create && give_memory(notify, &call))
		return;
	if (notify->holds && (hold_file(&notify->hold, &call) || hold_change(&notify->hold, walls, &call)))
		return;
	if (limits_itself(notify, &call) || listened(notify, &call) || changed(notify, &call))
		return;
	if (notify->holds && held(notify, control, &call))
		return;
	tell(notify, control, &call);
	give_error(notify->listener, call.id, refusals_error(&call.data));
}

void notify_close(struct notify *notify)
{
	if (notify->holds)
		hold_close(&notify->hold);
	notify->holds = false;
	clerk_end(&notify->clerk);
	close(notify->listener);
	close(notify->memory);
	notify->listener = -1;
	notify->memory = -1;
}
