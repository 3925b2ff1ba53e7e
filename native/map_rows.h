// SPDX-License-Identifier: Apache-2.0
// Rows of one of the kernel's maps, by a descriptor of it. Any thread; the descriptor is the caller's.
#pragma once

#include <cstdint>
#include <string>

#include "bytes.h"

namespace warder {

struct MapRows {
  int descriptor;
  std::string name;  // for messages
  uint32_t key_size;
  uint32_t value_size;
};

// As the kernel says of the descriptor. Throws KERNEL_MAP.
MapRows map_rows_of(int descriptor);

// `bytes` hold `count` of `each`. Throws KERNEL_ARGUMENT.
void check_size(const char* what, const std::string& map, size_t bytes, uint32_t count, uint32_t each);

// For messages.
std::string row_of(uint32_t index, uint32_t count, const std::string& map);

// KERNEL_ARGUMENT for sizes that are not the map's; KERNEL_MAP_WRITE at the first failure: rows before it have been written.
void write_rows(const MapRows& map, Bytes keys, Bytes values, uint32_t count);

// How many there were. KERNEL_ARGUMENT; KERNEL_MAP_DELETE when all others are deleted.
uint32_t delete_rows(const MapRows& map, Bytes keys, uint32_t count);

}  // namespace warder
