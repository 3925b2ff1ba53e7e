// SPDX-License-Identifier: Apache-2.0
// Symbolic links. Any thread.
#pragma once

#include <optional>
#include <string>

namespace warder {

// What a symbolic link holds (readlink(2)); nothing where there is none, or this process may not look.
std::optional<std::string> link_at(const std::string& path);

}  // namespace warder
