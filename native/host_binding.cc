// SPDX-License-Identifier: Apache-2.0
// See host_binding.h.
#include "host_binding.h"

#include "arguments.h"
#include "bind.h"
#include "clock.h"
#include "datagram.h"
#include "file_pages.h"
#include "heap.h"
#include "host.h"
#include "lease.h"
#include "link.h"
#include "lock.h"
#include "lsm.h"
#include "pin.h"
#include "turns.h"

namespace warder {
namespace {

constexpr int64_t kMostBytes = 32 << 20;  // mallopt(3): glibc takes no larger M_MMAP_THRESHOLD

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

Napi::Value try_lock_of(const Napi::CallbackInfo& info) {
  const auto descriptor = descriptor_argument(info[0], "descriptor");
  return Napi::Boolean::New(info.Env(), try_lock(descriptor));
}

Napi::Value link_at_of(const Napi::CallbackInfo& info) {
  const std::optional<std::string> target = link_at(string_argument(info[0], "path"));
  return target ? Napi::Value(Napi::String::New(info.Env(), *target)) : info.Env().Null();
}

Napi::Value send_datagram_of(const Napi::CallbackInfo& info) {
  const std::string path = string_argument(info[0], "path");
  const std::string text = string_argument(info[1], "text");
  send_datagram(path, text);
  return info.Env().Undefined();
}

Napi::Value give_back_memory_of(const Napi::CallbackInfo& info) {
  const auto mapped = integer_argument(info[0], "mapped bytes", 1, kMostBytes);
  const auto kept = integer_argument(info[1], "kept bytes", 0, kMostBytes);
  give_back_memory(static_cast<int>(mapped), static_cast<int>(kept));
  return info.Env().Undefined();
}

Napi::Value give_back_file_pages_of(const Napi::CallbackInfo& info) {
  give_back_file_pages();
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

Napi::Value take_lease_of(const Napi::CallbackInfo& info) {
  const auto descriptor = descriptor_argument(info[0], "descriptor");
  return Napi::Boolean::New(info.Env(), take_lease(descriptor));
}

Napi::Value lease_in_peace_of(const Napi::CallbackInfo& info) {
  const auto descriptor = descriptor_argument(info[0], "descriptor");
  return Napi::Boolean::New(info.Env(), lease_in_peace(descriptor));
}

constexpr struct {
  const char* name;
  Napi::Value (*function)(const Napi::CallbackInfo&);
} kFunctions[] = {
    {"hostFacts", host_facts_of},
    {"probeLsm", probe_lsm_of},
    {"clocks", clocks_of},
    {"tryLock", try_lock_of},
    {"linkAt", link_at_of},
    {"sendDatagram", send_datagram_of},
    {"giveBackMemory", give_back_memory_of},
    {"giveBackFilePages", give_back_file_pages_of},
    {"takeShortTurns", take_short_turns_of},
    {"mountBpffs", mount_bpffs_of},
    {"sealKey", seal_key_of},
    {"takeLease", take_lease_of},
    {"leaseInPeace", lease_in_peace_of},
};

}  // namespace

void export_host(Napi::Env env, Napi::Object exports) {
  for (const auto& [name, function] : kFunctions) exports.Set(name, bind(env, name, function));
}

}  // namespace warder
