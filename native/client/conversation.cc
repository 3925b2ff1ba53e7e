// SPDX-License-Identifier: Apache-2.0
// With the runtime of this host. See conversation.h.
#include "conversation.h"

#include <sys/socket.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

#include "../failure.h"
#include "request.h"

namespace warder::client {
namespace {

constexpr size_t kPieceBytes = 64 << 10;
// What was written last is on its way when the agent has ended.
constexpr int kDrainMs = 500;
// How to end, and by what.
constexpr size_t kFarewellHead = 2;

int64_t now_ms() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

}  // namespace

std::optional<Farewell> Conversation::held() {
  while (socket_.open()) turn(-1);
  drain();
  relay_.end();
  return std::move(farewell_);
}

void Conversation::drain() {
  const int64_t end = now_ms() + kDrainMs;
  for (int64_t left = kDrainMs; !relay_.over() && left > 0; left = end - now_ms()) turn(static_cast<int>(left));
}

void Conversation::turn(int timeout_ms) {
  pollfd polled[2 + Relay::kPolled];
  const short wanted = unsent_.empty() ? POLLIN : POLLIN | POLLOUT;
  polled[0] = {.fd = signals_.descriptor(), .events = POLLIN, .revents = 0};
  polled[1] = {.fd = socket_.get(), .events = wanted, .revents = 0};
  relay_.wait(polled + 2);
  const int ready = poll(polled, std::size(polled), timeout_ms);
  if (ready < 0 && errno != EINTR) throw Failure("KERNEL_POLL", "cannot wait for the runtime", errno);
  if (ready <= 0) return;
  if (polled[0].revents != 0) take_signals();
  relay_.turn(polled + 2);
  if ((polled[1].revents & POLLOUT) != 0) send();
  if (socket_.open() && (polled[1].revents & ~POLLOUT) != 0) receive();
}

void Conversation::take_signals() {
  for (int signal = signals_.next(); signal != 0; signal = signals_.next()) {
    if (signal == SIGWINCH) {
      relay_.resize();
      continue;
    }
    signal_ = signal;
    if (socket_.open()) unsent_ += signal_frame(signal);
  }
}

void Conversation::send() {
  const ssize_t sent = ::send(socket_.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent >= 0) unsent_.erase(0, static_cast<size_t>(sent));
  // What it said before it closed is read first.
  else if (errno != EAGAIN && errno != EINTR) unsent_.clear();
}

void Conversation::receive() {
  char piece[kPieceBytes];
  const ssize_t length = recv(socket_.get(), piece, sizeof piece, MSG_DONTWAIT);
  if (length < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (length <= 0) {
    socket_ = Fd();
    return;
  }
  frames_.add(piece, static_cast<size_t>(length));
  for (std::optional<Frame> frame = frames_.next(); frame && socket_.open(); frame = frames_.next()) {
    take(std::move(*frame));
  }
  if (frames_.broken()) socket_ = Fd();
}

void Conversation::take(Frame frame) {
  if (frame.kind == Kind::text) {
    writer_.write(std::move(frame.content));
  } else if (frame.kind == Kind::farewell && frame.content.size() >= kFarewellHead) {
    const auto value = static_cast<unsigned char>(frame.content[1]);
    farewell_ = {frame.content[0] != 0, value, frame.content.substr(kFarewellHead)};
  } else {
    // Nothing that this program reads: a refusal, or the words of another version.
    socket_ = Fd();
  }
}

}  // namespace warder::client
