// SPDX-License-Identifier: Apache-2.0
// Locks. See lock.h.
#include "lock.h"

#include <sys/file.h>

#include <cerrno>
#include <string>

#include "error.h"

namespace warder {

bool try_lock(int descriptor) {
  if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) return true;
  if (errno == EWOULDBLOCK) return false;
  throw Failure("KERNEL_LOCK", "cannot lock descriptor " + std::to_string(descriptor), errno);
}

}  // namespace warder
