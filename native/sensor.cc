// SPDX-License-Identifier: Apache-2.0
// One loaded set of our programs and maps. See sensor.h.
#include "sensor.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <set>

#include "error.h"
#include "kernel_hooks.h"
#include "pin.h"
#include "section.h"
#include "policy.h"
#include "warder.skel.h"

namespace warder {
namespace {

// What user space writes by name. Labels have a function of their own, the rest is the kernel's.
constexpr const char* kWritableMaps[] = {"runs",       "policies",      "path_rules",
                                         "name_rules", "address_rules", "port_rules",
                                         "adopted_cgroups", "adopted_programs", "adopted_paths",    "content_rules",
                                         "contents",    "path_grants",      "address_grants",
                                         "run_budgets", "run_uses",      "pool_allowed",     "pool_uses",        "run_cgroups",
                                         "resolvers",   "named_addresses"};

// Working memory, and what the leases of one process stand for: of no use to a later set of programs.
constexpr const char* kOwnMaps[] = {"scratch_slots", "contents"};

template <typename Names>
bool among(const Names& names, const std::string& name) {
  return std::any_of(std::begin(names), std::end(names), [&](const char* other) { return name == other; });
}

bool is_shared(const bpf_map* map) { return !bpf_map__is_internal(map) && !among(kOwnMaps, bpf_map__name(map)); }

// Run by being read, and attached to nothing.
bool is_iterator(const Program& program) { return after(program.section, "iter/").has_value(); }

// Left out where BPF LSM does not work, or the kernel lacks the hook. Any other program must load.
bool optional(const bpf_program* program) {
  const std::string section = bpf_program__section_name(program);
  return lsm_hook_of(section).has_value() || function_of(section).has_value();
}

// The number that the kernel knows this process's mount namespace by (nsfs: its inode).
uint32_t own_mount_namespace() {
  struct stat status {};
  if (stat("/proc/self/ns/mnt", &status) != 0) throw Failure("KERNEL_LOAD", "cannot read /proc/self/ns/mnt", errno);
  return static_cast<uint32_t>(status.st_ino);
}

// Bytes of the longest form that a label has had, and then some.
constexpr size_t kLongestLabel = 64;

// By name; the others will not be loaded.
std::set<std::string> leave_out_what_the_kernel_lacks(const warder_bpf& skeleton) {
  KernelHooks kernel;
  std::set<std::string> names;
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, skeleton.obj) {
    if (!optional(program) || kernel.has(program)) {
      names.insert(bpf_program__name(program));
    } else {
      bpf_program__set_autoload(program, false);
    }
  }
  return names;
}

// By number, as /proc has them now.
std::vector<int> all_processes() {
  const std::unique_ptr<DIR, int (*)(DIR*)> proc(opendir("/proc"), closedir);
  if (!proc) throw Failure("KERNEL_LABEL", "cannot list /proc", errno);
  std::vector<int> pids;
  while (const dirent* entry = readdir(proc.get())) {
    if (const int pid = std::atoi(entry->d_name); pid > 0) pids.push_back(pid);
  }
  return pids;
}

// Thread group leaders only, which is what a process is.
Fd open_process(int pid) { return Fd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))); }

}  // namespace

void Sensor::SkeletonCloser::operator()(warder_bpf* skeleton) const noexcept { warder_bpf__destroy(skeleton); }

Sensor::Sensor(const SensorOptions& options) : hooks_(options.cgroup_path) {
  skeleton_.reset(warder_bpf__open());
  if (!skeleton_) throw Failure("KERNEL_LOAD", "cannot read the embedded BPF object", errno);
  ProgramLoads loads(leave_out_what_the_kernel_lacks(*skeleton_));
  bpf_map__set_max_entries(skeleton_->maps.decisions, options.decisions_bytes);
  bpf_map__set_max_entries(skeleton_->maps.observations, options.observations_bytes);
  skeleton_->rodata->loader_mount_namespace = own_mount_namespace();
  skeleton_->rodata->generation = options.generation;
  share_maps(options);
  const LibbpfLog log;
  const int result = warder_bpf__load(skeleton_.get());
  if (result != 0) throw Failure("KERNEL_LOAD", log.add_to("the kernel refused the BPF programs"), -result);
  programs_ = loads.finish(*skeleton_);
  control_.emplace(bpf_map__fd(skeleton_->maps.control_values));
}

