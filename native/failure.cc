// SPDX-License-Identifier: Apache-2.0
// Failures. See failure.h.
#include "failure.h"

#include <cstring>

namespace warder {
namespace {

std::string with_errno(const std::string& message, int error) {
  if (error == 0) return message;
  char text[128];
  return message + ": " + strerror_r(error, text, sizeof text) + " (" + errno_name(error) + ")";
}

}  // namespace

Failure::Failure(const char* code, const std::string& message, int error)
    : std::runtime_error(with_errno(message, error)), code_(code), error_(error) {}

std::string errno_name(int error) {
  const char* name = strerrorname_np(error);
  return name != nullptr ? name : "errno " + std::to_string(error);
}

}  // namespace warder
