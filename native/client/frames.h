// SPDX-License-Identifier: Apache-2.0
// Frames of the runtime's local socket (src/runtime/local/frames.ts): a length (4 bytes, big-endian, of what follows it), a
// kind (1 byte), and the content.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace warder::client {

enum class Kind : uint8_t { json = 1, text = 3, farewell = 4 };

struct Frame {
  Kind kind;
  std::string content;
};

std::string json_frame(const std::string& json);

// Bytes in, whole frames out.
class FrameReader {
 public:
  void add(const char* bytes, size_t length) { waiting_.append(bytes, length); }
  // The next frame that is whole.
  std::optional<Frame> next();
  // What came is no frame, and nothing behind it can be read.
  bool broken() const noexcept { return broken_; }

 private:
  std::string waiting_;
  bool broken_ = false;
};

}  // namespace warder::client
