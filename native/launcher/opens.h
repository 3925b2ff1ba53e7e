/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An open that may make a file, performed as the caller would have it: only a regular file is opened here, there or to be
 * made; everything else is the caller's own to open.
 */
#ifndef WARDER_LAUNCHER_OPENS_H
#define WARDER_LAUNCHER_OPENS_H

struct request;
struct walls;

/* From `base` on. 0 and the file, an errno, or CHANGE_NATIVE. */
int opens_make(const struct walls *walls, struct request *request, int base, int *opened);

#endif
