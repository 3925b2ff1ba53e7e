// SPDX-License-Identifier: Apache-2.0
// Pages of program files that this process has touched. Any thread, for the whole process.
#pragma once

namespace warder {

// Lets go of what is mapped of the program, its libraries and the addon, as far as nobody can have written there; what is
// used again is mapped again, from the kernel's memory of these files, a dozen pages at a time. A program that has started uses
// a sixth of what it has touched until then. The kernel may take the rest back once no process maps it.
void give_back_file_pages();

}  // namespace warder
