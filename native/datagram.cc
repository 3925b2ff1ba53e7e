// SPDX-License-Identifier: Apache-2.0
// Datagrams. See datagram.h.
#include "datagram.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "error.h"
#include "fd.h"

namespace warder {

void send_datagram(const std::string& path, const std::string& text) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) {
    throw Failure("KERNEL_DATAGRAM", "no unix socket has the name '" + path + "'");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  if (path[0] == '@') address.sun_path[0] = '\0';
  // A path's length takes its NUL in, an abstract name's does not.
  const size_t length = offsetof(sockaddr_un, sun_path) + path.size() + (path[0] == '@' ? 0 : 1);
  const Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.open()) throw Failure("KERNEL_DATAGRAM", "cannot make a unix socket", errno);
  const ssize_t sent = sendto(socket.get(), text.data(), text.size(), MSG_NOSIGNAL,
                              reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(length));
  if (sent < 0) throw Failure("KERNEL_DATAGRAM", "cannot send to the unix socket " + path, errno);
}

}  // namespace warder
