// SPDX-License-Identifier: Apache-2.0
// What the addon exports. Its description in TypeScript: src/kernel/addon.ts.
#include <napi.h>

#include "bind.h"
#include "binding.h"
#include "local.h"

static Napi::Object exports_of_addon(Napi::Env env, Napi::Object exports) {
  try {
    exports.Set("hostFacts", warder::bind(env, "hostFacts", warder::host_facts_of));
    exports.Set("probeLsm", warder::bind(env, "probeLsm", warder::probe_lsm_of));
    exports.Set("clocks", warder::bind(env, "clocks", warder::clocks_of));
    exports.Set("resolverSockets", warder::bind(env, "resolverSockets", warder::resolver_sockets_of));
    exports.Set("openNames", warder::bind(env, "openNames", warder::open_names_of));
    exports.Set("tryLock", warder::bind(env, "tryLock", warder::try_lock_of));
    exports.Set("sendDatagram", warder::bind(env, "sendDatagram", warder::send_datagram_of));
    exports.Set("giveBackMemory", warder::bind(env, "giveBackMemory", warder::give_back_memory_of));
    exports.Set("takeShortTurns", warder::bind(env, "takeShortTurns", warder::take_short_turns_of));
    exports.Set("mountBpffs", warder::bind(env, "mountBpffs", warder::mount_bpffs_of));
    exports.Set("sealKey", warder::bind(env, "sealKey", warder::seal_key_of));
    exports.Set("mapShapes", warder::bind(env, "mapShapes", warder::map_shapes_of));
    exports.Set("takeLease", warder::bind(env, "takeLease", warder::take_lease_of));
    exports.Set("leaseInPeace", warder::bind(env, "leaseInPeace", warder::lease_in_peace_of));
    exports.Set("openSensor", warder::bind(env, "openSensor", warder::open_sensor));
    exports.Set("beginSensor", warder::bind(env, "beginSensor", warder::begin_sensor));
    warder::export_local(env, exports);
  } catch (const Napi::Error& error) {
    warder::throw_js(env, error);
  }
  return exports;
}

NODE_API_MODULE(warder, exports_of_addon)
