// SPDX-License-Identifier: Apache-2.0
// Tracepoint ids, from a tracefs of our own.
//
// Hosts need not have tracefs mounted and we leave no mount behind: it is made detached (fsopen,
// fsmount: Linux 5.2), seen by nobody and gone with its descriptor. Needs CAP_SYS_ADMIN. Any thread.
#pragma once

#include <optional>
#include <string>

#include "fd.h"

namespace warder {

class Tracefs {
 public:
  // Throws KERNEL_TRACEFS.
  Tracefs();

  // The id of `tracepoint` ("syscalls/sys_exit_openat") for perf_event_open(2); none where the
  // kernel has no such tracepoint. Throws KERNEL_TRACEFS.
  std::optional<int> id(const std::string& tracepoint) const;

 private:
  Fd root_;
};

}  // namespace warder
