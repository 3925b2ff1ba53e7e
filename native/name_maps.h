// SPDX-License-Identifier: Apache-2.0
// What the resolver's thread has of a sensor: the maps of addresses by name, and the program that says who asks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bytes.h"
#include "fd.h"
#include "map_rows.h"

namespace warder {

// Descriptors of named_addresses, port_rules and asker_of, each with an owner of its own.
struct NameDescriptors {
  Fd addresses, ports, asker;
};

// Of one thread. Lives on when the sensor is closed: what it writes then is in maps that nobody reads.
class NameMaps {
 public:
  // Throws KERNEL_MAP.
  explicit NameMaps(NameDescriptors descriptors);

  // One of the two, by its name. Throws KERNEL_MAP.
  const MapRows& map(const std::string& name) const;

  // `request` is a struct asker_request; what comes back is its `asked`, none where no governed process has such a
  // socket in that network namespace: a descriptor of one, or -1 for that of this thread. Throws KERNEL_ARGUMENT,
  // KERNEL_ASKER, KERNEL_NETWORK.
  std::optional<std::vector<uint8_t>> asker_of(Bytes request, int network) const;

 private:
  const NameDescriptors descriptors_;
  const MapRows addresses_;
  const MapRows ports_;
};

}  // namespace warder
