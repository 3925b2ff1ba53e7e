// SPDX-License-Identifier: Apache-2.0
// Failures of the addon: one C++ exception, one JS Error, and libbpf's own words in the message.
//
// Out: a JS Error with `code` (KERNEL_…), and where a system call failed `errno` (positive) and
// `errnoName` ("EPERM").
#pragma once

#include <node_api.h>

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

// What libbpf says on this thread while the object lives. Of several, the newest hears it.
class LibbpfLog {
 public:
  LibbpfLog();
  ~LibbpfLog();
  LibbpfLog(const LibbpfLog&) = delete;
  LibbpfLog& operator=(const LibbpfLog&) = delete;

  // `message` with what libbpf said behind it; the end of it where that is long, because the
  // verifier's reason stands there.
  std::string add_to(const std::string& message) const;

 private:
  std::string text_;
  std::string* const outer_;
};

// "EPERM" for 1; "errno 4095" for a number without a name.
std::string errno_name(int error);

// JS thread. The failure as a JS Error; null where even that cannot be made (the environment ends).
napi_value to_js_error(napi_env env, const Failure& failure) noexcept;

}  // namespace warder
