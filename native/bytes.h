// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace warder {

// Bytes of the caller's.
struct Bytes {
  const uint8_t* data;
  size_t size;
};

}  // namespace warder
