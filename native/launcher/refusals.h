/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that are refused whatever their arguments are, and what they answer. The list and its reasons: docs/walls.md. */
#ifndef WARDER_LAUNCHER_REFUSALS_H
#define WARDER_LAUNCHER_REFUSALS_H

struct maker;
struct seccomp_data;

void refusals_add(struct maker *maker);

/* The errno for a call that was refused by whatever rule. */
int refusals_error(const struct seccomp_data *call);

#endif
