/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An empty directory over another, with a few of its places put back: what
 * appears there later, such as the socket of a service that restarts, stays unseen.
 * A private one can be written by the run.
 */
#ifndef WARDER_LAUNCHER_VEIL_H
#define WARDER_LAUNCHER_VEIL_H

#include <stddef.h>

struct walls;

/* Hang the veil, or private directory, that step `at` describes, with the "keep" lines right behind it. 0, or -1 with errno. */
int veil_hang(const struct walls *walls, size_t at);

#endif
