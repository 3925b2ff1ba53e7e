// SPDX-License-Identifier: Apache-2.0
// What the addon exports. Its description in TypeScript: src/kernel/addon.ts.
#include <napi.h>

#include "bind.h"
#include "host_binding.h"
#include "local.h"
#include "names_binding.h"
#include "sensor_binding.h"
#include "spawn_binding.h"

static Napi::Object exports_of_addon(Napi::Env env, Napi::Object exports) {
  try {
    warder::export_host(env, exports);
    warder::export_local(env, exports);
    warder::export_names(env, exports);
    warder::export_sensor(env, exports);
    warder::export_spawn(env, exports);
  } catch (const Napi::Error& error) {
    warder::throw_js(env, error);
  }
  return exports;
}

NODE_API_MODULE(warder, exports_of_addon)
