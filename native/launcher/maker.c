/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of a filter (libseccomp). See maker.h. */
#include "maker.h"

#include <stddef.h>
#include <string.h>

void maker_note(struct maker *maker, int result)
{
	if (result < 0 && !maker->failed)
		maker->failed = result;
}

void maker_refuse(struct maker *maker, int call, unsigned int count, const struct scmp_arg_cmp *arguments)
{
	maker_note(maker, seccomp_rule_add_array(maker->context, SCMP_ACT_NOTIFY, call, count, arguments));
}

void maker_refuse_quietly(struct maker *maker, int error, int call, unsigned int count,
			   const struct scmp_arg_cmp *arguments)
{
	maker_note(maker, seccomp_rule_add_array(maker->context, SCMP_ACT_ERRNO((unsigned int)error), call, count, arguments));
}

int maker_number(const char *name)
{
	/* Newer than the libseccomp of Debian 12; the numbers are those of every architecture. Linux 6.6, 6.13, 6.15, 6.17. */
	static const struct { const char *name; int number; } NEWER[] = {
		{ "fchmodat2", 452 }, { "setxattrat", 463 }, { "removexattrat", 466 },
		{ "open_tree_attr", 467 }, { "file_setattr", 469 },
	};
	int number = seccomp_syscall_resolve_name(name);
	size_t i;

	for (i = 0; number == __NR_SCMP_ERROR && i < sizeof(NEWER) / sizeof(NEWER[0]); i++)
		if (!strcmp(name, NEWER[i].name))
			number = NEWER[i].number;
	return number;
}
