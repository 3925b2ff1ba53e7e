/*
 * Faults at the N-th write, sync or rename below a directory, for tests: LD_PRELOAD into a process.
 *
 * FAULT_UNDER   directory, with its last slash
 * FAULT_AT      which call, from 1; 0 counts only
 * FAULT_KIND    kill (before the call), torn (half of a write, then kill), after (the call, then kill),
 *               enospc, eio (the call fails, once)
 *
 * Counted: write, pwrite, writev, fsync, fdatasync, rename, unlink, ftruncate on files below the directory.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long calls;

static int below(const char *path)
{
	const char *under = getenv("FAULT_UNDER");

	return under && strncmp(path, under, strlen(under)) == 0;
}

static int fd_below(int fd)
{
	char link[64], path[PATH_MAX];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof(path) - 1);
	if (length < 0)
		return 0;
	path[length] = 0;
	return below(path);
}

static void die(void)
{
	kill(getpid(), SIGKILL);
	for (;;)
		pause();
}

enum fault { NONE, TORN, AFTER, FAIL };

/* What is to happen at this call; does not return where it is to die before it. */
static enum fault fault(void)
{
	const char *at = getenv("FAULT_AT"), *kind = getenv("FAULT_KIND");

	if (!at || !kind || atomic_fetch_add(&calls, 1) + 1 != atol(at))
		return NONE;
	if (!strcmp(kind, "kill"))
		die();
	if (!strcmp(kind, "torn"))
		return TORN;
	if (!strcmp(kind, "after"))
		return AFTER;
	errno = !strcmp(kind, "eio") ? EIO : ENOSPC;
	return FAIL;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define FAULTY(concerned, call, half)                                          \
	do {                                                                   \
		enum fault what = (concerned) ? fault() : NONE;                \
		if (what == FAIL)                                              \
			return -1;                                             \
		if (what == TORN) {                                            \
			half;                                                  \
			die();                                                 \
		}                                                              \
		__typeof__(call) result = (call);                              \
		if (what == AFTER)                                             \
			die();                                                 \
		return result;                                                 \
	} while (0)

ssize_t write(int fd, const void *bytes, size_t size)
{
	FAULTY(fd_below(fd), REAL(write)(fd, bytes, size), REAL(write)(fd, bytes, size / 2));
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at)
{
	FAULTY(fd_below(fd), REAL(pwrite)(fd, bytes, size, at), REAL(pwrite)(fd, bytes, size / 2, at));
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off_t at)
{
	FAULTY(fd_below(fd), REAL(pwrite64)(fd, bytes, size, at), REAL(pwrite64)(fd, bytes, size / 2, at));
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
	FAULTY(fd_below(fd), REAL(writev)(fd, parts, count), REAL(writev)(fd, parts, count / 2));
}

int fsync(int fd)
{
	FAULTY(fd_below(fd), REAL(fsync)(fd), (void)0);
}

int fdatasync(int fd)
{
	FAULTY(fd_below(fd), REAL(fdatasync)(fd), (void)0);
}

int rename(const char *from, const char *to)
{
	FAULTY(below(to), REAL(rename)(from, to), (void)0);
}

int unlink(const char *path)
{
	FAULTY(below(path), REAL(unlink)(path), (void)0);
}

int ftruncate(int fd, off_t size)
{
	FAULTY(fd_below(fd), REAL(ftruncate)(fd, size), (void)0);
}

int ftruncate64(int fd, off_t size)
{
	FAULTY(fd_below(fd), REAL(ftruncate64)(fd, size), (void)0);
}
