// SPDX-License-Identifier: Apache-2.0
// Children of this process. See spawn.h.
#include "spawn.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "error.h"

namespace warder {
namespace {

constexpr int kStandard = 3;
// Above all that a child gets: putting one in its place never overwrites one that is still to be put.
constexpr int kAside = 64;

// Since Linux 6.3: what holds data is not to be executed. Older headers do not have it.
constexpr unsigned kNoExecSeal = 0x0008U;

void check(int result, const char* what) {
  if (result != 0) throw Failure("KERNEL_SPAWN", what, result);
}

void wait_for_it(int descriptor) {
  const int flags = fcntl(descriptor, F_GETFL);
  if (flags >= 0 && (flags & O_NONBLOCK) != 0) fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK);
}

class Actions {
 public:
  Actions() { check(posix_spawn_file_actions_init(&actions_), "cannot say which descriptors a child is to have"); }
  ~Actions() { posix_spawn_file_actions_destroy(&actions_); }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;

  // Its copy in the child is not closed by the exec, as this one is.
  void put(int descriptor, int at) {
    check(posix_spawn_file_actions_adddup2(&actions_, descriptor, at), "cannot pass a descriptor to a child");
  }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

// What node has set for itself is not for the child: it ignores SIGPIPE.
class Attributes {
 public:
  Attributes() {
    check(posix_spawnattr_init(&attributes_), "cannot say what a child begins with");
    sigset_t all;
    sigset_t none;
    // Not sigfillset: it leaves out the two that the C library uses itself, which posix_spawn would have ignored then.
    std::memset(&all, 0xff, sizeof all);
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  }
  ~Attributes() { posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;

  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

}  // namespace

pid_t spawn_program(const std::string& path, const std::vector<std::string>& words, const std::vector<int>& descriptors) {
  std::vector<Fd> aside;
  Actions actions;
  const Attributes attributes;
  for (size_t at = 0; at < descriptors.size(); at++) {
    aside.emplace_back(fcntl(descriptors[at], F_DUPFD_CLOEXEC, kAside));
    if (!aside.back().open()) throw Failure("KERNEL_SPAWN", "cannot pass a descriptor to " + path, errno);
    if (at < kStandard) wait_for_it(descriptors[at]);
    actions.put(aside.back().get(), static_cast<int>(at));
  }
  std::vector<char*> arguments;
  arguments.push_back(const_cast<char*>(path.c_str()));
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  char* environment[] = {nullptr};
  pid_t child = -1;
  const int result = posix_spawn(&child, path.c_str(), actions.get(), attributes.get(), arguments.data(), environment);
  if (result != 0) throw Failure("KERNEL_SPAWN", "cannot execute " + path, result);
  return child;
}

std::optional<int> child_status(pid_t child) {
  int status = 0;
  for (;;) {
    const pid_t found = waitpid(child, &status, WNOHANG);
    if (found == child) return status;
    if (found == 0) return std::nullopt;
    if (errno != EINTR) throw Failure("KERNEL_SPAWN", "cannot ask for the end of " + std::to_string(child), errno);
  }
}

Channel make_channel() {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
    throw Failure("KERNEL_SPAWN", "cannot make a pair of sockets", errno);
  }
  return {Fd(pair[0]), Fd(pair[1])};
}

Fd make_memory_file(Bytes bytes) {
  const char* name = "warder";
  Fd file(memfd_create(name, MFD_CLOEXEC | kNoExecSeal));
  if (!file.open() && errno == EINVAL) file = Fd(memfd_create(name, MFD_CLOEXEC));
  if (!file.open()) throw Failure("KERNEL_SPAWN", "cannot make a file in memory", errno);
  for (size_t done = 0; done < bytes.size;) {
    const ssize_t written = pwrite(file.get(), bytes.data + done, bytes.size - done, static_cast<off_t>(done));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) throw Failure("KERNEL_SPAWN", "cannot write a file in memory", errno);
    done += static_cast<size_t>(written);
  }
  return file;
}

}  // namespace warder
