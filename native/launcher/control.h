/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control channel: a stream socket between warder-launch and the program
 * that started it, one line per message. The protocol is in main.c.
 *
 * Nothing here throws the launcher out: a peer that has gone is reported as
 * CONTROL_CLOSED by the next control_next(), and that is where it is handled.
 */
#ifndef WARDER_LAUNCHER_CONTROL_H
#define WARDER_LAUNCHER_CONTROL_H

#include <stddef.h>

/* Longest line that the parent sends; more without a newline is a fault. */
#define CONTROL_LINE	4608

struct control {
	int fd;
	size_t used;		/* bytes in line[] that wait for their newline */
	char line[CONTROL_LINE];
	char text[CONTROL_LINE];	/* the last line taken, without its end */
};

enum control_message {
	CONTROL_NONE,		/* nothing whole has come yet */
	CONTROL_GO,		/* "go": run the command */
	CONTROL_SIGNAL,		/* "signal N": send N to the command */
	CONTROL_PASSED,		/* "passed N": the same, unless the terminal has sent it to all of us */
	CONTROL_HOLD,		/* a word on what is held (hold.h): text */
	CONTROL_CLOSED,		/* the parent has gone */
	CONTROL_FAULT,		/* anything else */
};

/* Take over `fd`, close-on-exec from here on. 0, or -1 with errno when it is no open stream socket. */
int control_open(struct control *control, int fd);

/* Send one line; `format` has no newline. Control characters in it become '?', so that it stays one line. */
__attribute__((format(printf, 2, 3)))
void control_say(struct control *control, const char *format, ...);

/* Send "error <step> <errno name> <text>: <errno text>". `error` 0 leaves the errno text out and is named NONE. */
__attribute__((format(printf, 4, 5)))
void control_error(struct control *control, const char *step, int error, const char *format, ...);

/*
 * Nothing more is said. Waits, for a second at most, until the parent has read all of it and closed its side: what it
 * writes meanwhile must not fail, or it would take the last words for lost.
 */
void control_finish(struct control *control);

/*
 * The next message; never blocks. `signal` is set for CONTROL_SIGNAL and CONTROL_PASSED, control->text for
 * CONTROL_HOLD. Call until CONTROL_NONE: lines that came together are in one read.
 */
enum control_message control_next(struct control *control, int *signal);

#endif
