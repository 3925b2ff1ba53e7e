// SPDX-License-Identifier: Apache-2.0
// The shared control values. See control_values.h.
#include "control_values.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <ctime>
#include <limits>

#include "control.h"
#include "error.h"

namespace warder {
namespace {

constexpr uint64_t kNsPerSecond = 1'000'000'000;

struct Field {
  const char* name;
  size_t offset;
  size_t size;
};

#define FIELD(name) {#name, offsetof(struct control, name), sizeof(control::name)}
constexpr Field kFields[] = {
    FIELD(beat_ns),          FIELD(silence_ns), FIELD(adopted_levels), FIELD(adopted_programs),
    FIELD(generation),       FIELD(last_run),   FIELD(last_policy),
};
#undef FIELD

const Field& find(const std::string& name) {
  for (const auto& field : kFields) {
    if (name == field.name) return field;
  }
  throw Failure("KERNEL_ARGUMENT", "there is no control value '" + name + "'");
}

template <typename Word>
Word* at(control* shared, const Field& field) {
  return reinterpret_cast<Word*>(reinterpret_cast<uint8_t*>(shared) + field.offset);
}

}  // namespace

Control::Control(int fd) {
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  void* memory = mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) throw Failure("KERNEL_CONTROL", "cannot map the control values", errno);
  shared_ = static_cast<control*>(memory);
}

Control::~Control() { munmap(shared_, static_cast<size_t>(sysconf(_SC_PAGESIZE))); }

uint64_t Control::read(const std::string& name) const {
  const Field& field = find(name);
  if (field.size == sizeof(uint32_t)) return __atomic_load_n(at<uint32_t>(shared_, field), __ATOMIC_ACQUIRE);
  return __atomic_load_n(at<uint64_t>(shared_, field), __ATOMIC_ACQUIRE);
}

void Control::write(const std::string& name, uint64_t value) {
  const Field& field = find(name);
  if (field.size == sizeof(uint64_t)) {
    __atomic_store_n(at<uint64_t>(shared_, field), value, __ATOMIC_RELEASE);
    return;
  }
  if (value > std::numeric_limits<uint32_t>::max()) {
    throw Failure("KERNEL_ARGUMENT", "the control value " + name + " has 32 bits, " + std::to_string(value) + " does not fit");
  }
  __atomic_store_n(at<uint32_t>(shared_, field), static_cast<uint32_t>(value), __ATOMIC_RELEASE);
}

void Control::beat() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);  // as bpf_ktime_get_ns(): a suspended host is not a silent runtime
  const uint64_t ns = static_cast<uint64_t>(now.tv_sec) * kNsPerSecond + static_cast<uint64_t>(now.tv_nsec);
  __atomic_store_n(&shared_->beat_ns, ns, __ATOMIC_RELEASE);
}

}  // namespace warder
