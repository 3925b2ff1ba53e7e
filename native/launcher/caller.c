/* SPDX-License-Identifier: Apache-2.0 */
/* Who waits in a system call (proc_pid(5)). See caller.h. */
#include "caller.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define ARGUMENTS	1024	/* looked at */
#define ARGUMENT_BYTES	8192	/* of each */
#define STATUS_BYTES	8192
#ifndef PIDFD_THREAD
#define PIDFD_THREAD	O_EXCL	/* linux/pidfd.h, Linux 6.9 */
#endif

static int open_of(unsigned int tid, const char *what, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%u/%s", tid, what);
	return open(path, flags | O_CLOEXEC);
}

static const char *behind(const char *status, const char *name)
{
	const char *found = strstr(status, name);

	return found ? found + strlen(name) : "";
}

/* The last of four numbers: real, effective, saved, for files. */
static unsigned int last_of_four(const char *text)
{
	unsigned int a, b, c, files = UINT_MAX;

	sscanf(text, "%u %u %u %u", &a, &b, &c, &files);
	return files;
}

static void read_groups(struct caller *caller, const char *text)
{
	char *end;

	while (caller->group_count < CALLER_GROUPS) {
		unsigned long group = strtoul(text, &end, 10);

		if (end == text || memchr(text, '\n', (size_t)(end - text)))
			return;
		caller->groups[caller->group_count++] = (gid_t)group;
		text = end;
	}
}

/*
 * Status files that stay open: who calls once mostly calls again, and to open one costs as much as to read it. Each is of one
 * thread for good, and tells what is so when it is read; once that thread is gone it tells nothing, whoever has its number.
 */
#define KEPT_OPEN	64

static struct { unsigned int tid; int fd; } kept_open[KEPT_OPEN];	/* tid 0: none */

static ssize_t read_status_file(int fd, char *status, size_t room)
{
	return fd < 0 ? -1 : pread(fd, status, room - 1, 0);
}

static int status_of(unsigned int tid, char *status, size_t room)
{
	unsigned int at = tid % KEPT_OPEN;
	bool known = kept_open[at].tid == tid;
	ssize_t length = known ? read_status_file(kept_open[at].fd, status, room) : -1;

	if (length <= 0) {
		if (kept_open[at].tid)
			close(kept_open[at].fd);
		kept_open[at].fd = open_of(tid, "status", O_RDONLY);
		kept_open[at].tid = kept_open[at].fd < 0 ? 0 : tid;
		length = read_status_file(kept_open[at].fd, status, room);
	}
	if (length <= 0)
		return -1;
	status[length] = '\0';
	return 0;
}

/* Of the numbers on a line, one for each namespace of pids from ours inwards: the innermost. */
static long last_number(const char *text)
{
	long last = -1;
	char *end;

	for (;;) {
		long number = strtol(text, &end, 10);

		if (end == text || memchr(text, '\n', (size_t)(end - text)))
			return last;
		last = number;
		text = end;
	}
}

bool caller_is(unsigned int tid, pid_t number)
{
	char status[STATUS_BYTES];

	if (number <= 0 || status_of(tid, status, sizeof(status)))
		return false;
	return number == last_number(behind(status, "\nNStgid:")) || number == last_number(behind(status, "\nNSpid:"));
}

static int read_status(struct caller *caller)
{
	char status[STATUS_BYTES];

	if (status_of(caller->tid, status, sizeof(status)))
		return -1;
	caller->tgid = strtol(behind(status, "\nTgid:"), NULL, 10);
	caller->uid = last_of_four(behind(status, "\nUid:"));
	caller->gid = last_of_four(behind(status, "\nGid:"));
	caller->mask = (mode_t)strtoul(behind(status, "\nUmask:"), NULL, 8);
	caller->capabilities = strtoull(behind(status, "\nCapEff:"), NULL, 16);
	read_groups(caller, behind(status, "\nGroups:"));
	return caller->tgid > 0 && caller->uid != UINT_MAX && caller->gid != UINT_MAX ? 0 : -1;
}

int caller_read(struct caller *caller, unsigned int tid)
{
	memset(caller, 0, sizeof(*caller));
	caller->tid = tid;
	return read_status(caller);
}

