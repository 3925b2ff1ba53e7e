/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file for a caller that waits for the answer to its open (seccomp_unotify(2)).
 *
 * In two steps, so that nobody here has the file open any more when the caller goes on: it may be a program that it
 * writes and executes at once, which the kernel refuses while anybody has it open for writing (ETXTBSY).
 */
#ifndef WARDER_LAUNCHER_GIVE_H
#define WARDER_LAUNCHER_GIVE_H

#include <stdbool.h>
#include <stdint.h>

/* Put the file into the caller, and close it here in any case. Its number there, or -1 with errno. */
int give_file(int listener, uint64_t id, int file, bool close_on_exec);

/* Let the caller go on: its call returns `value`. Fails where it is gone. */
void give_value(int listener, uint64_t id, int64_t value);

#endif
