// SPDX-License-Identifier: Apache-2.0
// How our programs are attached to their hooks.
//
// libbpf attaches most by their section name alone. Two need something of ours: cgroup programs the
// root of cgroup2, and tracepoints (`tp/…`) a tracefs, which need not be mounted.
#pragma once

#include <bpf/libbpf.h>

#include <string>

#include "fd.h"
#include "tracefs.h"

namespace warder {

// A link by its descriptor: its program is detached when the last one goes, and no pin is left (pin.h).
using Link = Fd;

// One thread at a time.
class Hooks {
 public:
  // `cgroup_path` is the mount point of cgroup2. Throws KERNEL_CGROUP, KERNEL_TRACEFS.
  explicit Hooks(const std::string& cgroup_path);

  // Throws KERNEL_ATTACH.
  Link attach(const bpf_program* program) const;

  const Tracefs& tracefs() const { return tracefs_; }

 private:
  Link attach_tracepoint(const bpf_program* program, const std::string& tracepoint) const;

  Fd cgroup_;
  Tracefs tracefs_;
};

}  // namespace warder
