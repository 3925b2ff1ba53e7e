// SPDX-License-Identifier: Apache-2.0
// What the resolver's thread has of a sensor. See name_maps.h.
#include "name_maps.h"

#include <bpf/bpf.h>

#include <cstring>
#include <utility>

#include "error.h"
#include "names.h"
#include "network.h"

namespace warder {
namespace {

// The program is one for packets, and the kernel takes none without such a head.
constexpr size_t kEthernetBytes = 14;

}  // namespace

NameMaps::NameMaps(NameDescriptors descriptors)
    : descriptors_(std::move(descriptors)),
      addresses_(map_rows_of(descriptors_.addresses.get())),
      ports_(map_rows_of(descriptors_.ports.get())) {}

const MapRows& NameMaps::map(const std::string& name) const {
  for (const MapRows* map : {&addresses_, &ports_}) {
    if (map->name == name) return *map;
  }
  throw Failure("KERNEL_MAP", "there is no map '" + name + "' for the resolver to write");
}

std::optional<std::vector<uint8_t>> NameMaps::asker_of(Bytes request, int network) const {
  if (request.size != sizeof(asker_request)) {
    throw Failure("KERNEL_ARGUMENT", "an asker request is " + std::to_string(request.size) + " bytes, not " +
                                         std::to_string(sizeof(asker_request)));
  }
  uint8_t packet[kEthernetBytes + sizeof(asker_request)] = {};
  uint8_t answer[sizeof packet];
  std::memcpy(packet + kEthernetBytes, request.data, request.size);
  LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet, .data_out = answer, .data_size_in = sizeof packet,
              .data_size_out = sizeof answer);
  const InNetwork there(network);
  const int result = bpf_prog_test_run_opts(descriptors_.asker.get(), &options);
  if (result != 0) throw Failure("KERNEL_ASKER", "cannot ask the kernel whose socket a query came from", -result);
  if (options.retval != ASKER_KNOWN) return std::nullopt;
  const uint8_t* from = answer + kEthernetBytes + offsetof(asker_request, asked);
  return std::vector<uint8_t>(from, from + sizeof(struct asked));
}

}  // namespace warder
