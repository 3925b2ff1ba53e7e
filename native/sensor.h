// SPDX-License-Identifier: Apache-2.0
// One loaded set of our programs and maps. No JavaScript here.
//
// Made on any thread; owned by, and called on, the JS thread from then on. Everything that the kernel holds for it
// (programs, maps, links) goes with the object, and with the process however that ends; but for what is pinned: then
// it goes with its last pin.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bytes.h"
#include "control_values.h"
#include "hooks.h"
#include "map_rows.h"
#include "name_maps.h"
#include "programs.h"
#include "record_source.h"

struct bpf_map;
struct warder_bpf;

namespace warder {

struct SensorOptions {
  std::string cgroup_path;  // mount point of cgroup2
  uint32_t decisions_bytes;  // ring sizes: powers of two, at least a page
  uint32_t observations_bytes;
  std::string maps_path;  // directory on a BPF file system; empty: maps are not pinned
  uint32_t generation;    // of this set of programs (bpf/emit.h)
};

// Which of the iterators over all tasks (bpf/iterate.bpf.c).
enum class TaskList {
  kGoverned,  // those that have a label
  kAdopted,   // labels those that belong to an agent and have none
  kReleased,  // takes the label of one run away
};

struct ProgramStatus {
  std::string name;
  std::string section;
  bool available;  // false: this host lacks its hook, and it was not loaded
  bool attached;
};

class Sensor {
 public:
  // Loads; attaches nothing. Maps that are pinned in maps_path already are used as they are, the others are pinned
  // there. Throws KERNEL_LOAD with the verifier's reason, or what Hooks, KernelHooks and Control throw.
  explicit Sensor(const SensorOptions& options);
  ~Sensor();
  Sensor(const Sensor&) = delete;
  Sensor& operator=(const Sensor&) = delete;

  // All or none; those attached already stay so. Throws KERNEL_PROGRAM for a name that is not ours,
  // KERNEL_ATTACH.
  void attach(const std::vector<std::string>& names);

  // Those not attached are passed over. Throws KERNEL_PROGRAM.
  void detach(const std::vector<std::string>& names);

  // One line for every map that goes from one set of programs to the next: name and all that must be equal. Sizes of
  // rings are the caller's. Throws KERNEL_LOAD.
  static std::vector<std::string> map_shapes();

  // Gives the link of an attached program a name. Throws KERNEL_PROGRAM, KERNEL_PIN, KERNEL_NOT_ATTACHED.
  void pin_link(const std::string& program, const std::string& path) const;

  // Iterators are not among them.
  std::vector<ProgramStatus> programs() const;

  // `count` rows, fixed-size keys and values back to back. Throws KERNEL_MAP for a map that is not
  // for writing, KERNEL_ARGUMENT for sizes that disagree, KERNEL_MAP_WRITE at the first row refused.
  void map_write(const std::string& map, Bytes keys, Bytes values, uint32_t count);

  // How many there were. Throws like map_write, KERNEL_MAP_DELETE once all others are deleted.
  uint32_t map_delete(const std::string& map, Bytes keys, uint32_t count);

  // All keys, back to back; those written or deleted meanwhile may be among them or not. Throws KERNEL_MAP, KERNEL_MAP_READ.
  std::vector<uint8_t> map_keys(const std::string& map) const;

  // The values of `count` keys, back to back; zeros for one that is not there. Throws KERNEL_MAP, KERNEL_ARGUMENT,
  // KERNEL_MAP_READ.
  std::vector<uint8_t> map_read(const std::string& map, Bytes keys, uint32_t count) const;

  // Throws KERNEL_LABEL; errno ESRCH when there is no such process.
  void label_process(int pid, Bytes label);

  // None where the process has none, or is not there. Throws KERNEL_LABEL.
  std::optional<std::vector<uint8_t>> read_label(int pid) const;

  // The map of labels, the sensor's own descriptor.
  int labels() const;

  // Labels every process that has a label in the pinned map `path`, and none here. Returns how many. Throws KERNEL_PIN,
  // KERNEL_LABEL.
  uint32_t take_labels(const std::string& path);

  // struct governed_task back to back, of those that the iterator told of. `run`: for kReleased. Throws KERNEL_ITERATE.
  std::vector<uint8_t> tasks(TaskList which, uint32_t run);

  Control& control() { return *control_; }

  // Runs content_note (bpf/content.bpf.c) on a struct content_request: enum content_answer, and the
  // request as it is afterwards. Throws KERNEL_ARGUMENT, KERNEL_CONTENT.
  std::pair<uint32_t, std::vector<uint8_t>> note_content(Bytes request) const;

  // For the resolver's thread: the caller's. Throws KERNEL_MAP.
  NameDescriptors name_descriptors() const;

  // Sum over all CPUs, by index of the map `losses`; never resets. Throws KERNEL_MAP_READ.
  std::vector<uint64_t> losses() const;

  // For a Drain. Valid as long as the sensor.
  RecordSource records() const;

 private:
  struct SkeletonCloser {
    void operator()(warder_bpf* skeleton) const noexcept;
  };

  const Program& find_program(const std::string& name) const;
  void share_maps(const SensorOptions& options);
  bpf_map* find_writable_map(const std::string& name) const;
  MapRows writable_rows(const std::string& name) const;

  Hooks hooks_;
  std::unique_ptr<warder_bpf, SkeletonCloser> skeleton_;  // its maps; programs: programs_
  std::vector<Program> programs_;
  std::optional<Control> control_;
  std::map<std::string, Link> links_;  // by program
};

}  // namespace warder
