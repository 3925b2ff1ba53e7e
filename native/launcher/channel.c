/* SPDX-License-Identifier: Apache-2.0 */
/* Messages with descriptors (unix(7)). See channel.h. */
#include "channel.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "changes.h"

/* The parts together, and `count` descriptors beside them, two at most. 0, or an errno. */
static int send_with(int channel, struct iovec *parts, size_t part_count, const int *fds, size_t count, int flags)
{
	char space[CMSG_SPACE(2 * sizeof(int))] __attribute__((aligned(8))) = { 0 };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = part_count };
	struct cmsghdr *header;

	if (count) {
		message.msg_control = space;
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(header), fds, count * sizeof(int));
	}
	return sendmsg(channel, &message, MSG_NOSIGNAL | flags) > 0 ? 0 : errno;
}

/* A message of `least` bytes or more. How many descriptors came with it, two at most; -1 at the end. */
static int receive_with(int channel, struct iovec *parts, size_t part_count, size_t least, int *fds)
{
	char space[CMSG_SPACE(2 * sizeof(int))] __attribute__((aligned(8)));
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = part_count, .msg_control = space,
				  .msg_controllen = sizeof(space) };
	struct cmsghdr *header;
	size_t count;
	ssize_t got;

	do
		got = recvmsg(channel, &message, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got < (ssize_t)least)
		return -1;
	header = CMSG_FIRSTHDR(&message);
	if (!header)
		return 0;
	count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(header), count * sizeof(int));
	return (int)count;
}

int channel_ask(int channel, struct request *request, const int *bases)
{
	struct iovec parts[] = { { request, offsetof(struct request, from) },
				 { request->from, request->from_bytes },
				 { request->to, request->to_bytes } };
	const int fds[] = { bases[1], bases[0] };

	return send_with(channel, parts, 3, fds, bases[0] < 0 ? 1 : 2, MSG_DONTWAIT);
}

bool channel_asked(int channel, struct request *request, int *bases)
{
	static char names[sizeof(request->from) + sizeof(request->to)];
	struct iovec parts[] = { { request, offsetof(struct request, from) }, { names, sizeof(names) } };
	int fds[2] = { -1, -1 };

	if (receive_with(channel, parts, 2, parts[0].iov_len, fds) < 1)
		return false;
	memcpy(request->from, names, request->from_bytes);
	memcpy(request->to, names + request->from_bytes, request->to_bytes);
	bases[0] = fds[1];
	bases[1] = fds[0];
	return true;
}

bool channel_give(int channel, int fd)
{
	char nothing = 0;
	struct iovec part = { &nothing, sizeof(nothing) };

	return !send_with(channel, &part, 1, &fd, 1, 0);
}

int channel_take(int channel)
{
	char nothing;
	struct iovec part = { &nothing, sizeof(nothing) };
	int fd = -1;

	return receive_with(channel, &part, 1, sizeof(nothing), &fd) == 1 ? fd : -1;
}

bool channel_done(int channel, int error)
{
	struct iovec part = { &error, sizeof(error) };

	return !send_with(channel, &part, 1, NULL, 0, 0);
}

int channel_outcome(int channel)
{
	int error, none[2];
	struct iovec part = { &error, sizeof(error) };

	return receive_with(channel, &part, 1, sizeof(error), none) < 0 ? EIO : error;
}
