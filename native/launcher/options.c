/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line of warder-launch. Every option takes a value, in the next
 * argument; the command stands behind "--" and is never looked into.
 */
#include "options.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "surroundings.h"

/* A whole number of that base in [least, most], or -1. */
static int number_of(const char *text, int base, long least, long most)
{
	char *end;
	long number;

	if (*text < '0' || *text > '9')
		return -1;
	number = strtol(text, &end, base);
	if (*end || number < least || number > most)
		return -1;
	return (int)number;
}

/* A descriptor above the standard three, or -1. */
static int descriptor(const char *text)
{
	return number_of(text, 10, 3, INT_MAX);
}

int options_control_fd(int argc, char **argv)
{
	int i;

	for (i = 1; i + 1 < argc && strcmp(argv[i], "--"); i += 2)
		if (!strcmp(argv[i], "--control-fd"))
			return descriptor(argv[i + 1]);
	return -1;
}

const char *options_read(struct options *options, int argc, char **argv, const char **about)
{
	int i = 1, walls = 0, environment = 0;

	memset(options, 0, sizeof(*options));
	options->control_fd = -1;
	options->walls_fd = -1;
	options->environment_fd = -1;
	options->umask = -1;
	for (; i < argc && strcmp(argv[i], "--"); i += 2) {
		*about = argv[i];
		if (i + 1 >= argc)
			return "an option without its value";
		if (!strcmp(argv[i], "--control-fd"))
			options->control_fd = descriptor(argv[i + 1]);
		else if (!strcmp(argv[i], "--cgroup"))
			options->cgroup = argv[i + 1];
		else if (!strcmp(argv[i], "--user"))
			options->user = argv[i + 1];
		else if (!strcmp(argv[i], "--chdir"))
			options->chdir = argv[i + 1];
		else if (!strcmp(argv[i], "--survive"))
			options->survive = argv[i + 1];
		else if (!strcmp(argv[i], "--walls-fd"))
			options->walls_fd = walls = descriptor(argv[i + 1]);
		else if (!strcmp(argv[i], "--environment-fd"))
			options->environment_fd = environment = descriptor(argv[i + 1]);
		else if (!strcmp(argv[i], "--session"))
			options->session = !strcmp(argv[i + 1], "own");
		else if (!strcmp(argv[i], "--umask")) {
			options->umask = number_of(argv[i + 1], 8, 0, 0777);
			if (options->umask < 0)
				return "a file mode mask is octal, up to 777";
		} else if (!strcmp(argv[i], "--limits")) {
			options->limits = argv[i + 1];
			if (!limits_understood(options->limits))
				return "resource limits are NUMBER=SOFT:HARD, with commas between them";
		} else
			return "no such option (see the head of native/launcher/main.c)";
	}
	*about = "";
	if (options->control_fd < 0)
		return "--control-fd needs a descriptor from 3 up";
	if (environment < 0)
		return "--environment-fd needs a descriptor from 3 up";
	if (walls < 0)
		return "--walls-fd needs a descriptor from 3 up";
	/* Else the command would stand where it was before the walls: on a mount that has none. */
	if (walls && !options->chdir)
		return "--walls-fd needs --chdir";
	if (!options->cgroup)
		return "--cgroup is missing";
	if (i + 1 >= argc)
		return "no command: it stands behind --";
	options->command = argv + i + 1;
	return NULL;
}
