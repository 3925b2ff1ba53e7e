// SPDX-License-Identifier: Apache-2.0
// Signals to and from an agent. See signals.h.
#include "signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cstdlib>

namespace warder::client {
namespace {

constexpr int kForwarded[] = {SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGINT, SIGQUIT, SIGWINCH};
// Others dump core: for those the status is 128 + the signal's number, as a shell has it.
constexpr int kDiedOf[] = {SIGHUP, SIGINT, SIGKILL, SIGTERM};
constexpr int kSignalled = 128;

sigset_t forwarded() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : kForwarded) sigaddset(&set, signal);
  return set;
}

}  // namespace

Signals::Signals() {
  const sigset_t set = forwarded();
  sigprocmask(SIG_BLOCK, &set, &before_);
  descriptor_ = Fd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  struct sigaction ignored = {};
  ignored.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignored, &pipe_);
  sigaction(SIGXFSZ, &ignored, &size_);
}

Signals::~Signals() {
  sigaction(SIGPIPE, &pipe_, nullptr);
  sigaction(SIGXFSZ, &size_, nullptr);
  sigprocmask(SIG_SETMASK, &before_, nullptr);
}

int Signals::next() const {
  signalfd_siginfo about = {};
  return read(descriptor_.get(), &about, sizeof about) == sizeof about ? static_cast<int>(about.ssi_signo) : 0;
}

void end_as(bool by_signal, int value) {
  if (!by_signal) _exit(value);
  for (const int signal : kDiedOf) {
    if (signal != value) continue;
    std::signal(signal, SIG_DFL);
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, signal);
    raise(signal);
    sigprocmask(SIG_UNBLOCK, &only, nullptr);
  }
  _exit(kSignalled + value);
}

}  // namespace warder::client
