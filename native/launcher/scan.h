/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files and directories by their names, before the command runs: breadth first, so
 * that what lies near the top of a tree is met first, and bounded.
 */
#ifndef WARDER_LAUNCHER_SCAN_H
#define WARDER_LAUNCHER_SCAN_H

#include <stdbool.h>

struct walls;
struct walls_report;

/* Directory entries looked at, over all trees; behind them the scan is cut, and says so. */
#define SCAN_ENTRIES	20000U

/* A match: `place` is an O_PATH descriptor that the callee closes. 0 to go on, or -1 with errno. */
typedef int (*scan_match)(void *context, int place, bool directory, unsigned int action);

/* Look under every "scan" of the walls for every "name" and "suffix". 0, or -1 with errno as a match gave it. */
int scan_trees(const struct walls *walls, struct walls_report *report, scan_match match, void *context);

#endif
