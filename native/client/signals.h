// SPDX-License-Identifier: Apache-2.0
// Signals to and from an agent (src/cli/signals.ts): what this process is sent goes on to the agent, and this process ends
// as the agent did. They are read from a descriptor; SIGWINCH, which is about this process's terminal, among them.
#pragma once

#include <csignal>

#include "../fd.h"

namespace warder::client {

class Signals {
 public:
  // From now on no signal of these does anything by itself, in threads that are made from now on neither; nor does a
  // pipe that is closed, or a file that may not grow.
  Signals();
  // They mean what they meant before.
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  int descriptor() const noexcept { return descriptor_.get(); }
  // The next one that came; 0 for none.
  int next() const;

 private:
  sigset_t before_;
  struct sigaction pipe_;
  struct sigaction size_;
  Fd descriptor_;
};

// Ends this process as the agent's first process ended.
[[noreturn]] void end_as(bool by_signal, int value);

}  // namespace warder::client
