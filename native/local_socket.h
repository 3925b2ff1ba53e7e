// SPDX-License-Identifier: Apache-2.0
// What a unix stream socket carries besides bytes, and node does not see: who connected, and descriptors
// (unix(7): SO_PEERCRED, SO_PEERPIDFD, SCM_RIGHTS). Any thread; descriptors are the caller's.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "fd.h"

namespace warder {

struct Peer {
  pid_t pid;
  uid_t uid;
  gid_t gid;
  std::vector<gid_t> groups;  // supplementary ones
  Fd process;  // pidfd of the process that connected
};

// Who connected, as of connect(2). The pidfd is the kernel's own from Linux 6.5 on; before, it is of whoever has
// the number now. Nothing where that process has gone. Throws KERNEL_SOCKET.
std::optional<Peer> peer_of(int socket);

// Whether the process of a pidfd has ended. Throws KERNEL_SOCKET.
bool process_ended(int process);

struct Received {
  std::string bytes;
  std::vector<Fd> descriptors;  // close-on-exec
};

// At most `most` bytes, without waiting: nothing where none are there yet, no bytes at the stream's end. Throws
// KERNEL_SOCKET, also for more than `descriptors` descriptors.
std::optional<Received> receive_descriptors(int socket, size_t most, size_t descriptors);

// Throws KERNEL_SOCKET where not all of it goes at once.
void send_descriptors(int socket, const std::string& bytes, const std::vector<int>& descriptors);

}  // namespace warder
