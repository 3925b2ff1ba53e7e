// SPDX-License-Identifier: Apache-2.0
// Which hooks the running kernel has, so that a program for one that it lacks is left out instead of
// failing all others.
#pragma once

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <memory>
#include <optional>
#include <string>

namespace warder {

// Holds the kernel's type information, some megabytes: for the time of a load only. One thread at a time.
class KernelHooks {
 public:
  // Whether the kernel has the hook of `program`, and for one that needs LSM whether that counts there. True
  // for sections whose hook shows only at load. Throws KERNEL_BTF.
  bool has(const bpf_program* program);

 private:
  struct BtfCloser {
    void operator()(btf* types) const noexcept { btf__free(types); }
  };

  const btf* types();
  bool has_type(const std::string& name, __u32 kind);
  bool lsm_works();
  bool has_attach_type(enum bpf_attach_type type);

  std::unique_ptr<btf, BtfCloser> types_;  // read when first needed
  std::optional<bool> lsm_works_;  // tried once, when first asked
};

}  // namespace warder
