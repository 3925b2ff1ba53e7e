// SPDX-License-Identifier: Apache-2.0
// Locks that end with their holder, however it ends (flock(2)). Any thread.
#pragma once

namespace warder {

// Takes the lock of an open file or directory for this descriptor, until it is closed. False where somebody
// else has it. Throws KERNEL_LOCK.
bool try_lock(int descriptor);

}  // namespace warder
