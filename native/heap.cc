// SPDX-License-Identifier: Apache-2.0
// What is freed goes back (mallopt(3), malloc_trim(3)). See heap.h.
#include "heap.h"

#include <malloc.h>

namespace warder {
namespace {

constexpr int kMappedBytes = 32 << 10;  // from here on a block is a mapping of its own
constexpr int kKeptBytes = 1 << 20;     // free at the arena's end

}  // namespace

void give_back_memory() {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, kMappedBytes);
  mallopt(M_TRIM_THRESHOLD, kKeptBytes);
  malloc_trim(0);
#endif
}

}  // namespace warder
