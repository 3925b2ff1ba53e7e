// SPDX-License-Identifier: Apache-2.0
// The JavaScript face of name_maps.h and the resolver's sockets (network.h); src/kernel/addon.ts describes it. JS
// thread.
#pragma once

#include <napi.h>

namespace warder {

// Into the addon's exports:
//   resolverSockets(network): OpenedSockets. Throws KERNEL_NETWORK.
//   openNames(descriptors): NativeNames, of the thread that calls; takes the descriptors. Throws KERNEL_MAP.
void export_names(Napi::Env env, Napi::Object exports);

}  // namespace warder
