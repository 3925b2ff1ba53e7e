/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a file of a given path is kept from the command, by its name, by that of a directory above it, or by its
 * place: for files that come to be, or get their name, after the scan and the masks.
 *
 * Speaks of what may not be read ("name hide", "suffix hide", "hide", "watch"). Pure: no file is looked at.
 */
#ifndef WARDER_LAUNCHER_NAMES_H
#define WARDER_LAUNCHER_NAMES_H

#include <stdbool.h>
#include <stddef.h>

struct wall;
struct walls;

/* Whether a "name" or "suffix" of the walls means an entry of this name. */
bool names_meet(const struct wall *wall, const char *name, size_t length);

/* An absolute path as the kernel writes it, its " (deleted)" taken for part of the name and for none. */
bool names_deny(const struct walls *walls, const char *path);

/*
 * The same for changes of the name itself: what may not be written, by its name, counts too ("name freeze",
 * "suffix freeze").
 */
bool names_keep(const struct walls *walls, const char *path);

/* Whether a place that is kept lies below `path`, or is it: moving that would move the place. */
bool names_below(const struct walls *walls, const char *path);

/* The same without the place itself. */
bool names_inside(const struct walls *walls, const char *path);

#endif
