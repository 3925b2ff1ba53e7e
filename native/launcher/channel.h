/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What monitor and clerk say to each other, by one socket pair: the listener once, then a request with the directories that its
 * names begin at, and, where the monitor waits for that, that it is answered.
 */
#ifndef WARDER_LAUNCHER_CHANNEL_H
#define WARDER_LAUNCHER_CHANNEL_H

#include <stdbool.h>

struct request;

/* A descriptor, and nothing beside it. False at the end of the other side. */
bool channel_give(int channel, int fd);

/* -1 at the end of the other side. */
int channel_take(int channel);

/*
 * A request as far as it is used: most names are short, and their room is not. Never waits. 0, or an errno: EAGAIN where the
 * channel is full.
 */
int channel_ask(int channel, struct request *request, const int *bases);

/* False at the end of the other side. */
bool channel_asked(int channel, struct request *request, int *bases);

/* What became of the start; later 0: whoever called has its answer. */
bool channel_done(int channel, int error);

/* The same; EIO at the end of the other side. */
int channel_outcome(int channel);

#endif
