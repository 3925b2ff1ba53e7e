// SPDX-License-Identifier: Apache-2.0
// Names in a BPF file system: what bears one outlives the process that made it. Directories, and taking names
// away, are ordinary file operations (src/kernel/pins.ts). Any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "fd.h"

namespace warder {

// Throws KERNEL_PIN.
void pin(int fd, const std::string& path);

// What is pinned there. Throws KERNEL_PIN.
Fd open_pin(const std::string& path);

constexpr size_t kSealBytes = 32;

// A random key that is kept in the kernel alone, in a map pinned at `path`; made where it is not there.
// Throws KERNEL_PIN.
std::array<uint8_t, kSealBytes> seal_key(const std::string& path);

// Mounts a BPF file system over `path`. Throws KERNEL_PIN.
void mount_bpffs(const std::string& path);

}  // namespace warder
