// SPDX-License-Identifier: Apache-2.0
// See sensor_binding.h.
#include "sensor_binding.h"

#include <unistd.h>

#include <cstring>
#include <limits>
#include <memory>

#include "arguments.h"
#include "bind.h"
#include "guard_binding.h"
#include "handle.h"

namespace warder {
namespace {

constexpr int64_t kRingMost = 1 << 30;
// Two of the longest records, so that there is always room for one.
constexpr int64_t kBacklogLeast = 64 << 10;
constexpr int64_t kBacklogMost = int64_t{1} << 32;
constexpr int64_t kPidMost = std::numeric_limits<int32_t>::max();

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
  const auto count = count_argument(info[3], "count");
  const Bytes keys = bytes_argument(info[1], "keys");
  const Bytes values = bytes_argument(info[2], "values");
  handle->sensor().map_write(map, keys, values, count);
  return undefined(info);
}

Napi::Value map_delete(const std::shared_ptr<Handle>& handle, const Napi::CallbackInfo& info) {
  const std::string map = string_argument(info[0], "map");
  const auto count = count_argument(info[2], "count");
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
  const auto count = count_argument(info[2], "count");
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
  const auto run = count_argument(info[0], "run", 1);
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

uint32_t ring_bytes(const Napi::Object& options, const char* name) {
  const int64_t page = sysconf(_SC_PAGESIZE);
  const int64_t bytes = integer_argument(options.Get(name), name, page, kRingMost);
  if ((bytes & (bytes - 1)) != 0) throw Failure("KERNEL_ARGUMENT", std::string(name) + " must be a power of two");
  return static_cast<uint32_t>(bytes);
}

std::shared_ptr<Handle> handle_of(const Napi::CallbackInfo& info, std::launch where) {
  const Napi::Object given = object_argument(info[0], "options");
  const SensorOptions options = {
      .cgroup_path = string_argument(given.Get("cgroupPath"), "cgroupPath"),
      .decisions_bytes = ring_bytes(given, "decisionsBytes"),
      .observations_bytes = ring_bytes(given, "observationsBytes"),
      .maps_path = given.Has("mapsPath") ? string_argument(given.Get("mapsPath"), "mapsPath") : "",
      .generation = given.Has("generation")
                        ? count_argument(given.Get("generation"), "generation")
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

Napi::Value open_sensor(const Napi::CallbackInfo& info) {
  const auto handle = handle_of(info, std::launch::deferred);
  handle->sensor();
  return sensor_of(info, handle);
}

Napi::Value begin_sensor(const Napi::CallbackInfo& info) {
  return sensor_of(info, handle_of(info, std::launch::async));
}

Napi::Value map_shapes_of(const Napi::CallbackInfo& info) {
  auto list = Napi::Array::New(info.Env());
  for (const auto& shape : Sensor::map_shapes()) list.Set(list.Length(), shape);
  return list;
}

}  // namespace

void export_sensor(Napi::Env env, Napi::Object exports) {
  exports.Set("openSensor", bind(env, "openSensor", open_sensor));
  exports.Set("beginSensor", bind(env, "beginSensor", begin_sensor));
  exports.Set("mapShapes", bind(env, "mapShapes", map_shapes_of));
}

}  // namespace warder