Sensor::~Sensor() = default;

// libbpf uses what is pinned at a map's path, if it is of the same shape, and pins there what it makes.
void Sensor::share_maps(const SensorOptions& options) {
  if (options.maps_path.empty()) return;
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, skeleton_->obj) {
    const char* name = bpf_map__name(map);
    if (!is_shared(map)) continue;
    const int result = bpf_map__set_pin_path(map, (options.maps_path + "/" + name).c_str());
    if (result != 0) throw Failure("KERNEL_LOAD", "cannot pin maps in " + options.maps_path, -result);
  }
}

std::vector<std::string> Sensor::map_shapes() {
  const std::unique_ptr<warder_bpf, SkeletonCloser> skeleton(warder_bpf__open());
  if (!skeleton) throw Failure("KERNEL_LOAD", "cannot read the embedded BPF object", errno);
  std::vector<std::string> shapes;
  const bpf_map* map = nullptr;
  bpf_object__for_each_map(map, skeleton->obj) {
    if (!is_shared(map)) continue;
    const bool ring = bpf_map__type(map) == BPF_MAP_TYPE_RINGBUF;
    std::string shape = bpf_map__name(map);
    for (const uint32_t part : {static_cast<uint32_t>(bpf_map__type(map)), bpf_map__key_size(map), bpf_map__value_size(map),
                                ring ? 0 : bpf_map__max_entries(map), bpf_map__map_flags(map)}) {
      shape.append(" ").append(std::to_string(part));
    }
    shapes.push_back(std::move(shape));
  }
  return shapes;
}

const Program& Sensor::find_program(const std::string& name) const {
  const auto found =
      std::find_if(programs_.begin(), programs_.end(), [&](const Program& program) { return program.name == name; });
  if (found == programs_.end()) throw Failure("KERNEL_PROGRAM", "there is no program '" + name + "'");
  return *found;
}

bpf_map* Sensor::find_writable_map(const std::string& name) const {
  bpf_map* map = among(kWritableMaps, name) ? bpf_object__find_map_by_name(skeleton_->obj, name.c_str()) : nullptr;
  if (map == nullptr) throw Failure("KERNEL_MAP", "there is no map '" + name + "' for user space to write");
  return map;
}

void Sensor::attach(const std::vector<std::string>& names) {
  std::map<std::string, Link> fresh;  // detached again if one fails
  for (const auto& name : names) {
    const Program& program = find_program(name);
    if (links_.contains(name) || fresh.contains(name)) continue;
    if (is_iterator(program)) throw Failure("KERNEL_PROGRAM", "the iterator " + name + " is not to be attached");
    if (!program.fd.open()) {
      throw Failure("KERNEL_ATTACH", "this kernel lacks the hook " + program.section + " of " + name);
    }
    fresh.emplace(name, hooks_.attach(program));
  }
  links_.merge(fresh);
}

void Sensor::detach(const std::vector<std::string>& names) {
  for (const auto& name : names) find_program(name);
  for (const auto& name : names) links_.erase(name);
}

void Sensor::pin_link(const std::string& name, const std::string& path) const {
  find_program(name);
  const auto link = links_.find(name);
  if (link == links_.end()) throw Failure("KERNEL_NOT_ATTACHED", "the program " + name + " is not attached");
  pin(link->second.get(), path);
}

std::vector<ProgramStatus> Sensor::programs() const {
  std::vector<ProgramStatus> all;
  for (const Program& program : programs_) {
    if (is_iterator(program)) continue;
    all.push_back({.name = program.name,
                   .section = program.section,
                   .available = program.fd.open(),
                   .attached = links_.contains(program.name)});
  }
  return all;
}

MapRows Sensor::writable_rows(const std::string& name) const {
  const bpf_map* map = find_writable_map(name);
  return {bpf_map__fd(map), name, bpf_map__key_size(map), bpf_map__value_size(map)};
}

