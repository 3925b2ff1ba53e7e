// SPDX-License-Identifier: Apache-2.0
// One datagram to a unix socket (unix(7)): what sd_notify(3) speaks, and node does not. Any thread.
#pragma once

#include <string>

namespace warder {

// `path` is a file's, or an abstract name behind '@'. Does not wait for a receiver that is full. Throws KERNEL_DATAGRAM.
void send_datagram(const std::string& path, const std::string& text);

}  // namespace warder
