// SPDX-License-Identifier: Apache-2.0
// Unix stream sockets. See local_socket.h.
#include "local_socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "failure.h"

#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59
#endif
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

namespace warder {
namespace {

constexpr const char* kCode = "KERNEL_SOCKET";
// As many descriptors as fit one message (SCM_MAX_FD).
constexpr size_t kDescriptorsMost = 253;

// -1 and ESRCH where the process has gone.
int pidfd_of_peer(int socket, pid_t pid) {
  int process = -1;
  socklen_t length = sizeof(process);
  if (getsockopt(socket, SOL_SOCKET, SO_PEERPIDFD, &process, &length) == 0) return process;
  if (errno != ENOPROTOOPT) {
    if (errno == EINVAL || errno == ENODATA) errno = ESRCH;
    return -1;
  }
  return static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
}

// Of the process as it connected: what /proc says of it later may be of another program, or forged by its name.
std::vector<gid_t> groups_of_peer(int socket) {
  std::vector<gid_t> groups(32);
  for (;;) {
    auto length = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
    if (getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &length) == 0) {
      groups.resize(length / sizeof(gid_t));
      return groups;
    }
    // It says how many there are.
    if (errno != ERANGE || length <= groups.size() * sizeof(gid_t)) throw Failure(kCode, "cannot tell the groups of who connected", errno);
    groups.resize(length / sizeof(gid_t));
  }
}

void take(const cmsghdr* part, std::vector<Fd>& descriptors) {
  if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) return;
  const size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
  for (size_t i = 0; i < count; i++) {
    int descriptor = -1;
    std::memcpy(&descriptor, CMSG_DATA(part) + i * sizeof(int), sizeof(int));
    descriptors.emplace_back(descriptor);
  }
}

}  // namespace

std::optional<Peer> peer_of(int socket) {
  ucred credentials = {};
  socklen_t length = sizeof(credentials);
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) {
    throw Failure(kCode, "cannot tell who connected", errno);
  }
  Fd process(pidfd_of_peer(socket, credentials.pid));
  if (!process.open()) {
    if (errno == ESRCH) return std::nullopt;
    throw Failure(kCode, "cannot take hold of the process that connected", errno);
  }
  return Peer{credentials.pid, credentials.uid, credentials.gid, groups_of_peer(socket), std::move(process)};
}

bool process_ended(int process) {
  pollfd wait = {.fd = process, .events = POLLIN, .revents = 0};
  if (poll(&wait, 1, 0) < 0) throw Failure(kCode, "cannot look at a process", errno);
  if ((wait.revents & POLLNVAL) != 0) throw Failure(kCode, "the descriptor of a process is closed");
  return wait.revents != 0;
}

std::optional<Received> receive_descriptors(int socket, size_t most, size_t descriptors) {
  Received received;
  received.bytes.resize(most);
  std::vector<char> control(CMSG_SPACE(descriptors * sizeof(int)));
  iovec data = {.iov_base = received.bytes.data(), .iov_len = most};
  msghdr message = {};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t got = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (got < 0) {
    if (errno == EAGAIN || errno == EINTR) return std::nullopt;
    throw Failure(kCode, "cannot receive", errno);
  }
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    take(part, received.descriptors);
  }
  // CMSG_SPACE rounds up, so that one more than was asked for may fit.
  if ((message.msg_flags & MSG_CTRUNC) != 0 || received.descriptors.size() > descriptors) {
    throw Failure(kCode, "more than " + std::to_string(descriptors) + " descriptors came");
  }
  received.bytes.resize(static_cast<size_t>(got));
  return received;
}

void send_descriptors(int socket, const std::string& bytes, const std::vector<int>& descriptors) {
  if (descriptors.size() > kDescriptorsMost) throw Failure(kCode, "too many descriptors for one message");
  const size_t length = descriptors.size() * sizeof(int);
  std::vector<char> control(CMSG_SPACE(length));
  std::string text = bytes;
  iovec data = {.iov_base = text.data(), .iov_len = text.size()};
  msghdr message = {};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  if (!descriptors.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* part = CMSG_FIRSTHDR(&message);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(length);
    std::memcpy(CMSG_DATA(part), descriptors.data(), length);
  }
  const ssize_t sent = sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent < 0) throw Failure(kCode, "cannot send", errno);
  if (static_cast<size_t>(sent) != text.size()) throw Failure(kCode, "could not send all of it at once");
}

}  // namespace warder
