// SPDX-License-Identifier: Apache-2.0
/*
 * An agent that wants out, by network: each way to reach an address that is not
 * connect(2) on a plain TCP socket. One way per call:
 *
 *   hostile WAY ADDRESS PORT
 *
 * Prints "reached" or the errno's text; exit 0 either way, 2 for a wrong call.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAYLOAD "x"
#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static struct sockaddr_in in4(const char *address, int port)
{
	struct sockaddr_in name = { .sin_family = AF_INET, .sin_port = htons(port) };

	inet_pton(AF_INET, address, &name.sin_addr);
	return name;
}

/* a.b.c.d as ::ffff:a.b.c.d, or an IPv6 address as it is */
static struct sockaddr_in6 in6(const char *address, int port)
{
	struct sockaddr_in6 name = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	char mapped[64];

	snprintf(mapped, sizeof(mapped), strchr(address, ':') ? "%s" : "::ffff:%s", address);
	inet_pton(AF_INET6, mapped, &name.sin6_addr);
	return name;
}

static int by_connect(int family, int type, int protocol, const char *address, int port)
{
	int fd = socket(family, type, protocol);
	struct sockaddr_in name4 = in4(address, port);
	struct sockaddr_in6 name6 = in6(address, port);

	if (fd < 0)
		return -1;
	if (family == AF_INET)
		return connect(fd, (struct sockaddr *)&name4, sizeof(name4));
	return connect(fd, (struct sockaddr *)&name6, sizeof(name6));
}

static int by_sendto(int family, int type, int flags, const char *address, int port)
{
	int fd = socket(family, type, 0);
	struct sockaddr_in name4 = in4(address, port);
	struct sockaddr_in6 name6 = in6(address, port);

	if (fd < 0)
		return -1;
	if (family == AF_INET)
		return sendto(fd, PAYLOAD, 1, flags, (struct sockaddr *)&name4, sizeof(name4)) < 0 ? -1 : 0;
	return sendto(fd, PAYLOAD, 1, flags, (struct sockaddr *)&name6, sizeof(name6)) < 0 ? -1 : 0;
}

static int by_sendmmsg(const char *address, int port)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in name = in4(address, port);
	struct iovec part = { PAYLOAD, 1 };
	struct mmsghdr message = { .msg_hdr = { .msg_name = &name, .msg_namelen = sizeof(name),
						.msg_iov = &part, .msg_iovlen = 1 } };

	return sendmmsg(fd, &message, 1, 0) == 1 ? 0 : -1;
}

static int by_raw(const char *address, int port)
{
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_UDP);
	struct sockaddr_in name = in4(address, 0);
	struct { struct udphdr head; char payload[1]; } packet = {
		.head = { .source = htons(1), .dest = htons(port), .len = htons(9) }, .payload = { PAYLOAD[0] } };

	if (fd < 0)
		return -1;
	return sendto(fd, &packet, 9, 0, (struct sockaddr *)&name, sizeof(name)) < 0 ? -1 : 0;
}

/* The TCP socket that stdin is: made before the agent began, by who started it. */
static int by_inherited(const char *address, int port)
{
	struct sockaddr_in name = in4(address, port);

	return connect(0, (struct sockaddr *)&name, sizeof(name));
}

/* A datagram socket of ICMP: no capability is needed where the group is in net.ipv4.ping_group_range. */
static int by_ping(const char *address)
{
	int fd = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
	struct sockaddr_in name = in4(address, 0);
	unsigned char echo[9] = { 8, [8] = PAYLOAD[0] };

	if (fd < 0)
		return -1;
	return sendto(fd, echo, sizeof(echo), 0, (struct sockaddr *)&name, sizeof(name)) < 0 ? -1 : 0;
}

/*
 * To no address at all, by a socket that has one, ADDRESS: that is where it goes. Over IPv6 it is mapped, and so is none, but
 * for `none6`, which is :: itself.
 */
static int by_none(int family, int type, int connected, const char *none6, const char *address, int port)
{
	int fd = socket(family, type, 0);
	struct sockaddr_in own4 = in4(address, 0), none4 = in4("0.0.0.0", port);
	struct sockaddr_in6 own6 = in6(address, 0), to6 = in6(none6, port);
	const struct sockaddr *own = family == AF_INET ? (void *)&own4 : (void *)&own6;
	const struct sockaddr *none = family == AF_INET ? (void *)&none4 : (void *)&to6;
	socklen_t length = family == AF_INET ? sizeof(own4) : sizeof(own6);

	if (fd < 0 || bind(fd, own, length))
		return -1;
	if (connected)
		return connect(fd, none, length) || (type == SOCK_DGRAM && send(fd, PAYLOAD, 1, 0) < 0) ? -1 : 0;
	return sendto(fd, PAYLOAD, 1, 0, none, length) < 0 ? -1 : 0;
}

