// SPDX-License-Identifier: Apache-2.0
// A program as a child of this process. Any thread; descriptors that are returned are the caller's.
//
// By posix_spawn(3), which shares this process's memory until the exec: fork(2) copies the tables of all of it, which takes
// milliseconds in a runtime, and as long again in page faults after it.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "bytes.h"
#include "fd.h"

namespace warder {

// Starts the program at `path` with the words, an empty environment, no signal blocked or ignored, and the
// descriptors as 0, 1, …; no others, as far as they are closed on exec. The first three are set to wait, as programs
// expect of them. Throws KERNEL_SPAWN, also where it cannot be executed.
pid_t spawn_program(const std::string& path, const std::vector<std::string>& words, const std::vector<int>& descriptors);

// How a child of spawn_program ended, as waitpid(2) has it; nothing while it has not. Said once: its number is free then.
// Throws KERNEL_SPAWN for what is no child.
std::optional<int> child_status(pid_t child);

struct Channel {
  Fd ours;
  Fd theirs;
};

// A connected pair of stream sockets. Throws KERNEL_SPAWN.
Channel make_channel();

// A file without a name that holds the bytes, at its beginning. Throws KERNEL_SPAWN.
Fd make_memory_file(Bytes bytes);

}  // namespace warder
