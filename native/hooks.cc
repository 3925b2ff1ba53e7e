// SPDX-License-Identifier: Apache-2.0
// What a program hangs on. See hooks.h.
#include "hooks.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <optional>

#include "error.h"

namespace warder {
namespace {

Fd open_cgroup(const std::string& path) {
  Fd root(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root.open()) throw Failure("KERNEL_CGROUP", "cannot open cgroup directory " + path, errno);
  struct statfs fs = {};
  if (fstatfs(root.get(), &fs) != 0) throw Failure("KERNEL_CGROUP", "cannot look at " + path, errno);
  if (fs.f_type != CGROUP2_SUPER_MAGIC) throw Failure("KERNEL_CGROUP", path + " is no cgroup2 directory");
  return root;
}

// What stands in `section` behind `prefix`, if it begins so.
std::optional<std::string> after(const std::string& section, const std::string& prefix) {
  if (section.rfind(prefix, 0) != 0) return std::nullopt;
  return section.substr(prefix.size());
}

// "syscalls/sys_exit_openat" of tp/ and tracepoint/ sections.
std::optional<std::string> tracepoint_of(const std::string& section) {
  const auto name = after(section, "tp/");
  return name ? name : after(section, "tracepoint/");
}

}  // namespace

Hooks::Hooks(const std::string& cgroup_path) : cgroup_(open_cgroup(cgroup_path)), kernel_(btf__load_vmlinux_btf()) {
  if (!kernel_) throw Failure("KERNEL_BTF", "cannot read the kernel's type information", errno);
}

bool Hooks::btf_has_enumerator(const std::string& enumeration, const std::string& name) const {
  const int id = btf__find_by_name_kind(kernel_.get(), enumeration.c_str(), BTF_KIND_ENUM);
  if (id < 0) return false;
  const btf_type* type = btf__type_by_id(kernel_.get(), static_cast<__u32>(id));
  const struct btf_enum* values = btf_enum(type);
  return std::any_of(values, values + btf_vlen(type), [&](const struct btf_enum& value) {
    return name == btf__name_by_offset(kernel_.get(), value.name_off);
  });
}

bool Hooks::has(const bpf_program* program) const {
  const std::string section = bpf_program__section_name(program);
  if (const auto tracepoint = tracepoint_of(section)) return tracefs_.id(*tracepoint).has_value();
  if (const auto event = after(section, "tp_btf/")) {
    return btf__find_by_name_kind(kernel_.get(), ("btf_trace_" + *event).c_str(), BTF_KIND_TYPEDEF) > 0;
  }
  if (const auto hook = after(section, "lsm/")) {
    return btf__find_by_name_kind(kernel_.get(), ("bpf_lsm_" + *hook).c_str(), BTF_KIND_FUNC) > 0;
  }
  if (after(section, "cgroup/")) {
    // libbpf's name is the enumerator's, in lower case and without BPF_.
    const char* name = libbpf_bpf_attach_type_str(bpf_program__expected_attach_type(program));
    std::string enumerator = std::string("BPF_") + (name != nullptr ? name : "");
    std::transform(enumerator.begin(), enumerator.end(), enumerator.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
    return btf_has_enumerator("bpf_attach_type", enumerator);
  }
  return true;
}

// A tracepoint's programs hang on its perf event, and run on every CPU whichever CPU that is of.
Link Hooks::attach_tracepoint(const bpf_program* program, const std::string& tracepoint) const {
  const auto id = tracefs_.id(tracepoint);
  if (!id) throw Failure("KERNEL_ATTACH", "this kernel has no tracepoint " + tracepoint);
  perf_event_attr attributes = {};
  attributes.type = PERF_TYPE_TRACEPOINT;
  attributes.size = sizeof attributes;
  attributes.config = static_cast<__u64>(*id);
  const int event = static_cast<int>(syscall(SYS_perf_event_open, &attributes, -1, 0, -1, PERF_FLAG_FD_CLOEXEC));
  if (event < 0) throw Failure("KERNEL_ATTACH", "cannot open tracepoint " + tracepoint, errno);
  Link link(bpf_program__attach_perf_event(program, event));
  if (!link) {
    const int error = errno;
    close(event);  // the link's from success on
    errno = error;
  }
  return link;
}

Link Hooks::attach(const bpf_program* program) const {
  const std::string section = bpf_program__section_name(program);
  const LibbpfLog log;
  Link link;
  if (const auto tracepoint = tracepoint_of(section)) {
    link = attach_tracepoint(program, *tracepoint);
  } else if (after(section, "cgroup/")) {
    // A link is always "multi": it leaves the programs of others on the same hook alone.
    link.reset(bpf_program__attach_cgroup(program, cgroup_.get()));
  } else {
    link.reset(bpf_program__attach(program));
  }
  if (!link) {
    const int error = errno;
    throw Failure("KERNEL_ATTACH",
                  log.add_to(std::string("cannot attach ") + bpf_program__name(program) + " to " + section), error);
  }
  return link;
}

}  // namespace warder
