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

}  // namespace

Hooks::Hooks(const std::string& cgroup_path) : cgroup_(open_cgroup(cgroup_path)) {}

Link Hooks::attach(const Program& program) const {
  const std::string& section = program.section;
  const bool on_cgroup = after(section, "cgroup/") || after(section, "cgroup_skb/");
  // On a cgroup a link is always "multi": it leaves the programs of others on the same hook alone.
  Link link(bpf_link_create(program.fd.get(), on_cgroup ? cgroup_.get() : 0, program.attach_type, nullptr));
  if (!link.open()) throw Failure("KERNEL_ATTACH", "cannot attach " + program.name + " to " + section, errno);
  return link;
}

}  // namespace warder
