// SPDX-License-Identifier: Apache-2.0
// control_values[0], as memory shared with the kernel: each field is read and written by itself, so that
// nothing that a program wrote meanwhile is written over (layout: bpf/control.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

struct control;

namespace warder {

// JS thread.
class Control {
 public:
  // `fd` of the map stays the caller's and is not needed afterwards. Throws KERNEL_CONTROL.
  explicit Control(int fd);
  ~Control();
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

  // By the names of struct control. Throws KERNEL_ARGUMENT for a name that is none of its fields, or a value that
  // does not fit.
  uint64_t read(const std::string& field) const;
  void write(const std::string& field, uint64_t value);

  // The runtime is alive: beat_ns is now.
  void beat();

 private:
  control* shared_;
};

}  // namespace warder
