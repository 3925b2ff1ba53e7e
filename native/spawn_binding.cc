// SPDX-License-Identifier: Apache-2.0
// Children of this process for JavaScript. See spawn_binding.h.
#include "spawn_binding.h"

#include <sys/wait.h>

#include <limits>
#include <string>
#include <vector>

#include "arguments.h"
#include "bind.h"
#include "spawn.h"

namespace warder {
namespace {

constexpr int64_t kDescriptorsMost = 16;
constexpr int64_t kPidMost = std::numeric_limits<pid_t>::max();

// Each with its NUL: an argument may be longer than a string_argument, and there may be any number of them.
std::vector<std::string> words_argument(const Napi::Value& value) {
  const Bytes bytes = bytes_argument(value, "words");
  const std::string text(reinterpret_cast<const char*>(bytes.data), bytes.size);
  std::vector<std::string> words;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\0', at);
    if (end == std::string::npos) throw Failure("KERNEL_ARGUMENT", "the last of words must end with a NUL");
    words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

Napi::Value spawn(const Napi::CallbackInfo& info) {
  const std::string path = string_argument(info[0], "path");
  const Napi::Object list = object_argument(info[2], "descriptors");
  const auto length = static_cast<uint32_t>(integer_argument(list.Get("length"), "descriptors.length", 0, kDescriptorsMost));
  std::vector<int> descriptors;
  for (uint32_t i = 0; i < length; i++) descriptors.push_back(descriptor_argument(list.Get(i), "descriptor"));
  const std::vector<std::string> words = words_argument(info[1]);
  return Napi::Number::New(info.Env(), spawn_program(path, words, descriptors));
}

Napi::Value end_of(const Napi::CallbackInfo& info) {
  const auto child = static_cast<pid_t>(integer_argument(info[0], "child", 1, kPidMost));
  const std::optional<int> status = child_status(child);
  if (!status) return info.Env().Null();
  auto object = Napi::Object::New(info.Env());
  if (WIFSIGNALED(*status)) {
    object.Set("signal", WTERMSIG(*status));
  } else {
    object.Set("code", WEXITSTATUS(*status));
  }
  return object;
}

Napi::Value channel(const Napi::CallbackInfo& info) {
  Channel made = make_channel();
  auto object = Napi::Object::New(info.Env());
  object.Set("ours", static_cast<double>(made.ours.get()));
  object.Set("theirs", static_cast<double>(made.theirs.get()));
  made.ours.release();
  made.theirs.release();
  return object;
}

Napi::Value memory_file(const Napi::CallbackInfo& info) {
  Fd file = make_memory_file(bytes_argument(info[0], "bytes"));
  const Napi::Value number = Napi::Number::New(info.Env(), file.get());
  file.release();
  return number;
}

}  // namespace

void export_spawn(Napi::Env env, Napi::Object exports) {
  exports.Set("spawnProgram", bind(env, "spawnProgram", spawn));
  exports.Set("childEnd", bind(env, "childEnd", end_of));
  exports.Set("makeChannel", bind(env, "makeChannel", channel));
  exports.Set("makeMemoryFile", bind(env, "makeMemoryFile", memory_file));
}

}  // namespace warder
