/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What monitor and clerk say to each other, by one socket pair: a request and the directories that its names begin at, and
 * what came of it.
 */
#ifndef WARDER_LAUNCHER_CHANNEL_H
#define WARDER_LAUNCHER_CHANNEL_H

#include <stdbool.h>

struct request;

/* What came of a request. */
struct answer {
	int error;
	int value;		/* of CHANGE_WATCH, else -1 */
	bool opened;		/* the file comes beside it, and a second answer once the clerk has closed its own copy */
};

/* A request as far as it is used: most names are short, and their room is not. */
bool channel_ask(int channel, struct request *request, const int *bases);

/* False at the end of the other side. */
bool channel_asked(int channel, struct request *request, int *bases);

/* `file`, -1 for none, goes with it. */
bool channel_answer(int channel, struct answer answer, int file);

/* `file` is what came with it, else -1. False at the end of the other side. */
bool channel_answered(int channel, struct answer *answer, int *file);

#endif
