// SPDX-License-Identifier: Apache-2.0
// C++ functions as JavaScript functions. JS thread.
#pragma once

#include <napi.h>

#include <exception>
#include <new>

#include "error.h"

namespace warder {

// Throw into JavaScript, without node-addon-api's Error: that aborts when the environment is ending.
inline void throw_js(napi_env env, const Failure& failure) noexcept {
  napi_value error = to_js_error(env, failure);
  if (error != nullptr) napi_throw(env, error);
}

// JavaScript's own error, on its way through. In an environment that is ending nothing can be thrown
// any more: node-addon-api would answer that with another throw, through C, and end the process.
inline void throw_js(napi_env env, const Napi::Error& error) noexcept {
  try {
    napi_throw(env, error.Value());
  } catch (const Napi::Error&) {
    // Not even the error can be had: the end is under way.
  }
}

// `body(info)` as a function named `name`: what it throws arrives as a JS Error with `code` and
// `errno`. `body` is copied and lives as long as the function.
template <typename Body>
Napi::Function bind(Napi::Env env, const char* name, Body body) {
  return Napi::Function::New(
      env,
      [body](const Napi::CallbackInfo& info) -> Napi::Value {
        try {
          return body(info);
        } catch (const Failure& failure) {
          throw_js(info.Env(), failure);
        } catch (const std::bad_alloc&) {
          throw_js(info.Env(), Failure("KERNEL_MEMORY", "out of memory"));
        } catch (const Napi::Error& error) {
          throw_js(info.Env(), error);
        } catch (const std::exception& error) {
          throw_js(info.Env(), Failure("KERNEL_ADDON", error.what()));
        }
        return {};
      },
      name);
}

}  // namespace warder
