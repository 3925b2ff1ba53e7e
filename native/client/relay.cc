// SPDX-License-Identifier: Apache-2.0
// Between this process's terminal and the agent's. See relay.h.
#include "relay.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "../failure.h"
#include "../terminal.h"

namespace warder::client {
namespace {

constexpr size_t kPieceBytes = 64 << 10;

// Whether this process is in its terminal's foreground group: pgrp and tpgid of proc_pid_stat(5).
bool is_foreground() {
  const Fd file(::open("/proc/self/stat", O_RDONLY | O_CLOEXEC));
  char text[1024];
  const ssize_t length = file.open() ? read(file.get(), text, sizeof text - 1) : -1;
  if (length <= 0) return false;
  text[length] = '\0';
  const char* behind = std::strrchr(text, ')');
  int group = -1, foreground = -2;
  return behind != nullptr && std::sscanf(behind + 1, " %*c %*d %d %*d %*d %d", &group, &foreground) == 2 &&
         group == foreground;
}

// The same terminal by a description of its own; the shared one where it may not be opened.
Fd opened_again(int descriptor, int flags) {
  const std::string path = "/proc/self/fd/" + std::to_string(descriptor);
  const int again = ::open(path.c_str(), flags | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  return Fd(again >= 0 ? again : fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
}

Fd screen() {
  for (const int descriptor : {STDOUT_FILENO, STDERR_FILENO}) {
    if (isatty(descriptor) != 0) return opened_again(descriptor, O_WRONLY);
  }
  return Fd(::open("/dev/tty", O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
}

// As libuv's uv_tty_set_mode has it for the command in TypeScript: lines of Warder's own still begin at the left.
termios raw(const termios& before) {
  termios settings = before;
  settings.c_iflag &= ~static_cast<tcflag_t>(BRKINT | ICRNL | INPCK | ISTRIP | IXON);
  settings.c_oflag |= ONLCR;
  settings.c_cflag |= CS8;
  settings.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | IEXTEN | ISIG);
  settings.c_cc[VMIN] = 1;
  settings.c_cc[VTIME] = 0;
  return settings;
}

bool is_transient(int error) { return error == EAGAIN || error == EINTR; }

}  // namespace

void Flow::wait(pollfd& from, pollfd& to) const {
  from = {.fd = waiting_.empty() ? from_ : -1, .events = POLLIN, .revents = 0};
  to = {.fd = waiting_.empty() ? -1 : to_, .events = POLLOUT, .revents = 0};
}

void Flow::turn(const pollfd& from, const pollfd& to) {
  if (to.fd >= 0 && to.revents != 0) write_some();
  if (from.fd >= 0 && from.revents != 0) read_some();
}

void Flow::read_some() {
  char piece[kPieceBytes];
  const ssize_t length = read(from_, piece, sizeof piece);
  if (length > 0) waiting_.append(piece, static_cast<size_t>(length));
  // EIO of a controller: nobody has the terminal any more (pty(7)).
  else if (length == 0 || !is_transient(errno)) from_ = -1;
  if (!waiting_.empty()) write_some();
}

void Flow::write_some() {
  const ssize_t length = write(to_, waiting_.data(), waiting_.size());
  if (length >= 0) waiting_.erase(0, static_cast<size_t>(length));
  else if (!is_transient(errno)) {
    // Who is to have it has gone.
    waiting_.clear();
    from_ = -1;
  }
}

std::vector<int> Relay::open() {
  std::vector<int> descriptors = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
  int like = -1;
  for (const int descriptor : descriptors) {
    if (like < 0 && isatty(descriptor) != 0) like = descriptor;
  }
  if (like < 0 || !is_foreground()) return descriptors;
  Terminal opened = open_terminal(like);
  controller_ = std::move(opened.controller);
  terminal_ = std::move(opened.terminal);
  screen_ = screen();
  for (int& descriptor : descriptors) {
    if (isatty(descriptor) != 0) descriptor = terminal_.get();
  }
  return descriptors;
}

void Relay::begin() {
  if (!controller_.open()) return;
  begun_ = true;
  terminal_ = Fd();
  fcntl(controller_.get(), F_SETFL, O_NONBLOCK);
  shown_.begin(controller_.get(), screen_.get());
  if (isatty(STDIN_FILENO) == 0) return;
  termios settings = {};
  if (tcgetattr(STDIN_FILENO, &settings) == 0) {
    before_ = settings;
    const termios now = raw(settings);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &now);
  }
  keyboard_ = opened_again(STDIN_FILENO, O_RDONLY);
  typed_.begin(keyboard_.get(), controller_.get());
}

void Relay::resize() const {
  winsize size = {};
  if (!begun_ || ioctl(screen_.get(), TIOCGWINSZ, &size) != 0) return;
  ioctl(controller_.get(), TIOCSWINSZ, &size);
}

void Relay::wait(pollfd* polled) const {
  typed_.wait(polled[0], polled[1]);
  shown_.wait(polled[2], polled[3]);
}

void Relay::turn(const pollfd* polled) {
  typed_.turn(polled[0], polled[1]);
  shown_.turn(polled[2], polled[3]);
}

void Relay::end() noexcept {
  if (before_) tcsetattr(STDIN_FILENO, TCSADRAIN, &*before_);
  before_.reset();
  begun_ = false;
}

}  // namespace warder::client
