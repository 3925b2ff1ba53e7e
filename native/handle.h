// SPDX-License-Identifier: Apache-2.0
// A sensor and its drain, as JavaScript holds them.
//
// JS thread; the sensor is loaded on a thread of its own, or on that of who asks first.
#pragma once

#include <napi.h>

#include <future>
#include <memory>

#include "drain.h"
#include "sensor.h"

namespace warder {

// Closed by close(), by the end of the environment or, undrained, by the garbage collector.
class Handle : public std::enable_shared_from_this<Handle> {
 public:
  // `where`: std::launch::async loads on a thread of its own. Throws KERNEL_LOAD.
  Handle(napi_env env, const SensorOptions& options, size_t backlog_bytes, std::launch where);
  ~Handle() { close(); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  // Waits until it is loaded; throws what Sensor() throws, once. Throws KERNEL_CLOSED.
  Sensor& sensor();

  // Throws KERNEL_STARTED.
  void start(napi_value on_batch);

  // Throws KERNEL_NOT_STARTED.
  Drain& drain();

  // Idempotent, and safe from inside onBatch.
  void close();

 private:
  static void on_environment_end(void* handle) { static_cast<Handle*>(handle)->close(); }

  const napi_env env_;
  const size_t backlog_bytes_;
  std::future<std::unique_ptr<Sensor>> loading_;
  std::unique_ptr<Sensor> sensor_;
  std::shared_ptr<Drain> drain_;
  bool closed_ = false;
};

}  // namespace warder
