/* SPDX-License-Identifier: Apache-2.0 */
/* Which sockets can be made at all. */
#ifndef WARDER_LAUNCHER_SOCKETS_H
#define WARDER_LAUNCHER_SOCKETS_H

struct maker;
struct walls;

void sockets_refuse(struct maker *maker, const struct walls *walls);

#endif
