// SPDX-License-Identifier: Apache-2.0
// Threads that load programs take no signals: those are the main thread's, and one that comes while the kernel verifies a
// program ends that in vain.
//
// Any thread. A thread that is made while the object lives has all signals blocked, for good.
#pragma once

#include <pthread.h>

#include <csignal>

namespace warder {

class SignalsBlocked {
 public:
  SignalsBlocked() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

}  // namespace warder
