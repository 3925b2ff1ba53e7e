// SPDX-License-Identifier: Apache-2.0
// Pseudo-terminals (pty(7)). Any thread; descriptors are the caller's.
#pragma once

#include <cstdint>

#include "fd.h"

namespace warder {

struct Terminal {
  Fd controller;  // what a terminal emulator holds
  Fd terminal;    // what programs have as their standard descriptors
};

// A new one, set as a terminal is by default, with the settings of `like` where that is one. Both ends are
// close-on-exec, and the terminal is nobody's controlling one yet. Throws KERNEL_TERMINAL.
Terminal open_terminal(int like);

// Throws KERNEL_TERMINAL.
void resize_terminal(int controller, uint16_t rows, uint16_t columns);

}  // namespace warder
