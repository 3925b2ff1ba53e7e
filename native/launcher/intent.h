/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a file is opened for. A permission event does not say; the call that waits for its answer does, where the flags are
 * in a register: whoever waits there cannot be given other ones.
 */
#ifndef WARDER_LAUNCHER_INTENT_H
#define WARDER_LAUNCHER_INTENT_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Whether thread `tid`, which waits in the open of a file, opens it for reading and nothing else. False where that cannot
 * be told: openat2 has its flags in memory.
 */
bool intent_reads(pid_t tid);

#endif
