// SPDX-License-Identifier: Apache-2.0
// The JavaScript face of FileGuard; src/kernel/addon.ts describes it. JS thread.
#pragma once

#include <napi.h>

#include <memory>

#include "handle.h"

namespace warder {

// guard(run, silence): NativeGuard, a method of a sensor. It lives as long as JavaScript has it, and answers until its
// close(). Throws KERNEL_ARGUMENT and what FileGuard throws.
Napi::Value guard(const std::shared_ptr<Handle>& handle, const Napi::CallbackInfo& info);

}  // namespace warder
