/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of root's power is left to the command: an allowlist, so that a capability
 * that a later kernel adds is not left by default.
 */
#ifndef WARDER_LAUNCHER_CAPABILITIES_H
#define WARDER_LAUNCHER_CAPABILITIES_H

struct walls;

/* Take all others out of the bounding set. Needs CAP_SETPCAP: before the account. 0, or -1 with errno. */
int capabilities_bound(const struct walls *walls);

/* Take them out of the other sets, for good; ambient ones all. 0, or -1 with errno. */
int capabilities_drop(const struct walls *walls);

#endif
