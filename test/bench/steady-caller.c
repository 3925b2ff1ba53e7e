/*
 * Sends what it is given at a steady rate, and tells when each answer was complete. A program of its own that sleeps between
 * two calls: one that spins, as a loop of node would have to, takes half of the core that the server runs on.
 *
 * Run:  steady-caller HOST PORT FRAMES CALLS-A-SECOND
 * In:   FRAMES: a file of blocks, each a length of 4 bytes, little-endian, and so many bytes of HTTP/2 (RFC 9113). The first
 *       is sent at once: preface, settings, a window as large as there is; each other one is a call on the next stream.
 * Out:  one line for each call, in the order of the answers: microseconds from when it was due to the end of its answer.
 *       Status 1 with a line on stderr when one is refused or the server ends it all.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { DATA = 0, HEADERS = 1, RST_STREAM = 3, SETTINGS = 4, PING = 6, GOAWAY = 7 };
enum { FRAME_HEAD = 9, MOST = 1 << 20, OPEN = 900, ACK = 1, END_STREAM = 1 };

struct call {
	int64_t due_ns;
	bool has_data;
};

static void fail(const char *what)
{
	fprintf(stderr, "steady-caller: %s: %s\n", what, errno ? strerror(errno) : "");
	exit(1);
}

static int64_t now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int connected(const char *host, const char *port)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
	int fd, on = 1;

	if (getaddrinfo(host, port, &hints, &found))
		fail(host);
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, found->ai_addr, found->ai_addrlen))
		fail(host);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	freeaddrinfo(found);
	return fd;
}

static void send_all(int fd, const uint8_t *bytes, size_t length)
{
	while (length > 0) {
		ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);

		if (sent < 0 && errno != EINTR)
			fail("send");
		if (sent > 0) {
			bytes += sent;
			length -= sent;
		}
	}
}

/* OPEN: calls without an answer, fewer than a gateway takes of one connection; later ones wait, from when they were due. */

/* Frames that have come whole; the rest stays in the buffer. Counts answers that are complete. */
static size_t take_frames(int fd, uint8_t *bytes, size_t held, struct call *calls, size_t *answered)
{
	size_t at = 0;

	while (held - at >= FRAME_HEAD) {
		uint8_t *frame = bytes + at;
		size_t length = frame[0] << 16 | frame[1] << 8 | frame[2];
		uint32_t stream = (frame[5] & 0x7f) << 24 | frame[6] << 16 | frame[7] << 8 | frame[8];

		if (held - at < FRAME_HEAD + length)
			break;
		errno = 0;
		if (frame[3] == GOAWAY || frame[3] == RST_STREAM)
			fail("the server ended a call");
		if ((frame[3] == SETTINGS || frame[3] == PING) && !(frame[4] & ACK)) {
			frame[4] |= ACK;
			if (frame[3] == SETTINGS)
				frame[0] = frame[1] = frame[2] = 0;
			send_all(fd, frame, FRAME_HEAD + (frame[3] == PING ? length : 0));
		}
		if (frame[3] == DATA)
			calls[(stream - 1) / 2].has_data = true;
		if (frame[3] == HEADERS && (frame[4] & END_STREAM)) {
			struct call *call = &calls[(stream - 1) / 2];

			/* An answer and its trailers; a refusal is trailers alone. */
			if (!call->has_data)
				fail("a call was refused");
			printf("%lld\n", (long long)(now_ns() - call->due_ns) / 1000);
			++*answered;
		}
		at += FRAME_HEAD + length;
	}
	memmove(bytes, bytes + at, held - at);
	return held - at;
}

/* The next block of a file; its bytes are the caller's. Its length, or 0 at the end. */
static uint32_t next_block(FILE *file, uint8_t **bytes)
{
	uint32_t length;

	if (fread(&length, sizeof(length), 1, file) != 1)
		return 0;
	*bytes = malloc(length);
	if (!*bytes || fread(*bytes, 1, length, file) != length)
		fail("frames");
	return length;
}

static void wait_for(int fd, int64_t until_ns)
{
	struct pollfd waiting = {.fd = fd, .events = POLLIN};
	int64_t left = until_ns - now_ns();
	struct timespec most = {.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};

	if (left > 0 && ppoll(&waiting, 1, &most, NULL) < 0 && errno != EINTR)
		fail("poll");
}

int main(int argc, char **argv)
{
	static uint8_t held_bytes[MOST];
	size_t room = 0, count = 0, answered = 0, held = 0;
	struct call *calls = NULL;
	uint8_t *block;
	uint32_t length;
	FILE *frames;
	int fd;

	if (argc != 5 || !(frames = fopen(argv[3], "rb")))
		fail("usage: steady-caller HOST PORT FRAMES CALLS-A-SECOND");
	fd = connected(argv[1], argv[2]);
	length = next_block(frames, &block);
	send_all(fd, block, length);
	free(block);
	length = next_block(frames, &block);

	int64_t begin_ns = now_ns();
	double between_ns = 1e9 / atof(argv[4]);

	while (length > 0 || answered < count) {
		int64_t due_ns = begin_ns + (int64_t)(count * between_ns);

		bool may_send = length > 0 && count - answered < OPEN;

		if (may_send && due_ns <= now_ns()) {
			if (count == room && !(calls = realloc(calls, (room = 2 * room + 1024) * sizeof(*calls))))
				fail("memory");
			calls[count++] = (struct call){.due_ns = due_ns};
			send_all(fd, block, length);
			free(block);
			length = next_block(frames, &block);
		} else {
			wait_for(fd, may_send ? due_ns : now_ns() + 1000000000);
		}

		ssize_t got = recv(fd, held_bytes + held, MOST - held, MSG_DONTWAIT);

		errno = got < 0 ? errno : 0;
		if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
			fail("the server ended it all");
		if (got > 0)
			held = take_frames(fd, held_bytes, held + got, calls, &answered);
	}
	return 0;
}
