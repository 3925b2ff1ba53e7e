// SPDX-License-Identifier: Apache-2.0
// What failed: one C++ exception, with the system's words. Knows nothing of JavaScript (error.h). Any thread.
#pragma once

#include <stdexcept>
#include <string>

namespace warder {

class Failure : public std::runtime_error {
 public:
  // `error` is an errno value, 0 where no system call failed. The message gets its text and name.
  Failure(const char* code, const std::string& message, int error = 0);

  const char* code() const noexcept { return code_; }
  int error() const noexcept { return error_; }

 private:
  const char* code_;
  int error_;
};

// "EPERM" for 1; "errno 4095" for a number without a name.
std::string errno_name(int error);

}  // namespace warder
