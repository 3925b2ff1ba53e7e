// SPDX-License-Identifier: Apache-2.0
// How our programs are attached. See hooks.h.
#include "hooks.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/magic.h>
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

Link Hooks::attach(const bpf_program* program) const {
  const std::string section = bpf_program__section_name(program);
  const LibbpfLog log;
  Link link;
  errno = 0;
  if (after(section, "cgroup/") || after(section, "cgroup_skb/")) {
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
