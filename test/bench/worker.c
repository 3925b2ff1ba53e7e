// SPDX-License-Identifier: Apache-2.0
//
// The workload of `make bench`: short loops of system calls and whole commands, timed here, on request.
//
// In:    one request a line on stdin. `LOOP COUNT`: that many rounds of a loop below. `run PROGRAM [ARGUMENT ...]`:
//        one command, from fork to its end. `pace RATE MILLISECONDS`: opens at that rate per second, evenly in
//        slices of a millisecond; as fast as they go for rate 0. `spawn COUNT`: children that wait until the end.
// Out:   one line for each: nanoseconds of CLOCK_MONOTONIC that it took, and for `run` those of CPU that the command
//        and its children took; for `pace` the opens made and the nanoseconds that they took, which are more where the
//        rate is not to be had; for `spawn` the count. `error TEXT` where a call failed.
// usage: worker DIRECTORY; it holds `file`, which is opened and read. Ends with its stdin.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *file;
static const char *denied;
static int file_fd, udp, udp_peer, listener;
static struct sockaddr_in udp_at, listener_at;

static void fail(const char *what)
{
	printf("error %s: %s\n", what, strerror(errno));
	fflush(stdout);
	exit(1);
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static void loop_open(long count)
{
	while (count--) {
		int fd = open(file, O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			fail("open");
		close(fd);
	}
}

/* What a policy refuses; where it is allowed this is an open like others. */
static void loop_refused(long count)
{
	while (count--) {
		int fd = open(denied, O_RDONLY | O_CLOEXEC);

		if (fd >= 0)
			close(fd);
	}
}

static void loop_read(long count)
{
	char bytes[512];

	while (count--)
		if (pread(file_fd, bytes, sizeof(bytes), 0) < 0)
			fail("pread");
}

static void loop_call(long count)
{
	while (count--)
		syscall(SYS_getppid);
}

static void loop_udp_connect(long count)
{
	while (count--)
		if (connect(udp, (struct sockaddr *)&udp_at, sizeof(udp_at)))
			fail("connect");
}

/* To a socket whose queue is full: what is measured is the sender's part. */
static void loop_udp_send(long count)
{
	while (count--)
		if (sendto(udp_peer, "x", 1, MSG_DONTWAIT, (struct sockaddr *)&udp_at, sizeof(udp_at)) < 0)
			fail("sendto");
}

static void loop_tcp_connect(long count)
{
	const struct linger reset = { .l_onoff = 1 };

	while (count--) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), peer;

		if (fd < 0 || connect(fd, (struct sockaddr *)&listener_at, sizeof(listener_at)))
			fail("connect");
		peer = accept(listener, NULL, NULL);
		if (peer < 0)
			fail("accept");
		/* No port is left in TIME_WAIT. */
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(fd);
		close(peer);
	}
}

/* CPU time of all children that have ended. */
static uint64_t children_cpu(void)
{
	struct rusage usage;

	getrusage(RUSAGE_CHILDREN, &usage);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000ull +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000ull;
}

static void run(char *const argv[])
{
	pid_t child = fork();
	int status;

	if (child < 0)
		fail("fork");
	if (!child) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (waitpid(child, &status, 0) != child)
		fail("waitpid");
	if (status) {
		errno = ECHILD;
		fail(argv[0]);
	}
}

static void loop_spawn(long count)
{
	char *const argv[] = { "/bin/true", NULL };

	while (count--)
		run(argv);
}

static long pace(long rate, long milliseconds)
{
	const uint64_t begin = now();
	long done = 0;

	for (long slice = 1; slice <= milliseconds; slice++) {
		const uint64_t end = begin + slice * 1000000ull;
		const long due = rate * slice / 1000;

		if (rate) {
			loop_open(due - done);
			done = due;
		} else {
			while (now() < end) {
				loop_open(16);
				done += 16;
			}
		}
		while (rate && now() + 60000 < end) {
			const struct timespec rest = { .tv_nsec = end - now() - 50000 };

			nanosleep(&rest, NULL);
		}
	}
	return done;
}

static void spawn_children(long count)
{
	while (count--) {
		pid_t child = fork();

		if (child < 0)
			fail("fork");
		if (!child) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				pause();
		}
	}
}

static int bound(int type, struct sockaddr_in *at)
{
	const socklen_t size = sizeof(*at);
	socklen_t got = size;
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	*at = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (fd < 0 || bind(fd, (struct sockaddr *)at, size) || getsockname(fd, (struct sockaddr *)at, &got))
		fail("bind");
	return fd;
}

static void prepare(const char *directory)
{
	static char paths[2][4096];

	snprintf(paths[0], sizeof(paths[0]), "%s/file", directory);
	snprintf(paths[1], sizeof(paths[1]), "%s/denied", directory);
	file = paths[0];
	denied = paths[1];
	file_fd = open(file, O_RDONLY | O_CLOEXEC);
	if (file_fd < 0)
		fail(file);
	bound(SOCK_DGRAM, &udp_at);
	udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	udp_peer = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	listener = bound(SOCK_STREAM, &listener_at);
	if (listen(listener, 16))
		fail("listen");
}

static const struct {
	const char *name;
	void (*work)(long count);
} loops[] = {
	{ "open", loop_open },		 { "refused", loop_refused },	      { "read", loop_read },
	{ "call", loop_call },		 { "udp-connect", loop_udp_connect }, { "udp-send", loop_udp_send },
	{ "tcp-connect", loop_tcp_connect }, { "fork-exec", loop_spawn },
};

#define WORDS 64

static uint64_t answer(char *line, uint64_t *second)
{
	char *words[WORDS + 1] = { strtok(line, " \n") };
	const uint64_t begin = now();
	long count;

	for (int i = 1; i < WORDS && words[i - 1]; i++)
		words[i] = strtok(NULL, " \n");
	if (!words[0] || !words[1])
		goto unknown;
	if (!strcmp(words[0], "run")) {
		*second = children_cpu();
		run(words + 1);
		*second = children_cpu() - *second;
		return now() - begin;
	}
	count = atol(words[1]);
	if (!strcmp(words[0], "pace") && words[2]) {
		const long made = pace(count, atol(words[2]));

		*second = now() - begin;
		return made;
	}
	if (!strcmp(words[0], "spawn")) {
		spawn_children(count);
		return count;
	}
	for (size_t i = 0; i < sizeof(loops) / sizeof(loops[0]); i++) {
		if (strcmp(words[0], loops[i].name))
			continue;
		loops[i].work(count);
		return now() - begin;
	}
unknown:
	errno = EINVAL;
	fail(words[0] ? words[0] : "nothing");
	return 0;
}

int main(int argc, char **argv)
{
	static char line[8192];

	if (argc != 2) {
		fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
		return 2;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prepare(argv[1]);
	printf("ready %d\n", getpid());
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		uint64_t second = 0, first = answer(line, &second);

		printf("%llu %llu\n", (unsigned long long)first, (unsigned long long)second);
		fflush(stdout);
	}
	return 0;
}