/* IORING_OP_CONNECT; `flags` may ask for the kernel's worker threads, which no fork makes. */
static int by_io_uring(const char *address, int port, unsigned char flags)
{
	struct io_uring_params params = { 0 };
	struct sockaddr_in name = in4(address, port);
	int ring = syscall(SYS_io_uring_setup, 4, &params);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct io_uring_sqe *entry;
	struct io_uring_cqe *result;
	unsigned char *rings;

	if (ring < 0 || fd < 0)
		return -1;
	rings = mmap(NULL, params.cq_off.cqes + params.cq_entries * sizeof(*result), PROT_READ | PROT_WRITE,
		     MAP_SHARED, ring, IORING_OFF_SQ_RING);
	entry = mmap(NULL, params.sq_entries * sizeof(*entry), PROT_READ | PROT_WRITE, MAP_SHARED, ring,
		     IORING_OFF_SQES);
	if (rings == MAP_FAILED || entry == MAP_FAILED)
		return -1;
	*entry = (struct io_uring_sqe){ .opcode = IORING_OP_CONNECT, .flags = flags, .fd = fd,
					.addr = (unsigned long)&name, .off = sizeof(name) };
	((unsigned *)(rings + params.sq_off.array))[0] = 0;
	__atomic_store_n((unsigned *)(rings + params.sq_off.tail), 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return -1;
	result = (struct io_uring_cqe *)(rings + params.cq_off.cqes);
	errno = -result->res;
	return result->res < 0 ? -1 : 0;
}

/* The address changes under the call: allowed when it is looked at, another when it is used. */
static struct sockaddr_in flipping;
static volatile int stop;

static void *flip(void *port)
{
	unsigned long allowed = (unsigned long)port >> 16, refused = (unsigned long)port & 0xffff;

	while (!stop) {
		flipping.sin_port = htons(allowed);
		flipping.sin_port = htons(refused);
	}
	return NULL;
}

/* PORT is the refused one, the one above it is allowed. Reached is told by the listener, not here. */
static int by_race(const char *address, int port)
{
	pthread_t thread;

	flipping = in4(address, port);
	pthread_create(&thread, NULL, flip, (void *)(((unsigned long)port + 1) << 16 | port));
	for (int i = 0; i < 2000; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);

		(void)!connect(fd, (struct sockaddr *)&flipping, sizeof(flipping));
		close(fd);
	}
	stop = 1;
	pthread_join(thread, NULL);
	errno = EPERM;
	return -1;
}

int main(int argc, char **argv)
{
	const char *way = argc == 4 ? argv[1] : "", *address = argc == 4 ? argv[2] : "";
	int port = argc == 4 ? atoi(argv[3]) : 0, result;

	if (!strcmp(way, "tcp4"))
		result = by_connect(AF_INET, SOCK_STREAM, 0, address, port);
	else if (!strcmp(way, "tcp6"))
		result = by_connect(AF_INET6, SOCK_STREAM, 0, address, port);
	else if (!strcmp(way, "mptcp"))
		result = by_connect(AF_INET, SOCK_STREAM, IPPROTO_MPTCP, address, port);
	else if (!strcmp(way, "fastopen"))
		result = by_sendto(AF_INET, SOCK_STREAM, MSG_FASTOPEN, address, port);
	else if (!strcmp(way, "udp-connect"))
		result = by_connect(AF_INET, SOCK_DGRAM, 0, address, port);
	else if (!strcmp(way, "udp4"))
		result = by_sendto(AF_INET, SOCK_DGRAM, 0, address, port);
	else if (!strcmp(way, "udp6"))
		result = by_sendto(AF_INET6, SOCK_DGRAM, 0, address, port);
	else if (!strcmp(way, "sendmmsg"))
		result = by_sendmmsg(address, port);
	else if (!strcmp(way, "raw"))
		result = by_raw(address, port);
	else if (!strcmp(way, "inherited"))
		result = by_inherited(address, port);
	else if (!strcmp(way, "ping"))
		result = by_ping(address);
	else if (!strcmp(way, "io_uring"))
		result = by_io_uring(address, port, 0);
	else if (!strcmp(way, "io_uring-worker"))
		result = by_io_uring(address, port, IOSQE_ASYNC);
	else if (!strcmp(way, "none-tcp4"))
		result = by_none(AF_INET, SOCK_STREAM, 1, "0.0.0.0", address, port);
	else if (!strcmp(way, "none-tcp6"))
		result = by_none(AF_INET6, SOCK_STREAM, 1, "0.0.0.0", address, port);
	else if (!strcmp(way, "none-tcp6-unmapped"))
		result = by_none(AF_INET6, SOCK_STREAM, 1, "::", address, port);
	else if (!strcmp(way, "none-udp4"))
		result = by_none(AF_INET, SOCK_DGRAM, 0, "0.0.0.0", address, port);
	else if (!strcmp(way, "none-udp6"))
		result = by_none(AF_INET6, SOCK_DGRAM, 0, "0.0.0.0", address, port);
	else if (!strcmp(way, "none-udp-connect"))
		result = by_none(AF_INET, SOCK_DGRAM, 1, "0.0.0.0", address, port);
	else if (!strcmp(way, "race"))
		result = by_race(address, port);
	else
		return 2;
	puts(result ? strerror(errno) : "reached");
	return 0;
}
