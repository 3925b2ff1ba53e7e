// SPDX-License-Identifier: Apache-2.0
// What is shown on stderr. See writer.h.
#include "writer.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace warder::client {
namespace {

// As src/cli/line-sink.ts has it.
constexpr size_t kBacklogBytes = 8 << 20;

}  // namespace

Writer::~Writer() {
  if (thread_.joinable()) thread_.detach();
}

void Writer::write(std::string lines) {
  if (lines.empty()) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (broken_ || waiting_.size() > kBacklogBytes) {
    dropped_ += static_cast<uint64_t>(std::count(lines.begin(), lines.end(), '\n'));
    return;
  }
  if (waiting_.empty()) waiting_ = std::move(lines);
  else waiting_ += lines;
  // Without another thread they go with the last ones.
  if (!thread_.joinable()) {
    try {
      thread_ = std::thread([this] { run(); });
    } catch (const std::system_error&) {
      return;
    }
  }
  change_.notify_one();
}

void Writer::close(const std::string& lines) {
  if (thread_.joinable()) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      ending_ = true;
    }
    change_.notify_one();
    thread_.join();
  }
  if (broken_ || !put(waiting_) || !put(lines) || dropped_ == 0) return;
  put("warder: " + std::to_string(dropped_) + " lines could not be shown\n");
}

// The thread.
void Writer::run() {
  for (;;) {
    std::string text;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      change_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      text.swap(waiting_);
    }
    if (put(text)) continue;
    const std::lock_guard<std::mutex> lock(mutex_);
    broken_ = true;
    waiting_.clear();
  }
}

bool Writer::put(const std::string& text) {
  for (size_t at = 0; at < text.size();) {
    const ssize_t written = ::write(descriptor_, text.data() + at, text.size() - at);
    if (written > 0) {
      at += static_cast<size_t>(written);
      continue;
    }
    if (written < 0 && errno == EINTR) continue;
    if (written == 0 || errno != EAGAIN) return false;
    // Somebody else made it non-blocking, and there is no room now.
    pollfd room = {.fd = descriptor_, .events = POLLOUT, .revents = 0};
    poll(&room, 1, -1);
  }
  return true;
}

}  // namespace warder::client
