// SPDX-License-Identifier: Apache-2.0
// How our programs are attached. See hooks.h.
#include "hooks.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>

#include "error.h"
#include "section.h"

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

// What libbpf attached, by a descriptor of our own. For these kinds of link its own does no more than that.
Link descriptor_of(bpf_link* link) {
  if (link == nullptr) return Link();
  Link own(fcntl(bpf_link__fd(link), F_DUPFD_CLOEXEC, 0));
  const int error = errno;
  bpf_link__destroy(link);
  errno = error;
  return own;
}

}  // namespace

Hooks::Hooks(const std::string& cgroup_path) : cgroup_(open_cgroup(cgroup_path)) {}

// A tracepoint's programs hang on its perf event, and run on every CPU whichever CPU that is of.
Link Hooks::attach_tracepoint(const bpf_program* program, const std::string& tracepoint) const {
  const auto id = tracefs_.id(tracepoint);
  if (!id) throw Failure("KERNEL_ATTACH", "this kernel has no tracepoint " + tracepoint);
  perf_event_attr attributes = {};
  attributes.type = PERF_TYPE_TRACEPOINT;
  attributes.size = sizeof attributes;
  attributes.config = static_cast<__u64>(*id);
  const Fd event(static_cast<int>(syscall(SYS_perf_event_open, &attributes, -1, 0, -1, PERF_FLAG_FD_CLOEXEC)));
  if (!event.open()) throw Failure("KERNEL_ATTACH", "cannot open tracepoint " + tracepoint, errno);
  // Not libbpf's: that stops the event when the link object goes, pinned or not. The kernel's link holds the event.
  return Link(bpf_link_create(bpf_program__fd(program), event.get(), BPF_PERF_EVENT, nullptr));
}

Link Hooks::attach(const bpf_program* program) const {
  const std::string section = bpf_program__section_name(program);
  const LibbpfLog log;
  Link link;
  errno = 0;
  if (const auto tracepoint = tracepoint_of(section)) {
    link = attach_tracepoint(program, *tracepoint);
  } else if (after(section, "cgroup/") || after(section, "cgroup_skb/")) {
    // A link is always "multi": it leaves the programs of others on the same hook alone.
    link = descriptor_of(bpf_program__attach_cgroup(program, cgroup_.get()));
  } else {
    link = descriptor_of(bpf_program__attach(program));
  }
  if (!link.open()) {
    const int error = errno;
    throw Failure("KERNEL_ATTACH",
                  log.add_to(std::string("cannot attach ") + bpf_program__name(program) + " to " + section), error);
  }
  return link;
}

}  // namespace warder
