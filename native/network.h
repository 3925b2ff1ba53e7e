// SPDX-License-Identifier: Apache-2.0
// Network namespaces of others: what is asked and opened there from here.
#pragma once

#include <cstdint>

#include "fd.h"

namespace warder {

// While it lives its thread is in another network namespace; other threads stay where they are. `network` is a descriptor of
// one; -1 is where the thread is. Ends the process where the thread cannot come back: nothing of what it does after
// would be where it believes. Throws KERNEL_NETWORK.
class InNetwork {
 public:
  explicit InNetwork(int network);
  ~InNetwork();
  InNetwork(const InNetwork&) = delete;
  InNetwork& operator=(const InNetwork&) = delete;

 private:
  Fd back_;
};

// On loopback of the thread's network namespace, at ports that the kernel picks; those for IPv6 are not open where
// there is none.
struct ResolverSockets {
  Fd udp4, tcp4, udp6, tcp6;
};

// Throws KERNEL_NETWORK.
ResolverSockets resolver_sockets();

// That a socket is bound to; 0 for none.
uint16_t port_of(const Fd& socket);

// The number that kernel programs know the thread's network namespace by. Throws KERNEL_NETWORK.
uint64_t network_cookie();

}  // namespace warder