void Sensor::map_write(const std::string& name, Bytes keys, Bytes values, uint32_t count) {
  write_rows(writable_rows(name), keys, values, count);
}

uint32_t Sensor::map_delete(const std::string& name, Bytes keys, uint32_t count) {
  return delete_rows(writable_rows(name), keys, count);
}

std::vector<uint8_t> Sensor::map_keys(const std::string& name) const {
  const bpf_map* map = find_writable_map(name);
  const size_t size = bpf_map__key_size(map);
  std::vector<uint8_t> keys;
  std::vector<uint8_t> key(size);
  std::vector<uint8_t> next(size);
  // A key that is deleted under our feet starts the walk over: no more steps than there can be entries.
  for (uint32_t i = 0; i < bpf_map__max_entries(map); i++) {
    const int result = bpf_map_get_next_key(bpf_map__fd(map), i == 0 ? nullptr : key.data(), next.data());
    if (result == -ENOENT) return keys;
    if (result != 0) throw Failure("KERNEL_MAP_READ", "cannot list the keys of " + name, -result);
    keys.insert(keys.end(), next.begin(), next.end());
    key.swap(next);
  }
  return keys;
}

std::vector<uint8_t> Sensor::map_read(const std::string& name, Bytes keys, uint32_t count) const {
  const bpf_map* map = find_writable_map(name);
  const size_t key_size = bpf_map__key_size(map);
  const size_t value_size = bpf_map__value_size(map);
  check_size("keys", name, keys.size, count, static_cast<uint32_t>(key_size));
  std::vector<uint8_t> values(value_size * count);
  for (uint32_t i = 0; i < count; i++) {
    const int result = bpf_map_lookup_elem(bpf_map__fd(map), keys.data + i * key_size, values.data() + i * value_size);
    if (result != 0 && result != -ENOENT) throw Failure("KERNEL_MAP_READ", "cannot read " + row_of(i, count, name), -result);
  }
  return values;
}

void Sensor::label_process(int pid, Bytes label) {
  const bpf_map* labels = skeleton_->maps.labels;
  if (label.size != bpf_map__value_size(labels)) {
    throw Failure("KERNEL_ARGUMENT", "a label has " + std::to_string(bpf_map__value_size(labels)) + " bytes, not " +
                                         std::to_string(label.size));
  }
  const Fd process = open_process(pid);
  if (!process.open()) throw Failure("KERNEL_LABEL", "cannot open process " + std::to_string(pid), errno);
  const int fd = process.get();
  const int result = bpf_map_update_elem(bpf_map__fd(labels), &fd, label.data, BPF_ANY);
  if (result != 0) throw Failure("KERNEL_LABEL", "cannot label process " + std::to_string(pid), -result);
}

int Sensor::labels() const { return bpf_map__fd(skeleton_->maps.labels); }

std::optional<std::vector<uint8_t>> Sensor::read_label(int pid) const {
  const bpf_map* labels = skeleton_->maps.labels;
  const Fd process = open_process(pid);
  if (!process.open()) {
    if (errno == ESRCH) return std::nullopt;
    throw Failure("KERNEL_LABEL", "cannot open process " + std::to_string(pid), errno);
  }
  const int fd = process.get();
  std::vector<uint8_t> label(bpf_map__value_size(labels));
  const int result = bpf_map_lookup_elem(bpf_map__fd(labels), &fd, label.data());
  if (result == 0) return label;
  if (result == -ENOENT || result == -ESRCH) return std::nullopt;
  throw Failure("KERNEL_LABEL", "cannot read the label of process " + std::to_string(pid), -result);
}

