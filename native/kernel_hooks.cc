// SPDX-License-Identifier: Apache-2.0
// Which hooks the running kernel has. See kernel_hooks.h.
#include "kernel_hooks.h"

#include <algorithm>
#include <cctype>
#include <cerrno>

#include "error.h"
#include "lsm.h"
#include "section.h"

namespace warder {

const btf* KernelHooks::types() {
  if (!types_) types_.reset(btf__load_vmlinux_btf());
  if (!types_) throw Failure("KERNEL_BTF", "cannot read the kernel's type information", errno);
  return types_.get();
}

bool KernelHooks::has_type(const std::string& name, __u32 kind) {
  return btf__find_by_name_kind(types(), name.c_str(), kind) > 0;
}

bool KernelHooks::has_attach_type(enum bpf_attach_type attach_type) {
  const char* name = libbpf_bpf_attach_type_str(attach_type);
  const int id = btf__find_by_name_kind(types(), "bpf_attach_type", BTF_KIND_ENUM);
  if (name == nullptr || id < 0) return false;
  // libbpf's name is the enumerator's, in lower case and without BPF_.
  std::string enumerator = std::string("BPF_") + name;
  std::transform(enumerator.begin(), enumerator.end(), enumerator.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
  const btf_type* type = btf__type_by_id(types_.get(), static_cast<__u32>(id));
  const struct btf_enum* values = btf_enum(type);
  return std::any_of(values, values + btf_vlen(type), [&](const struct btf_enum& value) {
    return enumerator == btf__name_by_offset(types_.get(), value.name_off);
  });
}

bool KernelHooks::lsm_works() {
  if (!lsm_works_) lsm_works_ = probe_bpf_lsm(types()).state == LsmState::works;
  return *lsm_works_;
}

bool KernelHooks::has(const bpf_program* program) {
  const std::string section = bpf_program__section_name(program);
  if (const auto event = after(section, "tp_btf/")) return has_type("btf_trace_" + *event, BTF_KIND_TYPEDEF);
  if (const auto hook = lsm_hook_of(section)) return lsm_works() && has_type("bpf_lsm_" + *hook, BTF_KIND_FUNC);
  // Where LSM does not work, what these see is seen as calls return (bpf/context.bpf.c).
  if (const auto function = function_of(section)) return lsm_works() && has_type(*function, BTF_KIND_FUNC);
  if (after(section, "cgroup/")) return has_attach_type(bpf_program__expected_attach_type(program));
  return true;
}

}  // namespace warder
