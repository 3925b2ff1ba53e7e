// SPDX-License-Identifier: Apache-2.0
// What the runtime is asked (src/runtime/local/frames.ts has the form of it), as the bytes of one frame.
#pragma once

#include <optional>
#include <string>

#include "words.h"

namespace warder::client {

// The first bytes on the socket, and where it is unless somebody says otherwise.
constexpr const char* kGreeting = "WARDER/1\n";
constexpr const char* kSocket = "/run/warder/runtime.sock";

// Nothing where the current directory or the workspace cannot be named: others say why. `environment` as environ(7).
std::optional<std::string> run_frame(const Words& words, const char* const* environment, bool colour);

std::string signal_frame(int signal);

}  // namespace warder::client
