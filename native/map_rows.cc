// SPDX-License-Identifier: Apache-2.0
// Rows of one of the kernel's maps. See map_rows.h.
#include "map_rows.h"

#include <bpf/bpf.h>

#include <optional>

#include "error.h"

namespace warder {
namespace {

constexpr bpf_map_batch_opts kPlain = {.sz = sizeof(bpf_map_batch_opts), .elem_flags = BPF_ANY, .flags = 0};

// How many rows of a batch that failed are done. The kernel says it, but for failures before the first row, where it leaves
// what it was given: all of them.
uint32_t done(uint32_t said, uint32_t count) { return said < count ? said : 0; }

}  // namespace

MapRows map_rows_of(int descriptor) {
  bpf_map_info info = {};
  uint32_t size = sizeof info;
  const int result = bpf_map_get_info_by_fd(descriptor, &info, &size);
  if (result != 0) throw Failure("KERNEL_MAP", "a descriptor is not a map's", -result);
  return {descriptor, info.name, info.key_size, info.value_size};
}

void check_size(const char* what, const std::string& map, size_t bytes, uint32_t count, uint32_t each) {
  if (bytes == static_cast<size_t>(count) * each) return;
  throw Failure("KERNEL_ARGUMENT", std::string(what) + " of " + map + " are " + std::to_string(bytes) + " bytes, but " +
                                       std::to_string(count) + " rows of " + std::to_string(each) + " bytes were announced");
}

std::string row_of(uint32_t index, uint32_t count, const std::string& map) {
  return "row " + std::to_string(index) + " of " + std::to_string(count) + " in " + map;
}

void write_rows(const MapRows& map, Bytes keys, Bytes values, uint32_t count) {
  check_size("keys", map.name, keys.size, count, map.key_size);
  check_size("values", map.name, values.size, count, map.value_size);
  if (count == 0) return;
  uint32_t written = count;
  const int together = bpf_map_update_batch(map.descriptor, keys.data, values.data, &written, &kPlain);
  if (together == 0) return;
  // One at a time from the row that did not go: it says why, or the map's kind knows no other way.
  for (uint32_t i = done(written, count); i < count; i++) {
    const uint8_t* key = keys.data + static_cast<size_t>(i) * map.key_size;
    const uint8_t* value = values.data + static_cast<size_t>(i) * map.value_size;
    const int result = bpf_map_update_elem(map.descriptor, key, value, BPF_ANY);
    if (result != 0) throw Failure("KERNEL_MAP_WRITE", "cannot write " + row_of(i, count, map.name), -result);
  }
}

uint32_t delete_rows(const MapRows& map, Bytes keys, uint32_t count) {
  check_size("keys", map.name, keys.size, count, map.key_size);
  if (count == 0) return 0;
  uint32_t together = count;
  if (bpf_map_delete_batch(map.descriptor, keys.data, &together, &kPlain) == 0) return count;
  // One at a time from the row that did not go: one that is not there is no reason to leave those behind it.
  const uint32_t begin = done(together, count);
  uint32_t deleted = begin;
  std::optional<Failure> first;
  for (uint32_t i = begin; i < count; i++) {
    const int result = bpf_map_delete_elem(map.descriptor, keys.data + static_cast<size_t>(i) * map.key_size);
    if (result == 0) {
      deleted++;
    } else if (result != -ENOENT && result != -EINVAL && !first) {
      // EINVAL: a prefix longer than the key, which was never written. Anything else: the rest goes all the same.
      first.emplace("KERNEL_MAP_DELETE", "cannot delete " + row_of(i, count, map.name), -result);
    }
  }
  if (first) throw *first;
  return deleted;
}

}  // namespace warder