uint32_t Sensor::take_labels(const std::string& path) {
  const bpf_map* labels = skeleton_->maps.labels;
  const Fd former = open_pin(path);
  uint32_t taken = 0;
  for (const int pid : all_processes()) {
    const Fd process = open_process(pid);
    const int fd = process.get();
    // As long as the longer of two forms; a label begins with its run in all of them.
    uint8_t label[kLongestLabel] = {};
    uint8_t own[kLongestLabel] = {};
    if (!process.open() || bpf_map_lookup_elem(former.get(), &fd, label) != 0) continue;
    if (bpf_map_lookup_elem(bpf_map__fd(labels), &fd, own) == 0) continue;
    const int result = bpf_map_update_elem(bpf_map__fd(labels), &fd, label, BPF_NOEXIST);
    if (result != 0 && result != -ESRCH && result != -EEXIST) {
      throw Failure("KERNEL_LABEL", "cannot label process " + std::to_string(pid) + " anew", -result);
    }
    taken++;
  }
  return taken;
}

std::vector<uint8_t> Sensor::tasks(TaskList which, uint32_t run) {
  const Program& program = find_program(which == TaskList::kGoverned  ? "list_governed"
                                        : which == TaskList::kAdopted ? "adopt_tasks"
                                                                      : "release_tasks");
  skeleton_->bss->released_run = which == TaskList::kReleased ? run : 0;
  const Link link(bpf_link_create(program.fd.get(), 0, BPF_TRACE_ITER, nullptr));
  if (!link.open()) throw Failure("KERNEL_ITERATE", "cannot look at all tasks", errno);
  const Fd iterator(bpf_iter_create(link.get()));
  if (!iterator.open()) throw Failure("KERNEL_ITERATE", "cannot begin to look at all tasks", errno);
  std::vector<uint8_t> all;
  for (;;) {
    uint8_t part[16 << 10];
    const ssize_t got = read(iterator.get(), part, sizeof part);
    if (got == 0) break;
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) throw Failure("KERNEL_ITERATE", "cannot look at all tasks", errno);
    all.insert(all.end(), part, part + got);
  }
  skeleton_->bss->released_run = 0;
  return all;
}

std::pair<uint32_t, std::vector<uint8_t>> Sensor::note_content(Bytes request) const {
  if (request.size != sizeof(content_request)) {
    throw Failure("KERNEL_ARGUMENT", "a content request is " + std::to_string(request.size) + " bytes, not " +
                                         std::to_string(sizeof(content_request)));
  }
  std::vector<uint8_t> bytes(request.data, request.data + request.size);
  LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = bytes.data(),
              .ctx_size_in = static_cast<__u32>(bytes.size()));  // for such programs it is also where it comes back
  const int result = bpf_prog_test_run_opts(find_program("content_note").fd.get(), &options);
  if (result != 0) throw Failure("KERNEL_CONTENT", "cannot note the content of a file", -result);
  return {options.retval, bytes};
}

std::vector<uint64_t> Sensor::losses() const {
  const bpf_map* map = skeleton_->maps.losses;
  const int cpus = libbpf_num_possible_cpus();
  if (cpus < 0) throw Failure("KERNEL_MAP_READ", "cannot count the CPUs", -cpus);
  std::vector<uint64_t> sums(bpf_map__max_entries(map));
  std::vector<uint64_t> values(static_cast<size_t>(cpus));
  for (uint32_t i = 0; i < sums.size(); i++) {
    const int result = bpf_map_lookup_elem(bpf_map__fd(map), &i, values.data());
    if (result != 0) throw Failure("KERNEL_MAP_READ", "cannot read " + row_of(i, bpf_map__max_entries(map), "losses"), -result);
    for (const uint64_t value : values) sums[i] += value;
  }
  return sums;
}

NameDescriptors Sensor::name_descriptors() const {
  const auto own = [](int descriptor) {
    Fd copy(fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
    if (!copy.open()) throw Failure("KERNEL_MAP", "cannot share a descriptor with the resolver", errno);
    return copy;
  };
  return {own(bpf_map__fd(skeleton_->maps.named_addresses)), own(bpf_map__fd(skeleton_->maps.port_rules)),
          own(find_program("asker_of").fd.get())};
}

RecordSource Sensor::records() const {
  return {.decisions = skeleton_->maps.decisions,
          .observations = skeleton_->maps.observations,
          .looks_until_ns = &skeleton_->bss->looks_until_ns};
}

}  // namespace warder
