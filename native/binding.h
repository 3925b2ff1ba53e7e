// SPDX-License-Identifier: Apache-2.0
// The JavaScript face of host_facts(), probe_bpf_lsm(), read_clocks(), try_lock(), send_datagram() and Sensor;
// src/kernel/addon.ts describes it.
//
// JS thread. A sensor's functions are closures over it: they need no `this`, and the last of them to
// be collected closes it, unless it drains: then only close() does, or the end of the environment.
#pragma once

#include <napi.h>

namespace warder {

// hostFacts(): HostFacts. Throws KERNEL_HOST.
Napi::Value host_facts_of(const Napi::CallbackInfo& info);

// probeLsm(): LsmProbe
Napi::Value probe_lsm_of(const Napi::CallbackInfo& info);

// clocks(): Clocks
Napi::Value clocks_of(const Napi::CallbackInfo& info);

// resolverSockets(network): OpenedSockets. Throws KERNEL_NETWORK.
Napi::Value resolver_sockets_of(const Napi::CallbackInfo& info);

// openNames(descriptors): NativeNames, of the thread that calls; takes the descriptors. Throws KERNEL_MAP.
Napi::Value open_names_of(const Napi::CallbackInfo& info);

// tryLock(descriptor): boolean. Throws KERNEL_LOCK.
Napi::Value try_lock_of(const Napi::CallbackInfo& info);

// sendDatagram(path, text). Throws KERNEL_ARGUMENT, KERNEL_DATAGRAM.
Napi::Value send_datagram_of(const Napi::CallbackInfo& info);

// giveBackMemory(): undefined
Napi::Value give_back_memory_of(const Napi::CallbackInfo& info);

// takeShortTurns(): boolean
Napi::Value take_short_turns_of(const Napi::CallbackInfo& info);

// mountBpffs(path): undefined. Throws KERNEL_PIN.
Napi::Value mount_bpffs_of(const Napi::CallbackInfo& info);

// sealKey(path): Buffer. Throws KERNEL_PIN.
Napi::Value seal_key_of(const Napi::CallbackInfo& info);

// mapShapes(): string[]. Throws KERNEL_LOAD.
Napi::Value map_shapes_of(const Napi::CallbackInfo& info);

// takeLease(descriptor): boolean. Throws KERNEL_LEASE.
Napi::Value take_lease_of(const Napi::CallbackInfo& info);

// leaseInPeace(descriptor): boolean. Throws KERNEL_LEASE.
Napi::Value lease_in_peace_of(const Napi::CallbackInfo& info);

// openSensor(options): NativeSensor. Throws KERNEL_ARGUMENT, KERNEL_LOAD and what Hooks throws.
Napi::Value open_sensor(const Napi::CallbackInfo& info);

// beginSensor(options): NativeSensor, which is loaded on a thread of its own; the first that is asked of it waits for that,
// and throws what openSensor would have thrown. Throws KERNEL_ARGUMENT.
Napi::Value begin_sensor(const Napi::CallbackInfo& info);

}  // namespace warder
