// SPDX-License-Identifier: Apache-2.0
// Who asks the resolver: the program asker_of (bpf/names.bpf.c), run from here.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sensor.h"

namespace warder {

// JS thread. `request` is a struct asker_request; what comes back is its `asked`, none where no governed process has
// such a socket in the network namespace of this thread. Throws KERNEL_ARGUMENT, KERNEL_ASKER.
std::optional<std::vector<uint8_t>> asker_of(int program, Bytes request);

// Any thread. The number that kernel programs know the network namespace of this thread by. Throws KERNEL_NETWORK.
uint64_t network_cookie();

}  // namespace warder
