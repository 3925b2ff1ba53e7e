// SPDX-License-Identifier: Apache-2.0
// JavaScript values as C++ values. See arguments.h.
#include "arguments.h"

#include <cmath>
#include <limits>

#include "error.h"

namespace warder {
namespace {

constexpr size_t kStringBytes = 4096;  // a path's most
constexpr uint32_t kStrings = 1024;

Failure wrong(const char* name, const std::string& what) {
  return Failure("KERNEL_ARGUMENT", std::string(name) + " must be " + what);
}

}  // namespace

int64_t integer_argument(const Napi::Value& value, const char* name, int64_t least, int64_t most) {
  const std::string range = "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
  if (!value.IsNumber()) throw wrong(name, range);
  const double number = value.As<Napi::Number>().DoubleValue();
  // Written so that NaN fails too.
  if (!(number >= static_cast<double>(least) && number <= static_cast<double>(most)) || std::trunc(number) != number) {
    throw wrong(name, range);
  }
  return static_cast<int64_t>(number);
}

uint32_t count_argument(const Napi::Value& value, const char* name, uint32_t least) {
  return static_cast<uint32_t>(integer_argument(value, name, least, std::numeric_limits<uint32_t>::max()));
}

int descriptor_argument(const Napi::Value& value, const char* name, int least) {
  return static_cast<int>(integer_argument(value, name, least, std::numeric_limits<int32_t>::max()));
}

uint64_t bigint_argument(const Napi::Value& value, const char* name) {
  if (!value.IsBigInt()) throw wrong(name, "a bigint");
  bool lossless = false;
  const uint64_t number = value.As<Napi::BigInt>().Uint64Value(&lossless);
  if (!lossless) throw wrong(name, "a bigint from 0 to 2^64-1");
  return number;
}

std::string string_argument(const Napi::Value& value, const char* name) {
  if (!value.IsString()) throw wrong(name, "a string");
  std::string text = value.As<Napi::String>().Utf8Value();
  if (text.size() > kStringBytes) throw wrong(name, "a string of at most " + std::to_string(kStringBytes) + " bytes");
  if (text.find('\0') != std::string::npos) throw wrong(name, "a string without NUL");
  return text;
}

std::vector<std::string> strings_argument(const Napi::Value& value, const char* name) {
  if (!value.IsArray()) throw wrong(name, "an array of strings");
  const auto array = value.As<Napi::Array>();
  const uint32_t length = array.Length();
  if (length > kStrings) throw wrong(name, "an array of at most " + std::to_string(kStrings) + " strings");
  std::vector<std::string> strings;
  strings.reserve(length);
  for (uint32_t i = 0; i < length; i++) {
    const std::string element = std::string(name) + "[" + std::to_string(i) + "]";
    strings.push_back(string_argument(array.Get(i), element.c_str()));
  }
  return strings;
}

Bytes bytes_argument(const Napi::Value& value, const char* name) {
  if (!value.IsBuffer()) throw wrong(name, "a Buffer");
  void* data = nullptr;
  size_t size = 0;
  if (napi_get_buffer_info(value.Env(), value, &data, &size) != napi_ok || data == nullptr) return {nullptr, 0};
  return {static_cast<const uint8_t*>(data), size};
}

Napi::Object object_argument(const Napi::Value& value, const char* name) {
  if (!value.IsObject()) throw wrong(name, "an object");
  return value.As<Napi::Object>();
}

Napi::Function function_argument(const Napi::Value& value, const char* name) {
  if (!value.IsFunction()) throw wrong(name, "a function");
  return value.As<Napi::Function>();
}

}  // namespace warder
