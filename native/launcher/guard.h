/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens of files whose name or place is kept from the command, whenever they came to be: refused before they happen,
 * by fanotify's permission events on the run's own mounts. Nobody else opens by way of these mounts, so nobody else
 * ever waits here.
 *
 * An event is about the file that the kernel has, by whatever way it was named; no memory of the caller is read. What may
 * be read and not written is refused by what the caller says it opens it for (intent.h).
 *
 * The group is made by the child, in the run's mount namespace, and answered by the monitor. Where the monitor ends,
 * the kernel lets all opens go on, and the command ends with it.
 */
#ifndef WARDER_LAUNCHER_GUARD_H
#define WARDER_LAUNCHER_GUARD_H

struct walls;
struct walls_report;

/*
 * Mark every mount at or below a "guard" of the walls, but those of device `masks`. The group's descriptor,
 * close-on-exec, -1 where the walls ask for none; else -2 with errno, and what it is about.
 */
int guard_make(const struct walls *walls, struct walls_report *report, unsigned long masks, const char **about);

/* Answer all that wait on group `fd`. */
void guard_answer(int fd, const struct walls *walls);

#endif
