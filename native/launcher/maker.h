/* SPDX-License-Identifier: Apache-2.0 */
/* A filter while it is made: rules are added to it, and the first fault of all is kept. */
#ifndef WARDER_LAUNCHER_MAKER_H
#define WARDER_LAUNCHER_MAKER_H

#include <seccomp.h>

struct maker {
	scmp_filter_ctx context;
	unsigned int privileges;
	int failed;		/* a negative errno: the first fault */
};

/* `result` of libseccomp. */
void maker_note(struct maker *maker, int result);

/* Refused by the monitor, which tells of it: refusals_error() has the errno. */
void maker_refuse(struct maker *maker, int call, unsigned int count, const struct scmp_arg_cmp *arguments);

/* Refused by the filter itself, without a word: what honest programs try all the time. */
void maker_refuse_quietly(struct maker *maker, int error, int call, unsigned int count,
			   const struct scmp_arg_cmp *arguments);

/* Its number, or __NR_SCMP_ERROR where neither libseccomp nor we know the name. */
int maker_number(const char *name);

#endif
