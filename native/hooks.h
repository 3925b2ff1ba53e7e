// SPDX-License-Identifier: Apache-2.0
// What a program hangs on: whether this kernel has the hook, and how the program is attached to it.
//
// libbpf attaches most by their section name alone. Two need something of ours: cgroup programs the
// root of cgroup2, and tracepoints (`tp/…`) a tracefs, which need not be mounted.
#pragma once

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <memory>
#include <string>

#include "fd.h"
#include "tracefs.h"

namespace warder {

struct LinkCloser {
  void operator()(bpf_link* link) const noexcept { bpf_link__destroy(link); }
};
// Detaches its program when it goes.
using Link = std::unique_ptr<bpf_link, LinkCloser>;

// One thread at a time.
class Hooks {
 public:
  // `cgroup_path` is the mount point of cgroup2. Throws KERNEL_CGROUP, KERNEL_BTF, KERNEL_TRACEFS.
  explicit Hooks(const std::string& cgroup_path);

  // Whether the running kernel has the hook of `program`. True where that shows at attach only.
  bool has(const bpf_program* program) const;

  // Throws KERNEL_ATTACH.
  Link attach(const bpf_program* program) const;

 private:
  struct BtfCloser {
    void operator()(btf* kernel) const noexcept { btf__free(kernel); }
  };

  bool btf_has_enumerator(const std::string& enumeration, const std::string& name) const;
  Link attach_tracepoint(const bpf_program* program, const std::string& tracepoint) const;

  Fd cgroup_;
  Tracefs tracefs_;
  std::unique_ptr<btf, BtfCloser> kernel_;
};

}  // namespace warder
