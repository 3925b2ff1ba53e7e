/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system calls that are refused, as a seccomp filter made by libseccomp.
 *
 * Each refusal is the errno by which honest programs know that the host has no such
 * thing, so that they fall back: ENOSYS where programs probe for a call, EPERM where
 * they expect to be told that they may not. Calls of another architecture end the process.
 */
#ifndef WARDER_LAUNCHER_FILTER_H
#define WARDER_LAUNCHER_FILTER_H

#include <linux/filter.h>

struct walls;

/* Make the filter; in the monitor, before the fork. 0, or -1 with errno. Memory lives as long as the process. */
int filter_make(struct sock_fprog *filter, const struct walls *walls);

/*
 * Bind the calling thread to it, for good. The last step before exec. The listener's descriptor, close-on-exec: who
 * has it answers refused calls (notify.h). -1 with errno.
 */
int filter_bind(const struct sock_fprog *filter);

#endif
