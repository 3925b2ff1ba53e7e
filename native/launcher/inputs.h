/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files among the command's first three descriptors. They were opened in the view that was before the run's own, and lead
 * back there: by way of its mount a file may be changed in mode and owner, written and mapped executable where the run's own
 * view has it read-only and without execution; /dev/null as its input would be the host's to chmod.
 *
 * So what is open for reading alone, and memory devices (/dev/null), are opened anew in the run's own view, at the same
 * offset: the same file, by its name; where that is masked or not there, from a mount of its own that is read-only.
 * What stays: terminals, pipes, sockets, files without a name, and what was given to be written.
 */
#ifndef WARDER_LAUNCHER_INPUTS_H
#define WARDER_LAUNCHER_INPUTS_H

#define INPUTS	3

struct inputs {
	int trees[INPUTS];	/* a mount of its own for each that is to be opened anew; -1 */
};

/* Before the run has its own view. 0, or -1 with errno. */
int inputs_take(struct inputs *inputs);

/* In the run's own view, before its opens are asked about. 0, or -1 with errno. */
int inputs_open_anew(struct inputs *inputs);

#endif
