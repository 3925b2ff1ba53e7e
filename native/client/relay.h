// SPDX-License-Identifier: Apache-2.0
// A terminal of the agent's own, inside this process's (src/cli/own-terminal.ts says why): what is typed goes to it, what
// it shows comes here, and it has this one's size.
#pragma once

#include <poll.h>
#include <termios.h>

#include <optional>
#include <string>
#include <vector>

#include "../fd.h"

namespace warder::client {

// One direction: what was read and has not been written yet. A slow end stops the other, and nothing grows.
class Flow {
 public:
  // Bytes for `poll`, of both ends; an end that is not waited for has -1.
  void wait(pollfd& from, pollfd& to) const;
  void turn(const pollfd& from, const pollfd& to);
  void begin(int from, int to) { from_ = from, to_ = to; }
  // Nothing more comes, and what came has gone.
  bool over() const noexcept { return from_ < 0 && waiting_.empty(); }

 private:
  void read_some();
  void write_some();

  int from_ = -1;
  int to_ = -1;
  std::string waiting_;
};

class Relay {
 public:
  static constexpr size_t kPolled = 4;

  Relay() = default;
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;
  ~Relay() { end(); }

  // The agent's standard descriptors: this process's own ones where none is a terminal or this process is in the
  // background, where it would be stopped for setting it. Throws KERNEL_TERMINAL.
  std::vector<int> open();
  // The agent has its descriptors.
  void begin();
  bool begun() const noexcept { return begun_; }
  void resize() const;
  void wait(pollfd* polled) const;
  void turn(const pollfd* polled);
  // All that the agent wrote has been shown, as far as there is a terminal.
  bool over() const noexcept { return !begun_ || shown_.over(); }
  // This process's terminal is as it was.
  void end() noexcept;

 private:
  Fd controller_;
  Fd terminal_;
  // Of this process's terminal, non-blocking, which says nothing of the flags that others share.
  Fd keyboard_;
  Fd screen_;
  Flow typed_;
  Flow shown_;
  std::optional<termios> before_;
  bool begun_ = false;
};

}  // namespace warder::client
