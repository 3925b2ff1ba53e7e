// SPDX-License-Identifier: Apache-2.0
// Pins. See pin.h.
#include "pin.h"

#include <bpf/bpf.h>
#include <sys/mount.h>
#include <sys/random.h>

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

std::array<uint8_t, kSealBytes> seal_key(const std::string& path) {
  std::array<uint8_t, kSealBytes> key = {};
  const uint32_t zero = 0;
  Fd map(bpf_obj_get(path.c_str()));
  if (!map.open() && errno != ENOENT) throw Failure("KERNEL_PIN", "cannot open the pin " + path, errno);
  if (!map.open()) {
    map = Fd(bpf_map_create(BPF_MAP_TYPE_ARRAY, "warder_seal", sizeof zero, kSealBytes, 1, nullptr));
    if (!map.open()) throw Failure("KERNEL_PIN", "cannot make the map of the seal", errno);
    if (getrandom(key.data(), key.size(), 0) != static_cast<ssize_t>(key.size())) {
      throw Failure("KERNEL_PIN", "cannot make a key", errno);
    }
    const int result = bpf_map_update_elem(map.get(), &zero, key.data(), BPF_ANY);
    if (result != 0) throw Failure("KERNEL_PIN", "cannot write the seal", -result);
    pin(map.get(), path);
  }
  const int result = bpf_map_lookup_elem(map.get(), &zero, key.data());
  if (result != 0) throw Failure("KERNEL_PIN", "cannot read the seal at " + path, -result);
  return key;
}

void mount_bpffs(const std::string& path) {
  if (mount("bpf", path.c_str(), "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RELATIME, "mode=0700") != 0) {
    throw Failure("KERNEL_PIN", "cannot mount a BPF file system at " + path, errno);
  }
}

}  // namespace warder
