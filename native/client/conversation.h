// SPDX-License-Identifier: Apache-2.0
// With the runtime of this host, from the request for an agent to the agent's end.
#pragma once

#include <poll.h>

#include <optional>
#include <string>

#include "../fd.h"
#include "frames.h"
#include "relay.h"
#include "signals.h"
#include "writer.h"

namespace warder::client {

struct Farewell {
  bool by_signal;
  int value;
  std::string text;
};

class Conversation {
 public:
  // @param socket greeted already, non-blocking @param request a frame
  Conversation(Fd socket, std::string request, Relay& relay, const Signals& signals, Writer& writer)
      : socket_(std::move(socket)), unsent_(std::move(request)), relay_(relay), signals_(signals), writer_(writer) {}

  // What is to be shown last, once the agent has ended and all that it wrote has been shown. Nothing where the runtime
  // said that it starts nothing, in words that are not for this program, or went away before it said anything: then
  // nothing has been started.
  std::optional<Farewell> held();
  // The last signal that came, where nothing was started.
  int signal() const noexcept { return signal_; }

 private:
  void turn(int timeout_ms);
  void take_signals();
  void send();
  void receive();
  void take(Frame frame);
  void drain();

  Fd socket_;
  std::string unsent_;
  Relay& relay_;
  const Signals& signals_;
  Writer& writer_;
  FrameReader frames_;
  std::optional<Farewell> farewell_;
  int signal_ = 0;
};

}  // namespace warder::client
