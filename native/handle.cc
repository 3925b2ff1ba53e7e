// SPDX-License-Identifier: Apache-2.0
// See handle.h.
#include "handle.h"

#include <system_error>

#include "error.h"
#include "signals.h"

namespace warder {
namespace {

std::future<std::unique_ptr<Sensor>> load(const SensorOptions& options, std::launch where) {
  const SignalsBlocked blocked;
  try {
    return std::async(where, [options] { return std::make_unique<Sensor>(options); });
  } catch (const std::system_error& error) {
    throw Failure("KERNEL_LOAD", "cannot start the thread that loads the BPF programs", error.code().value());
  }
}

}  // namespace

Handle::Handle(napi_env env, const SensorOptions& options, size_t backlog_bytes, std::launch where)
    : env_(env), backlog_bytes_(backlog_bytes), loading_(load(options, where)) {
  napi_add_env_cleanup_hook(env_, on_environment_end, this);
}

Sensor& Handle::sensor() {
  if (loading_.valid()) sensor_ = loading_.get();
  if (!sensor_) throw Failure("KERNEL_CLOSED", "the sensor is closed");
  return *sensor_;
}

void Handle::start(napi_value on_batch) {
  Sensor& open = sensor();
  if (drain_) throw Failure("KERNEL_STARTED", "the sensor drains already: start is called once");
  drain_ = Drain::start(env_, on_batch, open.records(), backlog_bytes_, shared_from_this());
}

Drain& Handle::drain() {
  sensor();
  if (!drain_) throw Failure("KERNEL_NOT_STARTED", "the sensor does not drain: call start first");
  return *drain_;
}

void Handle::close() {
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

}  // namespace warder
