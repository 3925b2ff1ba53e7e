/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a caller gets that waits for the answer to its call (seccomp_unotify(2)). Each of these ends the wait, and does nothing
 * where the caller is gone.
 */
#ifndef WARDER_LAUNCHER_GIVE_H
#define WARDER_LAUNCHER_GIVE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The file that its call opened, which is closed here in any case.
 *
 * In two steps, so that nobody here has the file open any more when the caller goes on: it may be a program that it
 * writes and executes at once, which the kernel refuses while anybody has it open for writing (ETXTBSY).
 */
void give_file(int listener, uint64_t id, int file, bool close_on_exec);

/* Its call returns `value`. */
void give_value(int listener, uint64_t id, int64_t value);

/* Its call fails with `error`; 0: it returns 0. */
void give_error(int listener, uint64_t id, int error);

/* Its call is made after all, as whatever the caller has given it by then. */
void give_way(int listener, uint64_t id);

#endif
