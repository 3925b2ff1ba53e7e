// SPDX-License-Identifier: Apache-2.0
// How the C library's allocator deals with what is freed. Any thread, for the whole process.
#pragma once

namespace warder {

// From now on what is freed goes back to the kernel: one arena for all threads, blocks from mapped_bytes on mapped on
// their own, the arena's end given back past kept_bytes, and at this call all that is free. Without a word of it glibc keeps
// the most that each thread ever needed.
void give_back_memory(int mapped_bytes, int kept_bytes);

}  // namespace warder
