// SPDX-License-Identifier: Apache-2.0
// The kernel's two clocks at one moment. See clock.h.
#include "clock.h"

#include <ctime>

namespace warder {
namespace {

constexpr int64_t kGoodEnoughNs = 1000;
constexpr int kTries = 5;

int64_t read_ns(clockid_t clock) {
  timespec now = {};
  clock_gettime(clock, &now);  // both clocks exist on every kernel that we run on
  return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

}  // namespace

Clocks read_clocks() {
  Clocks best = {};
  int64_t best_width = INT64_MAX;
  for (int i = 0; i < kTries && best_width > kGoodEnoughNs; i++) {
    const int64_t before = read_ns(CLOCK_BOOTTIME);
    const int64_t unix_ns = read_ns(CLOCK_REALTIME);
    const int64_t width = read_ns(CLOCK_BOOTTIME) - before;
    if (width >= best_width) continue;
    best_width = width;
    best = {.boot_ns = before + width / 2, .unix_ns = unix_ns};
  }
  return best;
}

}  // namespace warder
