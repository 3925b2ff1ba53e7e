// SPDX-License-Identifier: Apache-2.0
// A file descriptor that is closed with its owner. Any thread; not shared between threads.
#pragma once

#include <unistd.h>

#include <utility>

namespace warder {

class Fd {
 public:
  explicit Fd(int fd = -1) noexcept : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() {
    if (fd_ >= 0) close(fd_);
  }

  int get() const noexcept { return fd_; }
  // Gives it up: the caller closes it.
  int release() noexcept { return std::exchange(fd_, -1); }
  bool open() const noexcept { return fd_ >= 0; }

 private:
  int fd_;
};

}  // namespace warder
