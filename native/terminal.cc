// SPDX-License-Identifier: Apache-2.0
// Pseudo-terminals. See terminal.h.
#include "terminal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>

#include <cerrno>

#include "failure.h"

namespace warder {

Terminal open_terminal(int like) {
  Fd controller(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!controller.open()) throw Failure("KERNEL_TERMINAL", "cannot open a pseudo-terminal", errno);
  if (unlockpt(controller.get()) != 0) throw Failure("KERNEL_TERMINAL", "cannot unlock a pseudo-terminal", errno);
  // By the controller, not by a name: names are of one mount of devpts.
  Fd terminal(ioctl(controller.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!terminal.open()) throw Failure("KERNEL_TERMINAL", "cannot open a pseudo-terminal's other end", errno);
  termios settings = {};
  if (tcgetattr(like, &settings) == 0) tcsetattr(terminal.get(), TCSANOW, &settings);
  winsize size = {};
  if (ioctl(like, TIOCGWINSZ, &size) == 0) ioctl(terminal.get(), TIOCSWINSZ, &size);
  return {std::move(controller), std::move(terminal)};
}

void resize_terminal(int controller, uint16_t rows, uint16_t columns) {
  const winsize size = {.ws_row = rows, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
  if (ioctl(controller, TIOCSWINSZ, &size) != 0) throw Failure("KERNEL_TERMINAL", "cannot resize a terminal", errno);
}

}  // namespace warder
