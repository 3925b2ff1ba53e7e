// SPDX-License-Identifier: Apache-2.0
// Read leases (fcntl(2), F_SETLEASE) on files whose content is known. JS thread; needs CAP_LEASE for
// files of others.
#pragma once

namespace warder {

// Takes a read lease on a file that was opened for reading. False where there can be none: somebody has it
// open for writing, or its file system has no leases. The process gets SIGURG, which does nothing unless
// it is listened to, when somebody waits for it to be given up. Throws KERNEL_LEASE.
bool take_lease(int descriptor);

// Whether it is held and nobody waits for it to be given up. Throws KERNEL_LEASE.
bool lease_in_peace(int descriptor);

}  // namespace warder
