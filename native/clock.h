// SPDX-License-Identifier: Apache-2.0
// The kernel's two clocks at one moment: records carry the one, people read the other. Any thread.
#pragma once

#include <cstdint>

namespace warder {

struct Clocks {
  int64_t boot_ns;  // CLOCK_BOOTTIME
  int64_t unix_ns;  // CLOCK_REALTIME
};

// Both within a microsecond of each other, unless this thread is interrupted every time.
Clocks read_clocks();

}  // namespace warder