/* How many, which may be fewer; -1 where there are none. */
static ssize_t memory_of(const struct caller *caller, uint64_t address, void *bytes, size_t length)
{
	struct iovec to = { .iov_base = bytes, .iov_len = length };
	struct iovec from = { .iov_base = (void *)(uintptr_t)address, .iov_len = length };

	return process_vm_readv((pid_t)caller->tid, &to, 1, &from, 1, 0);
}

int caller_bytes(const struct caller *caller, uint64_t address, void *bytes, size_t length)
{
	return memory_of(caller, address, bytes, length) == (ssize_t)length ? 0 : -1;
}

int caller_descriptor(const struct caller *caller, int number)
{
	int process = (int)syscall(SYS_pidfd_open, caller->tid, PIDFD_THREAD), taken;

	/* Before 6.9 there are none for threads; nearly all have what their first thread has. */
	if (process < 0 && errno == EINVAL)
		process = (int)syscall(SYS_pidfd_open, caller->tgid, 0);
	if (process < 0)
		return -1;
	taken = (int)syscall(SYS_pidfd_getfd, process, number, 0);
	close(process);
	return taken;
}

/* Not past a page at once: the next may not be there. */
int caller_string(const struct caller *caller, uint64_t address, char *text, size_t room)
{
	size_t used = 0;

	while (used < room) {
		size_t page = 4096 - ((address + used) & 4095);
		size_t want = page < room - used ? page : room - used;
		ssize_t got = memory_of(caller, address + used, text + used, want);

		if (got <= 0)
			return -1;
		if (memchr(text + used, '\0', (size_t)got))
			return 0;
		used += (size_t)got;
	}
	return -1;
}

int caller_name(const struct caller *caller, uint64_t address, char *text, size_t room)
{
	char last;

	if (!caller_string(caller, address, text, room))
		return 0;
	return caller_bytes(caller, address + room - 1, &last, 1) ? EFAULT : ENAMETOOLONG;
}

/* `word` behind what is in `text`; false where it has no room. */
static bool add_word(char *text, size_t room, size_t *used, const char *word)
{
	static const char digits[] = "0123456789abcdef";

	if (*used && *used + 1 < room)
		text[(*used)++] = ' ';
	for (; *word; word++) {
		unsigned char byte = (unsigned char)*word;
		bool plain = byte > ' ' && byte != '%' && byte != 0x7f;

		if (*used + (plain ? 1 : 3) >= room)
			return false;
		if (!plain) {
			text[(*used)++] = '%';
			text[(*used)++] = digits[byte >> 4];
			byte = (unsigned char)digits[byte & 15];
		}
		text[(*used)++] = (char)byte;
	}
	return true;
}

bool caller_words(const struct caller *caller, const char *first, uint64_t argv, char *text, size_t room)
{
	char word[ARGUMENT_BYTES + 1];
	size_t used = 0;
	bool whole = true, fits = add_word(text, room, &used, first);
	int i;

	for (i = 0; fits && argv; i++) {	/* without an argv there are none */
		uint64_t address = 0;

		whole = i < ARGUMENTS && !caller_bytes(caller, argv + (uint64_t)i * sizeof(address), &address, sizeof(address));
		if (!address)
			break;
		memset(word, 0, sizeof(word));
		whole = whole && !caller_string(caller, address, word, ARGUMENT_BYTES);
		fits = add_word(text, room, &used, word) && whole;
	}
	text[used] = '\0';
	return whole && fits;
}

void caller_become(struct caller *caller)
{
	int count = getgroups(CALLER_GROUPS, caller->own_groups);

	caller->own_group_count = count < 0 ? 0 : count;
	caller->own_mask = umask(caller->mask);
	setgroups((size_t)caller->group_count, caller->groups);
	setfsgid(caller->gid);
	setfsuid(caller->uid);
}

void caller_unbecome(struct caller *caller)
{
	int error = errno;

	setfsuid(geteuid());
	setfsgid(getegid());
	setgroups((size_t)caller->own_group_count, caller->own_groups);
	umask(caller->own_mask);
	errno = error;
}
