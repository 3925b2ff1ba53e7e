// SPDX-License-Identifier: Apache-2.0
// The JavaScript face of spawn.h; src/kernel/addon.ts describes it. JS thread.
#pragma once

#include <napi.h>

namespace warder {

// spawnProgram(path, words, descriptors), childEnd(child), makeChannel(), makeMemoryFile(bytes), into the addon's exports. They
// throw KERNEL_ARGUMENT and KERNEL_SPAWN.
void export_spawn(Napi::Env env, Napi::Object exports);

}  // namespace warder
