// SPDX-License-Identifier: Apache-2.0
// How our programs are attached to their hooks.
//
// Most by the type of attachment that libbpf told of their section; cgroup programs need the root of cgroup2.
#pragma once

#include <string>

#include "fd.h"
#include "programs.h"

namespace warder {

// A link by its descriptor: its program is detached when the last one goes, and no pin is left (pin.h).
using Link = Fd;

// One thread at a time.
class Hooks {
 public:
  // `cgroup_path` is the mount point of cgroup2. Throws KERNEL_CGROUP.
  explicit Hooks(const std::string& cgroup_path);

  // Throws KERNEL_ATTACH.
  Link attach(const Program& program) const;

 private:
  Fd cgroup_;
};

}  // namespace warder
