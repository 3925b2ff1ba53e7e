// SPDX-License-Identifier: Apache-2.0
// Read leases. See lease.h.
#include "lease.h"

#include <fcntl.h>
#include <signal.h>

#include <cerrno>
#include <string>

#include "error.h"

namespace warder {

bool take_lease(int descriptor) {
  // Before the lease: SIGIO, which it would be otherwise, ends a process that does not wait for it.
  if (fcntl(descriptor, F_SETSIG, SIGURG) != 0) {
    throw Failure("KERNEL_LEASE", "cannot choose the signal of descriptor " + std::to_string(descriptor), errno);
  }
  if (fcntl(descriptor, F_SETLEASE, F_RDLCK) == 0) return true;
  if (errno == EAGAIN || errno == EINVAL || errno == EACCES || errno == EPERM || errno == EOPNOTSUPP) return false;
  throw Failure("KERNEL_LEASE", "cannot take a lease on descriptor " + std::to_string(descriptor), errno);
}

bool lease_in_peace(int descriptor) {
  // Of a lease that is being broken F_GETLEASE says what it is to become: F_UNLCK.
  const int lease = fcntl(descriptor, F_GETLEASE);
  if (lease < 0) throw Failure("KERNEL_LEASE", "cannot ask for the lease of descriptor " + std::to_string(descriptor), errno);
  return lease == F_RDLCK;
}

}  // namespace warder
