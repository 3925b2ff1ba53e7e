/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a directory lies on a mount of the run's own. One that does not came over a socket from somebody outside: below it
 * there are neither masks nor read-only places.
 *
 * In: the mounts as they are once the run's view is built. None is made or taken away after that but over single files.
 */
#ifndef WARDER_LAUNCHER_OWN_MOUNTS_H
#define WARDER_LAUNCHER_OWN_MOUNTS_H

#include <stdbool.h>
#include <sys/types.h>

/* Take in the mounts that process `pid` has. 0, or -1 with errno. */
int own_mounts_read(pid_t pid);

/* False for a directory of another view alone: nothing begins at what is no directory. */
bool own_mounts_have(int fd);

#endif
