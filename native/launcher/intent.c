/* SPDX-License-Identifier: Apache-2.0 */
/* The call that a thread waits in (proc_pid_syscall(5)). See intent.h. */
#include "intent.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Its event is told a moment before it sleeps; on a busy host, or where its cgroup has used up its share of the processors,
 * it gets there later. So look a few times at once, and then once in a millisecond for half a minute.
 */
#define TRIES_AT_ONCE	50
#define TRIES		30000
#define RUNNING		"running"

static bool call_of(pid_t tid, long *call, unsigned long *arguments)
{
	char path[64], text[256];
	ssize_t length = -1;
	int fd, tries;

	snprintf(path, sizeof(path), "/proc/%d/syscall", (int)tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	for (tries = 0; tries < TRIES; tries++) {
		length = pread(fd, text, sizeof(text) - 1, 0);
		if (length <= 0 || strncmp(text, RUNNING, strlen(RUNNING)) != 0)
			break;
		if (tries < TRIES_AT_ONCE)
			sched_yield();
		else
			usleep(1000);
	}
	close(fd);
	if (length <= 0)
		return false;
	text[length] = '\0';
	return sscanf(text, "%ld %lx %lx %lx", call, &arguments[0], &arguments[1], &arguments[2]) == 4;
}

static bool is_reading(unsigned long flags)
{
	return (flags & O_ACCMODE) == O_RDONLY && !(flags & O_TRUNC);
}

bool intent_reads(pid_t tid)
{
	unsigned long arguments[3];
	long call;

	if (tid <= 0 || !call_of(tid, &call, arguments))
		return false;
	switch (call) {
#ifdef SYS_open
	case SYS_open:
		return is_reading(arguments[1]);
#endif
	case SYS_openat:
		return is_reading(arguments[2]);
	case SYS_execve:
	case SYS_execveat:
		return true;
	default:
		return false;
	}
}
