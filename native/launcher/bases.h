/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of a call, read once from the caller's memory, and the directories that they begin at, as descriptors: from
 * there on nothing of the caller is looked at.
 */
#ifndef WARDER_LAUNCHER_BASES_H
#define WARDER_LAUNCHER_BASES_H

struct asked;
struct caller;
struct request;

/* The names of a call. Those of a bind came with its details. 0, or an errno. */
int bases_names(struct request *request, struct asked *asked, const struct caller *caller);

/* Where its names begin, and what else it is about. 0, or an errno. */
int bases_open(const struct request *request, const struct asked *asked, const struct caller *caller, int *bases);

void bases_close(const int *bases);

#endif
