/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A few moments in which whoever is woken does not take the processor from who wakes.
 *
 * All that wait for an answer of a group of permission events sleep in one queue, and the kernel wakes all of them at each answer
 * (fanotify, up to 6.18 at least): each looks whether it was meant, and sleeps again. Where they do so before the next answer is
 * given, n that wait cost n wakeups for each of them. Where they do not, the first answer wakes all and the others hardly anybody.
 */
#ifndef WARDER_LAUNCHER_UNDISTURBED_H
#define WARDER_LAUNCHER_UNDISTURBED_H

/*
 * From here to undisturbed_end() this thread goes before all that have no real-time priority: for as long as some hundred system
 * calls take, no longer. What to give to undisturbed_end(); -1 where that is not allowed (CAP_SYS_NICE), or somebody has given the thread
 * a policy that is none of the ordinary ones: then nothing has changed, and there is nothing to end.
 */
int undisturbed_begin(void);

/* -1: nothing. */
void undisturbed_end(int before);

#endif
