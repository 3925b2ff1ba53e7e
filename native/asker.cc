// SPDX-License-Identifier: Apache-2.0
// Who asks the resolver. See asker.h.
#include "asker.h"

#include <bpf/bpf.h>

#include <cstring>
#include <string>

#include "error.h"
#include "names.h"
#include "network.h"

namespace warder {
namespace {

// The program is one for packets, and the kernel takes none without such a head.
constexpr size_t kEthernetBytes = 14;

}  // namespace

std::optional<std::vector<uint8_t>> asker_of(int program, Bytes request, int network) {
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
  const int result = bpf_prog_test_run_opts(program, &options);
  if (result != 0) throw Failure("KERNEL_ASKER", "cannot ask the kernel whose socket a query came from", -result);
  if (options.retval != ASKER_KNOWN) return std::nullopt;
  const uint8_t* from = answer + kEthernetBytes + offsetof(asker_request, asked);
  return std::vector<uint8_t>(from, from + sizeof(struct asked));
}

}  // namespace warder
