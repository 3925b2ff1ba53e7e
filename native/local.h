// SPDX-License-Identifier: Apache-2.0
// The JavaScript face of local_socket.h and terminal.h; src/kernel/addon.ts describes it. JS thread.
#pragma once

#include <napi.h>

namespace warder {

// peerOf(socket), processEnded(process), receiveDescriptors(socket, most, count), sendDescriptors(socket, text,
// descriptors), openTerminal(like), resizeTerminal(controller, rows, columns), into the addon's exports. They
// throw KERNEL_ARGUMENT, KERNEL_SOCKET and KERNEL_TERMINAL.
void export_local(Napi::Env env, Napi::Object exports);

}  // namespace warder
