// SPDX-License-Identifier: Apache-2.0
// Pins. See pin.h.
#include "pin.h"

#include <bpf/bpf.h>
#include <sys/mount.h>

#include <cerrno>

#include "error.h"

namespace warder {

void pin(int fd, const std::string& path) {
  const int result = bpf_obj_pin(fd, path.c_str());
  if (result != 0) throw Failure("KERNEL_PIN", "cannot pin " + path, -result);
}

Fd open_pin(const std::string& path) {
  Fd opened(bpf_obj_get(path.c_str()));
  if (!opened.open()) throw Failure("KERNEL_PIN", "cannot open the pin " + path, errno);
  return opened;
}

void mount_bpffs(const std::string& path) {
  if (mount("bpf", path.c_str(), "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RELATIME, "mode=0700") != 0) {
    throw Failure("KERNEL_PIN", "cannot mount a BPF file system at " + path, errno);
  }
}

}  // namespace warder
