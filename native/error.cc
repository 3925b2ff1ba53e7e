// SPDX-License-Identifier: Apache-2.0
// Failures as JavaScript has them. See error.h.
#include "error.h"

#include <bpf/libbpf.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>

namespace warder {
namespace {

// Kept of what libbpf says: enough for a verifier's last words, not for its whole trace.
constexpr size_t kLogBytes = 4096;

thread_local std::string* current_log = nullptr;

// libbpf calls it on the thread that called libbpf. A verifier's log is one message of up to megabytes.
int on_libbpf_print(enum libbpf_print_level level, const char* format, va_list arguments) noexcept {
  if (level > LIBBPF_WARN || current_log == nullptr) return 0;
  char* text = nullptr;
  const int length = vasprintf(&text, format, arguments);
  if (length < 0) return 0;
  const std::unique_ptr<char, decltype(&std::free)> owner(text, std::free);
  try {
    current_log->append(text + std::max(length - static_cast<int>(kLogBytes), 0));
    if (current_log->size() > 2 * kLogBytes) current_log->erase(0, current_log->size() - kLogBytes);
  } catch (const std::bad_alloc&) {
    // The failure itself is still told, by its errno.
  }
  return length;
}

void set_property(napi_env env, napi_value object, const char* name, napi_value value) noexcept {
  if (value != nullptr) napi_set_named_property(env, object, name, value);
}

napi_value to_js_string(napi_env env, const char* text) noexcept {
  napi_value value = nullptr;
  napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value);
  return value;
}

}  // namespace

LibbpfLog::LibbpfLog() : outer_(current_log) {
  static std::once_flag once;
  std::call_once(once, [] { libbpf_set_print(on_libbpf_print); });
  current_log = &text_;
}

LibbpfLog::~LibbpfLog() { current_log = outer_; }

std::string LibbpfLog::add_to(const std::string& message) const {
  std::string log = text_;
  while (!log.empty() && log.back() == '\n') log.pop_back();
  if (log.empty()) return message;
  if (log.size() > kLogBytes) log = "…" + log.substr(log.size() - kLogBytes);
  return message + "\n" + log + "\n";
}

napi_value to_js_error(napi_env env, const Failure& failure) noexcept {
  napi_value error = nullptr;
  if (napi_create_error(env, nullptr, to_js_string(env, failure.what()), &error) != napi_ok) return nullptr;
  set_property(env, error, "code", to_js_string(env, failure.code()));
  if (failure.error() != 0) {
    napi_value number = nullptr;
    napi_create_int32(env, failure.error(), &number);
    set_property(env, error, "errno", number);
    set_property(env, error, "errnoName", to_js_string(env, errno_name(failure.error()).c_str()));
  }
  return error;
}

}  // namespace warder
