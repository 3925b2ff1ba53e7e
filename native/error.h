// SPDX-License-Identifier: Apache-2.0
// Failures of the addon (failure.h): one JS Error, and libbpf's own words in the message.
//
// Out: a JS Error with `code` (KERNEL_…), and where a system call failed `errno` (positive) and
// `errnoName` ("EPERM").
#pragma once

#include <node_api.h>

#include <string>

#include "failure.h"

namespace warder {

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

// JS thread. The failure as a JS Error; null where even that cannot be made (the environment ends).
napi_value to_js_error(napi_env env, const Failure& failure) noexcept;

}  // namespace warder
