// SPDX-License-Identifier: Apache-2.0
// The JavaScript face of host_facts(), probe_bpf_lsm(), read_clocks() and Sensor. See binding.h.
#include "binding.h"

#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <future>
#include <limits>
#include <memory>
#include <optional>
#include <system_error>

#include "arguments.h"
#include "bind.h"
#include "clock.h"
#include "datagram.h"
#include "drain.h"
#include "guard.h"
#include "heap.h"
#include "host.h"
#include "lease.h"
#include "lock.h"
#include "lsm.h"
#include "name_maps.h"
#include "network.h"
#include "pin.h"
#include "sensor.h"
#include "turns.h"

namespace warder {
namespace {

constexpr int64_t kRingMost = 1 << 30;
// Two of the longest records, so that there is always room for one.
constexpr int64_t kBacklogLeast = 64 << 10;
constexpr int64_t kBacklogMost = int64_t{1} << 32;
constexpr int64_t kPidMost = std::numeric_limits<int32_t>::max();
constexpr int64_t kDescriptorMost = std::numeric_limits<int32_t>::max();
constexpr int64_t kCountMost = std::numeric_limits<uint32_t>::max();

// On a thread of its own, or on that of who asks first. Signals are the main thread's: besides, one that comes while the
// kernel verifies a program ends that in vain.
std::future<std::unique_ptr<Sensor>> load(const SensorOptions& options, std::launch where) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    auto loading = std::async(where, [options] { return std::make_unique<Sensor>(options); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return loading;
  } catch (const std::system_error& error) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw Failure("KERNEL_LOAD", "cannot start the thread that loads the BPF programs", error.code().value());
  }
}

// A sensor and its drain, as JavaScript holds them. Closed by close(), by the end of the
// environment or, undrained, by the garbage collector. JS thread; the sensor is loaded as `where` says.
class Handle : public std::enable_shared_from_this<Handle> {
 public:
  Handle(napi_env env, const SensorOptions& options, size_t backlog_bytes, std::launch where)
      : env_(env), backlog_bytes_(backlog_bytes), loading_(load(options, where)) {
    napi_add_env_cleanup_hook(env_, on_environment_end, this);
  }
  ~Handle() { close(); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  // Waits until it is loaded; throws what Sensor() throws, once.
  Sensor& sensor() {
    if (loading_.valid()) sensor_ = loading_.get();
    if (!sensor_) throw Failure("KERNEL_CLOSED", "the sensor is closed");
    return *sensor_;
  }

  void start(napi_value on_batch) {
    Sensor& open = sensor();
    if (drain_) throw Failure("KERNEL_STARTED", "the sensor drains already: start is called once");
    drain_ = Drain::start(env_, on_batch, open.decisions(), open.observations(), backlog_bytes_, shared_from_this());
  }

  Drain& drain() {
    sensor();
    if (!drain_) throw Failure("KERNEL_NOT_STARTED", "the sensor does not drain: call start first");
    return *drain_;
  }

  // Idempotent, and safe from inside onBatch.
  void close() {
    if (closed_) return;
    closed_ = true;
    // What is being loaded goes as soon as it is there.
    loading_ = {};
    // The drain may be the only owner of this object, and the caller one of its callbacks.
    const std::shared_ptr<Handle> keep = weak_from_this().lock();
    napi_remove_env_cleanup_hook(env_, on_environment_end, this);
    if (drain_) drain_->stop();
    drain_.reset();
    sensor_.reset();
  }

 private:
  static void on_environment_end(void* handle) { static_cast<Handle*>(handle)->close(); }

  const napi_env env_;
  const size_t backlog_bytes_;
  std::future<std::unique_ptr<Sensor>> loading_;
  std::unique_ptr<Sensor> sensor_;
  std::shared_ptr<Drain> drain_;
  bool closed_ = false;
};

const char* name_of(LsmState state) {
  switch (state) {
    case LsmState::works:
      return "works";
    case LsmState::absent:
      return "absent";
    case LsmState::refused:
      return "refused";
    case LsmState::uncalled:
      return "uncalled";
  }
  return "";
}

uint32_t ring_bytes(const Napi::Object& options, const char* name) {
  const int64_t page = sysconf(_SC_PAGESIZE);
  const int64_t bytes = integer_argument(options.Get(name), name, page, kRingMost);
  if ((bytes & (bytes - 1)) != 0) throw Failure("KERNEL_ARGUMENT", std::string(name) + " must be a power of two");
  return static_cast<uint32_t>(bytes);
}

Napi::Value undefined(const Napi::CallbackInfo& info) { return info.Env().Undefined(); }

// The methods of NativeSensor. Arguments first, the sensor afterwards: see arguments.h.

Napi::Value attach(const std::shared_ptr<Handle>& handle, const Napi::CallbackInfo& info) {
  const auto names = strings_argument(info[0], "names");
  handle->sensor().attach(names);
  return undefined(info);
}

Napi::Value detach(const std::shared_ptr<Handle>& handle, const Napi::CallbackInfo& info) {
  const auto names = strings_argument(info[0], "names");
  handle->sensor().detach(names);
  return undefined(info);
}

Napi::Value programs(const std::shared_ptr<Handle>& handle, const Napi::CallbackInfo& info) {
  const auto all = handle->sensor().programs();
  auto list = Napi::Array::New(info.Env(), all.size());
  for (uint32_t i = 0; i < all.size(); i++) {
    auto status = Napi::Object::New(info.Env());
    status.Set("name", all[i].name);
    status.Set("section", all[i].section);
    status.Set("available", all[i].available);
    status.Set("attached", all[i].attached);
    list.Set(i, status);
  }
  return list;
}

Napi::Value start(const std::shared_ptr<Handle>& handle, const Napi::CallbackInfo& info) {
  const auto on_batch = function_argument(info[0], "onBatch");
  handle->start(on_batch);
  return undefined(info);
}

Napi::Value flush(const std::shared_ptr<Handle>& handle, const Napi::CallbackInfo& info) {
  napi_deferred deferred = nullptr;
  napi_value promise = nullptr;
  if (napi_create_promise(info.Env(), &deferred, &promise) != napi_ok) {
    throw Failure("KERNEL_ADDON", "cannot make a promise");
  }
  // A function that returns a promise says everything through it.
  try {
    handle->drain().flush(deferred);
  } catch (const Failure& failure) {
    napi_value error = to_js_error(info.Env(), failure);
    if (error != nullptr) napi_reject_deferred(info.Env(), deferred, error);
  }
  return Napi::Value(info.Env(), promise);
}

Napi::Value map_write(const std::shared_ptr<Handle>& handle, const Napi::CallbackInfo& info) {
  const std::string map = string_argument(info[0], "map");
  const auto count = static_cast<uint32_t>(integer_argument(info[3], "count", 0, kCountMost));
  const Bytes keys = bytes_argument(info[1], "keys");
  const Bytes values = bytes_argument(info[2], "values");
  handle->sensor().map_write(map, keys, values, count);
  return undefined(info);
}

Napi::Value map_delete(const std::shared_ptr<Handle>& handle, const Napi::CallbackInfo& info) {
  const std::string map = string_argument(info[0], "map");
  const auto count = static_cast<uint32_t>(integer_argument(info[2], "count", 0, kCountMost));
  const Bytes keys = bytes_argument(info[1], "keys");
  return Napi::Number::New(info.Env(), handle->sensor().map_delete(map, keys, count));
}

Napi::Value map_keys(const std::shared_ptr<Handle>& handle, const Napi::CallbackInfo& info) {
  const std::string map = string_argument(info[0], "map");
  const auto keys = handle->sensor().map_keys(map);
  return Napi::Buffer<uint8_t>::Copy(info.Env(), keys.data(), keys.size());
}

Napi::Value map_read(const std::shared_ptr<Handle>& handle, const Napi::CallbackInfo& info) {
  const std::string map = string_argument(info[0], "map");
  const auto count = static_cast<uint32_t>(integer_argument(info[2], "count", 0, kCountMost));
  const Bytes keys = bytes_argument(info[1], "keys");
  const auto values = handle->sensor().map_read(map, keys, count);
  return Napi::Buffer<uint8_t>::Copy(info.Env(), values.data(), values.size());
}

Napi::Value name_descriptors(const std::shared_ptr<Handle>& handle, const Napi::CallbackInfo& info) {
  NameDescriptors descriptors = handle->sensor().name_descriptors();
  auto object = Napi::Object::New(info.Env());
  object.Set("addresses", descriptors.addresses.release());
  object.Set("ports", descriptors.ports.release());
  object.Set("asker", descriptors.asker.release());
  return object;
}

Napi::Value label_process(const std::shared_ptr<Handle>& handle, const Napi::CallbackInfo& info) {
  const auto pid = static_cast<int>(integer_argument(info[0], "pid", 1, kPidMost));
  const Bytes label = bytes_argument(info[1], "label");
  handle->sensor().label_process(pid, label);
  return undefined(info);
}

Napi::Value read_label(const std::shared_ptr<Handle>& handle, const Napi::CallbackInfo& info) {
  const auto pid = static_cast<int>(integer_argument(info[0], "pid", 1, kPidMost));
  const auto label = handle->sensor().read_label(pid);
  if (!label) return info.Env().Null();
  return Napi::Buffer<uint8_t>::Copy(info.Env(), label->data(), label->size());
}

Napi::Value pin_link(const std::shared_ptr<Handle>& handle, const Napi::CallbackInfo& info) {
  const std::string program = string_argument(info[0], "program");
  const std::string path = string_argument(info[1], "path");
  handle->sensor().pin_link(program, path);
  return undefined(info);
}

Napi::Value take_labels(const std::shared_ptr<Handle>& handle, const Napi::CallbackInfo& info) {
  const std::string path = string_argument(info[0], "path");
  return Napi::Number::New(info.Env(), handle->sensor().take_labels(path));
}

Napi::Value task_list(const std::shared_ptr<Handle>& handle, const Napi::CallbackInfo& info, TaskList which,
                      uint32_t run) {
  const auto tasks = handle->sensor().tasks(which, run);
  return Napi::Buffer<uint8_t>::Copy(info.Env(), tasks.data(), tasks.size());
}

Napi::Value governed_tasks(const std::shared_ptr<Handle>& handle, const Napi::CallbackInfo& info) {
  return task_list(handle, info, TaskList::kGoverned, 0);
}

Napi::Value adopt_tasks(const std::shared_ptr<Handle>& handle, const Napi::CallbackInfo& info) {
  return task_list(handle, info, TaskList::kAdopted, 0);
}

Napi::Value release_tasks(const std::shared_ptr<Handle>& handle, const Napi::CallbackInfo& info) {
  const auto run = static_cast<uint32_t>(integer_argument(info[0], "run", 1, kCountMost));
  return task_list(handle, info, TaskList::kReleased, run);
}

Napi::Value beat(const std::shared_ptr<Handle>& handle, const Napi::CallbackInfo& info) {
  handle->sensor().control().beat();
  return undefined(info);
}

Napi::Value control_read(const std::shared_ptr<Handle>& handle, const Napi::CallbackInfo& info) {
  const std::string field = string_argument(info[0], "field");
  return Napi::BigInt::New(info.Env(), handle->sensor().control().read(field));
}

Napi::Value control_write(const std::shared_ptr<Handle>& handle, const Napi::CallbackInfo& info) {
  const std::string field = string_argument(info[0], "field");
  const uint64_t value = bigint_argument(info[1], "value");
  handle->sensor().control().write(field, value);
  return undefined(info);
}

Napi::Value note_content(const std::shared_ptr<Handle>& handle, const Napi::CallbackInfo& info) {
  const Bytes request = bytes_argument(info[0], "request");
  const auto answered = handle->sensor().note_content(request);
  auto answer = Napi::Object::New(info.Env());
  answer.Set("answer", answered.first);
  answer.Set("request", Napi::Buffer<uint8_t>::Copy(info.Env(), answered.second.data(), answered.second.size()));
  return answer;
}

// The object lives as long as JavaScript has it, and answers until its close().
Napi::Value guard(const std::shared_ptr<Handle>& handle, const Napi::CallbackInfo& info) {
  const auto run = static_cast<uint32_t>(integer_argument(info[0], "run", 1, kCountMost));
  const auto silence = static_cast<uint32_t>(integer_argument(info[1], "silence", 100, 3600000));
  const auto held = std::make_shared<std::unique_ptr<FileGuard>>(
      std::make_unique<FileGuard>(handle->sensor().labels(), run, silence));
  const auto open = [held]() -> FileGuard& {
    if (!*held) throw Failure("KERNEL_CLOSED", "the guard has been closed");
    return **held;
  };
  const Napi::Env env = info.Env();
  auto object = Napi::Object::New(env);
  object.Set("mark", bind(env, "mark", [open](const Napi::CallbackInfo& call) -> Napi::Value {
    const std::string path = string_argument(call[0], "path");
    const bool directory = call[1].ToBoolean();
    return Napi::Boolean::New(call.Env(), open().mark(path, directory));
  }));
  object.Set("counts", bind(env, "counts", [open](const Napi::CallbackInfo& call) -> Napi::Value {
    const GuardCounts counts = open().counts();
    auto result = Napi::Object::New(call.Env());
    result.Set("refused", Napi::BigInt::New(call.Env(), counts.refused));
    result.Set("passed", Napi::BigInt::New(call.Env(), counts.passed));
    result.Set("slowestNs", Napi::BigInt::New(call.Env(), counts.slowest_ns));
    return result;
  }));
  object.Set("close", bind(env, "close", [held](const Napi::CallbackInfo& call) -> Napi::Value {
    held->reset();
    return call.Env().Undefined();
  }));
  return object;
}

Napi::Value losses(const std::shared_ptr<Handle>& handle, const Napi::CallbackInfo& info) {
  const auto counts = handle->sensor().losses();
  auto array = Napi::BigUint64Array::New(info.Env(), counts.size());
  std::memcpy(array.Data(), counts.data(), counts.size() * sizeof(uint64_t));
  return array;
}

Napi::Value ring_fill(const std::shared_ptr<Handle>& handle, const Napi::CallbackInfo& info) {
  const auto fill = handle->drain().fill();
  auto array = Napi::Float64Array::New(info.Env(), 2 * fill.size());
  for (size_t i = 0; i < fill.size(); i++) {
    array[2 * i] = static_cast<double>(fill[i].used);
    array[2 * i + 1] = static_cast<double>(fill[i].size);
  }
  return array;
}

Napi::Value close(const std::shared_ptr<Handle>& handle, const Napi::CallbackInfo& info) {
  handle->close();
  return undefined(info);
}

using Method = Napi::Value (*)(const std::shared_ptr<Handle>&, const Napi::CallbackInfo&);

constexpr struct {
  const char* name;
  Method method;
} kMethods[] = {
    {"attach", attach},
    {"detach", detach},
    {"programs", programs},
    {"start", start},
    {"flush", flush},
    {"mapWrite", map_write},
    {"mapDelete", map_delete},
    {"labelProcess", label_process},
    {"readLabel", read_label},
    {"losses", losses},
    {"close", close},
    {"mapKeys", map_keys},
    {"mapRead", map_read},
    {"pinLink", pin_link},
    {"takeLabels", take_labels},
    {"governedTasks", governed_tasks},
    {"adoptTasks", adopt_tasks},
    {"releaseTasks", release_tasks},
    {"beat", beat},
    {"controlRead", control_read},
    {"controlWrite", control_write},
    {"ringFill", ring_fill},
    {"noteContent", note_content},
    {"guard", guard},
    {"nameDescriptors", name_descriptors},
};

}  // namespace

Napi::Value host_facts_of(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const HostFacts facts = host_facts();
  auto capabilities = Napi::Array::New(env, facts.capabilities.size());
  for (uint32_t i = 0; i < facts.capabilities.size(); i++) capabilities.Set(i, facts.capabilities[i]);
  auto object = Napi::Object::New(env);
  object.Set("kernel", facts.kernel);
  object.Set("btf", facts.btf);
  object.Set("cgroup2", facts.cgroup2 ? Napi::Value(Napi::String::New(env, *facts.cgroup2)) : env.Null());
  object.Set("effectiveUid", facts.effective_uid);
  object.Set("capabilities", capabilities);
  object.Set("landlockAbi", facts.landlock_abi);
  return object;
}

Napi::Value probe_lsm_of(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const LsmProbe probe = probe_bpf_lsm();
  auto object = Napi::Object::New(env);
  object.Set("state", name_of(probe.state));
  if (probe.error != 0) object.Set("errnoName", errno_name(probe.error));
  return object;
}

Napi::Value clocks_of(const Napi::CallbackInfo& info) {
  const Clocks clocks = read_clocks();
  auto object = Napi::Object::New(info.Env());
  object.Set("bootNs", Napi::BigInt::New(info.Env(), clocks.boot_ns));
  object.Set("unixNs", Napi::BigInt::New(info.Env(), clocks.unix_ns));
  return object;
}

Napi::Value resolver_sockets_of(const Napi::CallbackInfo& info) {
  const auto network = static_cast<int>(integer_argument(info[0], "network", -1, kDescriptorMost));
  const InNetwork there(network);
  const uint64_t cookie = network_cookie();
  ResolverSockets sockets = resolver_sockets();
  auto descriptors = Napi::Object::New(info.Env());
  auto ports = Napi::Object::New(info.Env());
  const auto give = [&](const char* name, Fd& socket) {
    ports.Set(name, port_of(socket));
    descriptors.Set(name, socket.release());
  };
  give("udp4", sockets.udp4);
  give("tcp4", sockets.tcp4);
  give("udp6", sockets.udp6);
  give("tcp6", sockets.tcp6);
  auto object = Napi::Object::New(info.Env());
  object.Set("cookie", Napi::BigInt::New(info.Env(), cookie));
  object.Set("descriptors", descriptors);
  object.Set("ports", ports);
  return object;
}

Napi::Value open_names_of(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Napi::Object given = object_argument(info[0], "descriptors");
  const auto descriptor = [&](const char* name) {
    return Fd(static_cast<int>(integer_argument(given.Get(name), name, 0, kDescriptorMost)));
  };
  NameDescriptors descriptors = {descriptor("addresses"), descriptor("ports"), descriptor("asker")};
  const auto maps = std::make_shared<NameMaps>(std::move(descriptors));
  auto object = Napi::Object::New(env);
  object.Set("mapWrite", bind(env, "mapWrite", [maps](const Napi::CallbackInfo& call) -> Napi::Value {
    const std::string map = string_argument(call[0], "map");
    const auto count = static_cast<uint32_t>(integer_argument(call[3], "count", 0, kCountMost));
    const Bytes keys = bytes_argument(call[1], "keys");
    const Bytes values = bytes_argument(call[2], "values");
    write_rows(maps->map(map), keys, values, count);
    return call.Env().Undefined();
  }));
  object.Set("mapDelete", bind(env, "mapDelete", [maps](const Napi::CallbackInfo& call) -> Napi::Value {
    const std::string map = string_argument(call[0], "map");
    const auto count = static_cast<uint32_t>(integer_argument(call[2], "count", 0, kCountMost));
    const Bytes keys = bytes_argument(call[1], "keys");
    return Napi::Number::New(call.Env(), delete_rows(maps->map(map), keys, count));
  }));
  object.Set("askerOf", bind(env, "askerOf", [maps](const Napi::CallbackInfo& call) -> Napi::Value {
    const Bytes request = bytes_argument(call[0], "request");
    const auto network = static_cast<int>(integer_argument(call[1], "network", -1, kDescriptorMost));
    const auto asked = maps->asker_of(request, network);
    if (!asked) return call.Env().Null();
    return Napi::Buffer<uint8_t>::Copy(call.Env(), asked->data(), asked->size());
  }));
  return object;
}

Napi::Value try_lock_of(const Napi::CallbackInfo& info) {
  const auto descriptor = static_cast<int>(integer_argument(info[0], "descriptor", 0, kDescriptorMost));
  return Napi::Boolean::New(info.Env(), try_lock(descriptor));
}

Napi::Value send_datagram_of(const Napi::CallbackInfo& info) {
  const std::string path = string_argument(info[0], "path");
  const std::string text = string_argument(info[1], "text");
  send_datagram(path, text);
  return info.Env().Undefined();
}

Napi::Value give_back_memory_of(const Napi::CallbackInfo& info) {
  give_back_memory();
  return info.Env().Undefined();
}

Napi::Value take_short_turns_of(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), take_short_turns());
}

