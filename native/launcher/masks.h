/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands in the place of something hidden: a file that nobody can open and
 * a directory that nobody can look into or write to, root included.
 *
 * The file is a device node on a mount without devices: the kernel refuses every
 * open with EACCES. The directory is empty, has no permission bits and belongs to
 * a user that the mount does not map, so that no capability reaches it (an idmapped
 * tmpfs, Linux 6.3). On older kernels root finds it empty and read-only.
 */
#ifndef WARDER_LAUNCHER_MASKS_H
#define WARDER_LAUNCHER_MASKS_H

#include <stdbool.h>

struct masks {
	int root;		/* the mount that they lie on, -1: not made yet */
};

/* Make them; they hang over /proc until masks_release(). 0, or -1 with errno. */
int masks_make(struct masks *masks);

/* Lay one over `place`, an O_PATH descriptor. 0, or -1 with errno. */
int masks_lay(const struct masks *masks, int place, bool directory);

/* Free /proc again. Masks that are laid stay. 0, or -1 with errno. */
int masks_release(struct masks *masks);

#endif
