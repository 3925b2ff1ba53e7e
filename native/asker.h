// SPDX-License-Identifier: Apache-2.0
// Who asks the resolver: the program asker_of (bpf/names.bpf.c), run from here.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sensor.h"

namespace warder {

// JS thread. `request` is a struct asker_request; what comes back is its `asked`, none where no governed process has
// such a socket in that network namespace: a descriptor of one, or -1 for that of this thread. Throws KERNEL_ARGUMENT,
// KERNEL_ASKER, KERNEL_NETWORK.
std::optional<std::vector<uint8_t>> asker_of(int program, Bytes request, int network);

}  // namespace warder
