// SPDX-License-Identifier: Apache-2.0
// Tracepoint ids. See tracefs.h.
#include "tracefs.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "error.h"

namespace warder {
namespace {

// By number: the C library's wrappers came later than the calls.
int make_detached_tracefs() {
  const Fd context(static_cast<int>(syscall(SYS_fsopen, "tracefs", FSOPEN_CLOEXEC)));
  if (!context.open()) return -1;
  if (syscall(SYS_fsconfig, context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) return -1;
  return static_cast<int>(syscall(SYS_fsmount, context.get(), FSMOUNT_CLOEXEC, 0));
}

}  // namespace

Tracefs::Tracefs() : root_(make_detached_tracefs()) {
  if (!root_.open()) throw Failure("KERNEL_TRACEFS", "cannot make a tracefs to read tracepoint ids from", errno);
}

std::optional<int> Tracefs::id(const std::string& tracepoint) const {
  const std::string path = "events/" + tracepoint + "/id";
  const Fd file(openat(root_.get(), path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.open()) {
    if (errno == ENOENT) return std::nullopt;
    throw Failure("KERNEL_TRACEFS", "cannot open " + path + " in tracefs", errno);
  }
  char text[16] = {};
  if (read(file.get(), text, sizeof text - 1) <= 0) {
    throw Failure("KERNEL_TRACEFS", "cannot read " + path + " in tracefs", errno);
  }
  return std::atoi(text);
}

}  // namespace warder
