/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that the filter notifies of because somebody performs them, or answers for them: clerk.h, hold.h. */
#ifndef WARDER_LAUNCHER_PERFORMED_H
#define WARDER_LAUNCHER_PERFORMED_H

#include <stdbool.h>

struct maker;
struct walls;

void performed_add(struct maker *maker, const struct walls *walls);

/* Whether changes of names are performed: by the clerk, or with a grant. Those that neither makes go on. */
bool performed_names(const struct walls *walls);

#endif
