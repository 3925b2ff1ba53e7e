// SPDX-License-Identifier: Apache-2.0
// The JavaScript face of Sensor; src/kernel/addon.ts describes it.
//
// JS thread. A sensor's functions are closures over it: they need no `this`, and the last of them to
// be collected closes it, unless it drains: then only close() does, or the end of the environment.
#pragma once

#include <napi.h>

namespace warder {

// Into the addon's exports:
//   openSensor(options): NativeSensor. Throws KERNEL_ARGUMENT, KERNEL_LOAD and what Hooks throws.
//   beginSensor(options): NativeSensor, which is loaded on a thread of its own; the first that is asked of it waits for
//     that, and throws what openSensor would have thrown. Throws KERNEL_ARGUMENT.
//   mapShapes(): string[]. Throws KERNEL_LOAD.
void export_sensor(Napi::Env env, Napi::Object exports);

}  // namespace warder
