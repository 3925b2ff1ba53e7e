// SPDX-License-Identifier: Apache-2.0
// Turns on a processor. See turns.h.
#include "turns.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace warder {
namespace {

// The first version of struct sched_attr, which every kernel takes; C libraries before glibc 2.41 have none.
struct SchedulingAttributes {
  uint32_t size, policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime_ns, deadline_ns, period_ns;
};
static_assert(sizeof(SchedulingAttributes) == 48, "sched_attr has other sizes");

// The shortest that the kernel gives.
constexpr uint64_t kTurnNs = 100'000;

}  // namespace

bool take_short_turns() {
  SchedulingAttributes now = {};
  if (syscall(SYS_sched_getattr, 0, &now, sizeof now, 0) != 0) return false;
  if (now.policy != SCHED_OTHER) return false;  // somebody has decided otherwise
  const SchedulingAttributes next = {
      .size = sizeof next,
      .policy = now.policy,
      .flags = 0,
      .nice = now.nice,
      .priority = 0,
      .runtime_ns = kTurnNs,
      .deadline_ns = 0,
      .period_ns = 0,
  };
  return syscall(SYS_sched_setattr, 0, &next, 0) == 0;
}

}  // namespace warder
