/* SPDX-License-Identifier: Apache-2.0 */
/* The control channel: lines in and out. See control.h; protocol in main.c. */
#include "control.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* How long the parent may take to read the last words. */
#define FINISH_MS	1000

/* Room for two paths and a sentence. */
#define SAY_BYTES	8704	/* and for what an exec has (hold.c) */

int control_open(struct control *control, int fd)
{
	int type;
	socklen_t length = sizeof(type);

	memset(control, 0, sizeof(*control));
	control->fd = fd;
	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length))
		return -1;
	if (type != SOCK_STREAM) {
		errno = EPROTOTYPE;
		return -1;
	}
	return fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/* Send all of it. A peer that has gone shows as EOF at the next read. */
static void send_all(int fd, const char *text, size_t length)
{
	while (length) {
		ssize_t sent = send(fd, text, length, MSG_NOSIGNAL);

		if (sent < 0) {
			if (errno == EINTR)
				continue;
			return;
		}
		text += sent;
		length -= (size_t)sent;
	}
}

static void send_line(struct control *control, char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			text[i] = '?';
	text[length++] = '\n';
	send_all(control->fd, text, length);
}

/* Length of what is in `text` after a printf of `wanted` bytes into `room`. */
static size_t kept(int wanted, size_t room)
{
	if (wanted < 0)
		return 0;
	return (size_t)wanted < room ? (size_t)wanted : room - 1;
}

void control_say(struct control *control, const char *format, ...)
{
	char text[SAY_BYTES + 1];
	va_list arguments;
	size_t length;

	va_start(arguments, format);
	length = kept(vsnprintf(text, SAY_BYTES, format, arguments), SAY_BYTES);
	va_end(arguments);
	send_line(control, text, length);
}

void control_error(struct control *control, const char *step, int error, const char *format, ...)
{
	char text[SAY_BYTES + 1];
	const char *name = error ? strerrorname_np(error) : "NONE";
	va_list arguments;
	size_t length;

	length = kept(snprintf(text, SAY_BYTES, "error %s %s ", step, name ? name : "UNKNOWN"), SAY_BYTES);
	va_start(arguments, format);
	length += kept(vsnprintf(text + length, SAY_BYTES - length, format, arguments), SAY_BYTES - length);
	va_end(arguments);
	if (error)
		length += kept(snprintf(text + length, SAY_BYTES - length, ": %s", strerror(error)),
			       SAY_BYTES - length);
	send_line(control, text, length);
}

/* The N of "signal N", with 1 <= N <= 64, decimal and nothing else. */
static int signal_number(const char *text)
{
	char *end;
	long number;

	if (*text < '0' || *text > '9')
		return 0;
	number = strtol(text, &end, 10);
	if (*end || number < 1 || number > SIGRTMAX)
		return 0;
	return (int)number;
}

static bool is_hold(const char *line)
{
	static const char *const words[] = { "answer ", "grant ", "revoke ", "lift ", "drop " };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strncmp(line, words[i], strlen(words[i])))
			return true;
	return false;
}

static enum control_message parse(const char *line, int *signal)
{
	if (!strcmp(line, "go"))
		return CONTROL_GO;
	if (!strncmp(line, "signal ", 7)) {
		*signal = signal_number(line + 7);
		if (*signal)
			return CONTROL_SIGNAL;
	}
	if (!strncmp(line, "passed ", 7)) {
		*signal = signal_number(line + 7);
		if (*signal)
			return CONTROL_PASSED;
	}
	if (is_hold(line))
		return CONTROL_HOLD;
	return CONTROL_FAULT;
}

/* The first whole line that was read already, or CONTROL_NONE. */
static enum control_message take_line(struct control *control, int *signal)
{
	char *newline = memchr(control->line, '\n', control->used);
	enum control_message message;
	size_t length;

	if (!newline)
		return control->used == sizeof(control->line) ? CONTROL_FAULT : CONTROL_NONE;
	*newline = '\0';
	length = (size_t)(newline - control->line) + 1;
	memcpy(control->text, control->line, length);
	message = parse(control->line, signal);
	control->used -= length;
	memmove(control->line, control->line + length, control->used);
	return message;
}

enum control_message control_next(struct control *control, int *signal)
{
	enum control_message message = take_line(control, signal);
	ssize_t got;

	if (message != CONTROL_NONE)
		return message;
	do
		got = recv(control->fd, control->line + control->used,
			   sizeof(control->line) - control->used, MSG_DONTWAIT);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ? CONTROL_NONE : CONTROL_CLOSED;
	if (!got)
		return CONTROL_CLOSED;
	control->used += (size_t)got;
	return take_line(control, signal);
}

void control_finish(struct control *control)
{
	struct pollfd readable = { .fd = control->fd, .events = POLLIN };

	shutdown(control->fd, SHUT_WR);
	while (poll(&readable, 1, FINISH_MS) > 0)
		if (recv(control->fd, control->line, sizeof(control->line), MSG_DONTWAIT) <= 0)
			break;
}
