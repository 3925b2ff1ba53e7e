// SPDX-License-Identifier: Apache-2.0
// What is freed goes back (mallopt(3), malloc_trim(3)). See heap.h.
#include "heap.h"

#include <malloc.h>

namespace warder {

void give_back_memory([[maybe_unused]] int mapped_bytes, [[maybe_unused]] int kept_bytes) {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, mapped_bytes);
  mallopt(M_TRIM_THRESHOLD, kept_bytes);
  malloc_trim(0);
#endif
}

}  // namespace warder
