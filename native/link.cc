// SPDX-License-Identifier: Apache-2.0
// Symbolic links. See link.h.
#include "link.h"

#include <unistd.h>

#include <climits>

namespace warder {

std::optional<std::string> link_at(const std::string& path) {
  // A link of procfs may hold more than PATH_MAX; such a one leads nowhere that a path names.
  char target[PATH_MAX];
  const ssize_t length = readlink(path.c_str(), target, sizeof target);
  if (length < 0 || static_cast<size_t>(length) == sizeof target) return std::nullopt;
  return std::string(target, static_cast<size_t>(length));
}

}  // namespace warder