Napi::Value mount_bpffs_of(const Napi::CallbackInfo& info) {
  mount_bpffs(string_argument(info[0], "path"));
  return info.Env().Undefined();
}

Napi::Value seal_key_of(const Napi::CallbackInfo& info) {
  const auto key = seal_key(string_argument(info[0], "path"));
  return Napi::Buffer<uint8_t>::Copy(info.Env(), key.data(), key.size());
}

Napi::Value map_shapes_of(const Napi::CallbackInfo& info) {
  auto list = Napi::Array::New(info.Env());
  for (const auto& shape : Sensor::map_shapes()) list.Set(list.Length(), shape);
  return list;
}

Napi::Value take_lease_of(const Napi::CallbackInfo& info) {
  const auto descriptor = static_cast<int>(integer_argument(info[0], "descriptor", 0, kDescriptorMost));
  return Napi::Boolean::New(info.Env(), take_lease(descriptor));
}

Napi::Value lease_in_peace_of(const Napi::CallbackInfo& info) {
  const auto descriptor = static_cast<int>(integer_argument(info[0], "descriptor", 0, kDescriptorMost));
  return Napi::Boolean::New(info.Env(), lease_in_peace(descriptor));
}

namespace {

std::shared_ptr<Handle> handle_of(const Napi::CallbackInfo& info, std::launch where) {
  const Napi::Object given = object_argument(info[0], "options");
  const SensorOptions options = {
      .cgroup_path = string_argument(given.Get("cgroupPath"), "cgroupPath"),
      .decisions_bytes = ring_bytes(given, "decisionsBytes"),
      .observations_bytes = ring_bytes(given, "observationsBytes"),
      .maps_path = given.Has("mapsPath") ? string_argument(given.Get("mapsPath"), "mapsPath") : "",
      .generation = given.Has("generation")
                        ? static_cast<uint32_t>(integer_argument(given.Get("generation"), "generation", 0, kCountMost))
                        : 0,
  };
  const int64_t backlog = integer_argument(given.Get("backlogBytes"), "backlogBytes", kBacklogLeast, kBacklogMost);
  return std::make_shared<Handle>(info.Env(), options, static_cast<size_t>(backlog), where);
}

Napi::Value sensor_of(const Napi::CallbackInfo& info, const std::shared_ptr<Handle>& handle) {
  auto sensor = Napi::Object::New(info.Env());
  for (const auto& [name, method] : kMethods) {
    sensor.Set(name, bind(info.Env(), name, [handle, method = method](const Napi::CallbackInfo& call) {
                 return method(handle, call);
               }));
  }
  return sensor;
}

}  // namespace

Napi::Value open_sensor(const Napi::CallbackInfo& info) {
  const auto handle = handle_of(info, std::launch::deferred);
  handle->sensor();
  return sensor_of(info, handle);
}

Napi::Value begin_sensor(const Napi::CallbackInfo& info) {
  return sensor_of(info, handle_of(info, std::launch::async));
}

}  // namespace warder
