// SPDX-License-Identifier: Apache-2.0
// Network namespaces of others. See network.h.
#include "network.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>

#include "error.h"

namespace warder {
namespace {

constexpr int kBacklog = 128;
// Room for as many questions as a run may have at once: the kernel counts some 800 bytes for each.
constexpr int kBufferBytes = 16 << 20;

Fd on_loopback(int family, int type) {
  Fd made(socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in four = {};
  four.sin_family = AF_INET;
  four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_in6 six = {};
  six.sin6_family = AF_INET6;
  six.sin6_addr = in6addr_loopback;
  const int only = 1;
  if (family == AF_INET6) setsockopt(made.get(), IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
  if (type == SOCK_DGRAM) setsockopt(made.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kBufferBytes, sizeof kBufferBytes);
  const auto* address = family == AF_INET ? reinterpret_cast<sockaddr*>(&four) : reinterpret_cast<sockaddr*>(&six);
  const socklen_t size = family == AF_INET ? sizeof four : sizeof six;
  const bool bound = made.open() && bind(made.get(), address, size) == 0;
  if (bound && (type != SOCK_STREAM || listen(made.get(), kBacklog) == 0)) return made;
  if (family == AF_INET6 && (errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT)) return Fd();
  throw Failure("KERNEL_NETWORK", "the resolver has no socket on loopback of a network namespace", errno);
}

}  // namespace

InNetwork::InNetwork(int network) {
  if (network < 0) return;
  back_ = Fd(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!back_.open() || setns(network, CLONE_NEWNET) != 0) {
    const int error = errno;
    back_ = Fd();
    throw Failure("KERNEL_NETWORK", "cannot enter a network namespace", error);
  }
}

InNetwork::~InNetwork() {
  if (back_.open() && setns(back_.get(), CLONE_NEWNET) != 0) std::abort();
}

ResolverSockets resolver_sockets() {
  return {on_loopback(AF_INET, SOCK_DGRAM), on_loopback(AF_INET, SOCK_STREAM), on_loopback(AF_INET6, SOCK_DGRAM),
          on_loopback(AF_INET6, SOCK_STREAM)};
}

uint16_t port_of(const Fd& socket) {
  sockaddr_in6 address = {};
  socklen_t size = sizeof address;
  if (!socket.open() || getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  // At the same place in a sockaddr_in.
  return ntohs(address.sin6_port);
}

uint64_t network_cookie() {
  const Fd made(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  uint64_t cookie = 0;
  socklen_t size = sizeof cookie;
  if (!made.open() || getsockopt(made.get(), SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) != 0) {
    throw Failure("KERNEL_NETWORK", "cannot tell the network namespace", errno);
  }
  return cookie;
}

}  // namespace warder
