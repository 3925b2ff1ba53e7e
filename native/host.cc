// SPDX-License-Identifier: Apache-2.0
// Facts about this host. See host.h.
// Sources: uname(2), access(2), proc_pid_mountinfo(5), capget(2), landlock(7).
#include "host.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <sstream>

#include "error.h"

namespace warder {
namespace {

// In the order of linux/capability.h, as of 6.18.
constexpr const char* kCapabilities[] = {
    "chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid",
    "setpcap", "linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw",
    "ipc_lock", "ipc_owner", "sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct",
    "sys_admin", "sys_boot", "sys_nice", "sys_resource", "sys_time", "sys_tty_config", "mknod",
    "lease", "audit_write", "audit_control", "setfcap", "mac_override", "mac_admin", "syslog",
    "wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf", "checkpoint_restore"};
static_assert(std::size(kCapabilities) > CAP_LAST_CAP, "a capability without a name");

// mountinfo writes space, tab, newline and backslash as \040 and so on.
std::string unescape(const std::string& text) {
  const auto octal = [&](size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '7'; };
  std::string plain;
  for (size_t i = 0; i < text.size(); i++) {
    if (text[i] == '\\' && octal(i + 1) && octal(i + 2) && octal(i + 3)) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

// Fields: id, parent, device, root, mount point, options, optional fields up to "-", type, …
std::optional<std::string> find_cgroup2() {
  std::ifstream mounts("/proc/self/mountinfo");
  std::string line;
  while (std::getline(mounts, line)) {
    std::istringstream fields(line);
    std::string skip, root, point, word, type;
    fields >> skip >> skip >> skip >> root >> point;
    while (fields >> word && word != "-") {
    }
    fields >> type;
    // A bind mount of a part would leave out processes elsewhere in the hierarchy.
    if (type == "cgroup2" && root == "/") return unescape(point);
  }
  return std::nullopt;
}

std::vector<std::string> effective_capabilities() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
  if (syscall(SYS_capget, &header, data) != 0) throw Failure("KERNEL_HOST", "cannot read own capabilities", errno);
  const uint64_t effective = data[0].effective | static_cast<uint64_t>(data[1].effective) << 32;
  std::vector<std::string> names;
  for (size_t i = 0; i < std::size(kCapabilities); i++) {
    if ((effective >> i & 1) != 0) names.emplace_back(kCapabilities[i]);
  }
  return names;
}

// Linux 5.13 and newer; headers of Debian 12 know the call.
int landlock_abi() {
  constexpr unsigned kVersion = 1;  // LANDLOCK_CREATE_RULESET_VERSION
  const long abi = syscall(SYS_landlock_create_ruleset, nullptr, 0, kVersion);
  return abi > 0 ? static_cast<int>(abi) : 0;
}

}  // namespace

HostFacts host_facts() {
  utsname name = {};
  if (uname(&name) != 0) throw Failure("KERNEL_HOST", "cannot read the kernel's version", errno);
  return {
      .kernel = name.release,
      .btf = access("/sys/kernel/btf/vmlinux", R_OK) == 0,
      .cgroup2 = find_cgroup2(),
      .effective_uid = geteuid(),
      .capabilities = effective_capabilities(),
      .landlock_abi = landlock_abi(),
  };
}

}  // namespace warder
