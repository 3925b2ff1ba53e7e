/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a file of a given path is kept from the command, by its name, by that of a directory above it, or by its
 * place: for files that come to be, or get their name, after the scan and the masks.
 *
 * Pure: no file is looked at.
 */
#ifndef WARDER_LAUNCHER_NAMES_H
#define WARDER_LAUNCHER_NAMES_H

#include <stdbool.h>

struct walls;

/* Once, with all steps read: what is asked below takes as long with a thousand rules as with ten. 0, or -1 for no memory. */
int names_make(struct walls *walls);

/* The stronger action (enum wall_action) that a "name" or "suffix" asks for an entry of this name, or -1. */
int names_action(const struct walls *walls, const char *name);

/* An absolute path as the kernel writes it, its " (deleted)" taken for part of the name and for none. */
bool names_deny(const struct walls *walls, const char *path);

/* The same for what may not be written, and perhaps read ("name freeze", "suffix freeze", "watch freeze"). */
bool names_freeze(const struct walls *walls, const char *path);

/*
 * The same for changes of the name itself, where both count.
 */
bool names_keep(const struct walls *walls, const char *path);

/* Whether a place that is kept lies below `path`, or is it: moving that would move the place. */
bool names_below(const struct walls *walls, const char *path);

/* The same without the place itself. */
bool names_inside(const struct walls *walls, const char *path);

#endif
