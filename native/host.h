// SPDX-License-Identifier: Apache-2.0
// Facts about this host that decide whether Warder can work here. Any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace warder {

struct HostFacts {
  std::string kernel;                  // uname -r
  bool btf;                            // /sys/kernel/btf/vmlinux can be read
  std::optional<std::string> cgroup2;  // mount point of the whole hierarchy
  unsigned effective_uid;
  std::vector<std::string> capabilities;  // effective, "bpf" for CAP_BPF
  int landlock_abi;                       // landlock(7); 0 where it is not built or not active
};

// Throws KERNEL_HOST where the kernel does not say.
HostFacts host_facts();

}  // namespace warder
