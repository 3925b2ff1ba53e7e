/* SPDX-License-Identifier: Apache-2.0 */
/* What a process that we forked keeps open. */
#ifndef WARDER_LAUNCHER_DESCRIPTORS_H
#define WARDER_LAUNCHER_DESCRIPTORS_H

/* Close everything from `first` up but `a` and `b`, which may be the same. 0, or -1 with errno. */
int descriptors_keep(unsigned int first, int a, int b);

#endif
