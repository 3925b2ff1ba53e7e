// SPDX-License-Identifier: Apache-2.0
// The JavaScript face of what the host is and does for the runtime (host.h, lsm.h, clock.h, lock.h, datagram.h, heap.h,
// file_pages.h, turns.h, pin.h, lease.h); src/kernel/addon.ts describes it. JS thread.
#pragma once

#include <napi.h>

namespace warder {

// Into the addon's exports:
//   hostFacts(): HostFacts. Throws KERNEL_HOST.
//   probeLsm(): LsmProbe
//   clocks(): Clocks
//   tryLock(descriptor): boolean. Throws KERNEL_LOCK.
//   linkAt(path): string | null. Throws KERNEL_ARGUMENT.
//   sendDatagram(path, text). Throws KERNEL_ARGUMENT, KERNEL_DATAGRAM.
//   giveBackMemory(mappedBytes, keptBytes). Throws KERNEL_ARGUMENT.
//   giveBackFilePages()
//   takeShortTurns(): boolean
//   mountBpffs(path). Throws KERNEL_PIN.
//   sealKey(path): Buffer. Throws KERNEL_PIN.
//   takeLease(descriptor): boolean. Throws KERNEL_LEASE.
//   leaseInPeace(descriptor): boolean. Throws KERNEL_LEASE.
void export_host(Napi::Env env, Napi::Object exports);

}  // namespace warder
