// SPDX-License-Identifier: Apache-2.0
// See guard_binding.h.
#include "guard_binding.h"

#include "arguments.h"
#include "bind.h"
#include "guard.h"

namespace warder {

Napi::Value guard(const std::shared_ptr<Handle>& handle, const Napi::CallbackInfo& info) {
  const auto run = count_argument(info[0], "run", 1);
  const auto silence = static_cast<uint32_t>(integer_argument(info[1], "silence", 100, 3600000));
  const auto held = std::make_shared<std::unique_ptr<FileGuard>>(
      std::make_unique<FileGuard>(handle->sensor().labels(), run, silence));
  const auto open = [held]() -> FileGuard& {
    if (!*held) throw Failure("KERNEL_CLOSED", "the guard has been closed");
    return **held;
  };
  const Napi::Env env = info.Env();
  auto object = Napi::Object::New(env);
  object.Set("mark", bind(env, "mark", [open](const Napi::CallbackInfo& call) -> Napi::Value {
    const std::string path = string_argument(call[0], "path");
    const bool directory = call[1].ToBoolean();
    return Napi::Boolean::New(call.Env(), open().mark(path, directory));
  }));
  object.Set("counts", bind(env, "counts", [open](const Napi::CallbackInfo& call) -> Napi::Value {
    const GuardCounts counts = open().counts();
    auto result = Napi::Object::New(call.Env());
    result.Set("refused", Napi::BigInt::New(call.Env(), counts.refused));
    result.Set("passed", Napi::BigInt::New(call.Env(), counts.passed));
    result.Set("slowestNs", Napi::BigInt::New(call.Env(), counts.slowest_ns));
    return result;
  }));
  object.Set("close", bind(env, "close", [held](const Napi::CallbackInfo& call) -> Napi::Value {
    held->reset();
    return call.Env().Undefined();
  }));
  return object;
}

}  // namespace warder
