// SPDX-License-Identifier: Apache-2.0
// Frames. See frames.h.
#include "frames.h"

namespace warder::client {
namespace {

constexpr size_t kLengthBytes = 4;
constexpr size_t kFrameBytes = 8 << 20;

}  // namespace

std::string json_frame(const std::string& json) {
  const size_t length = json.size() + 1;
  std::string frame;
  frame.reserve(kLengthBytes + length);
  for (const int shift : {24, 16, 8, 0}) frame += static_cast<char>((length >> shift) & 0xff);
  frame += static_cast<char>(Kind::json);
  return frame + json;
}

std::optional<Frame> FrameReader::next() {
  if (broken_ || waiting_.size() < kLengthBytes) return std::nullopt;
  size_t length = 0;
  for (size_t at = 0; at < kLengthBytes; at++) length = length << 8 | static_cast<unsigned char>(waiting_[at]);
  if (length == 0 || length > kFrameBytes) {
    broken_ = true;
    return std::nullopt;
  }
  if (waiting_.size() < kLengthBytes + length) return std::nullopt;
  Frame frame = {static_cast<Kind>(waiting_[kLengthBytes]), waiting_.substr(kLengthBytes + 1, length - 1)};
  waiting_.erase(0, kLengthBytes + length);
  return frame;
}

}  // namespace warder::client
