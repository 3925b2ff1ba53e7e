// SPDX-License-Identifier: Apache-2.0
// What is shown on stderr, which is shared with the agent: its flags stay as they are. A thread of its own writes, so that
// a reader who is slow stops nothing else; past a backlog lines are dropped and counted. A pipe that was closed ends
// the output without a word.
//
// The object is the main thread's; signals are blocked before it is made.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace warder::client {

class Writer {
 public:
  explicit Writer(int descriptor) noexcept : descriptor_(descriptor) {}
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer();

  // Whole lines.
  void write(std::string lines);
  // `lines`, which are never dropped, behind all others; how many of those were dropped is said after them. Returns when
  // all is out, or cannot get out any more.
  void close(const std::string& lines);

 private:
  void run();
  bool put(const std::string& text);

  const int descriptor_;
  std::mutex mutex_;
  std::condition_variable change_;
  std::string waiting_;
  bool ending_ = false;
  bool broken_ = false;
  uint64_t dropped_ = 0;
  std::thread thread_;
};

}  // namespace warder::client
