// SPDX-License-Identifier: Apache-2.0
// One loaded set of our programs and maps. No JavaScript here.
//
// Owned by, and called on, the JS thread. Everything that the kernel holds for it (programs, maps,
// links) goes with the object, and with the process however that ends: nothing is pinned.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hooks.h"

struct bpf_map;
struct bpf_program;
struct warder_bpf;

namespace warder {

struct SensorOptions {
  std::string cgroup_path;  // mount point of cgroup2
  uint32_t decisions_bytes;  // ring sizes: powers of two, at least a page
  uint32_t observations_bytes;
};

struct ProgramStatus {
  std::string name;
  std::string section;
  bool available;  // false: this host lacks its hook, and it was not loaded
  bool attached;
};

// Bytes of the caller's.
struct Bytes {
  const uint8_t* data;
  size_t size;
};

class Sensor {
 public:
  // Loads; attaches nothing. Throws KERNEL_LOAD with the verifier's reason, or what Hooks and
  // KernelHooks throw.
  explicit Sensor(const SensorOptions& options);
  ~Sensor();
  Sensor(const Sensor&) = delete;
  Sensor& operator=(const Sensor&) = delete;

  // All or none; those attached already stay so. Throws KERNEL_PROGRAM for a name that is not ours,
  // KERNEL_ATTACH.
  void attach(const std::vector<std::string>& names);

  // Those not attached are passed over. Throws KERNEL_PROGRAM.
  void detach(const std::vector<std::string>& names);

  std::vector<ProgramStatus> programs() const;

  // `count` rows, fixed-size keys and values back to back. Throws KERNEL_MAP for a map that is not
  // for writing, KERNEL_ARGUMENT for sizes that disagree, KERNEL_MAP_WRITE at the first row refused.
  void map_write(const std::string& map, Bytes keys, Bytes values, uint32_t count);

  // How many there were. Throws like map_write, KERNEL_MAP_DELETE once all others are deleted.
  uint32_t map_delete(const std::string& map, Bytes keys, uint32_t count);

  // Throws KERNEL_LABEL; errno ESRCH when there is no such process.
  void label_process(int pid, Bytes label);

  // None where the process has none, or is not there. Throws KERNEL_LABEL.
  std::optional<std::vector<uint8_t>> read_label(int pid) const;

  // Sum over all CPUs, by index of the map `losses`; never resets. Throws KERNEL_MAP_READ.
  std::vector<uint64_t> losses() const;

  // The two ring buffers, for a Drain. Valid as long as the sensor.
  const bpf_map* decisions() const;
  const bpf_map* observations() const;

 private:
  struct SkeletonCloser {
    void operator()(warder_bpf* skeleton) const noexcept;
  };

  void leave_out_what_the_kernel_lacks();
  bpf_program* find_program(const std::string& name) const;
  bpf_map* find_writable_map(const std::string& name) const;

  Hooks hooks_;
  std::unique_ptr<warder_bpf, SkeletonCloser> skeleton_;
  std::map<std::string, Link> links_;  // by program; before the skeleton they go
};

}  // namespace warder
