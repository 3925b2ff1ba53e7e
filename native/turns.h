// SPDX-License-Identifier: Apache-2.0
// Turns on a processor: short ones that come early, for a thread that others wait for and that has little to do.
#pragma once

namespace warder {

// The calling thread's. Its share stays what it is: who asks for short turns runs before others that are owed as much, and
// gives way to them sooner (sched_setattr(2), sched_runtime of SCHED_OTHER; Linux 6.12). Needs no right. False where the
// kernel refuses; an older one takes no notice.
bool take_short_turns();

}  // namespace warder
