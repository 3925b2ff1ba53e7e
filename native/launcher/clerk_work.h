/* SPDX-License-Identifier: Apache-2.0 */
/* The clerk itself, a process of its own: clerk.h says what for. */
#ifndef WARDER_LAUNCHER_CLERK_WORK_H
#define WARDER_LAUNCHER_CLERK_WORK_H

struct walls;

/*
 * Go into mount namespace `namespace`, be bound by `ruleset` (-1: none), say so on `channel`, and then serve what is asked
 * there until nobody asks any more. Behind a fork.
 */
__attribute__((noreturn)) void clerk_work(int channel, const struct walls *walls, int namespace, int ruleset);

#endif
