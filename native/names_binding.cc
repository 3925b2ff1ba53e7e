// SPDX-License-Identifier: Apache-2.0
// See names_binding.h.
#include "names_binding.h"

#include <memory>

#include "arguments.h"
#include "bind.h"
#include "name_maps.h"
#include "network.h"

namespace warder {
namespace {

// A descriptor of a network's, or -1 for that of this process.
int network_argument(const Napi::Value& value) { return descriptor_argument(value, "network", -1); }

Napi::Value resolver_sockets_of(const Napi::CallbackInfo& info) {
  const auto network = network_argument(info[0]);
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
    return Fd(descriptor_argument(given.Get(name), name));
  };
  NameDescriptors descriptors = {descriptor("addresses"), descriptor("ports"), descriptor("asker")};
  const auto maps = std::make_shared<NameMaps>(std::move(descriptors));
  auto object = Napi::Object::New(env);
  object.Set("mapWrite", bind(env, "mapWrite", [maps](const Napi::CallbackInfo& call) -> Napi::Value {
    const std::string map = string_argument(call[0], "map");
    const auto count = count_argument(call[3], "count");
    const Bytes keys = bytes_argument(call[1], "keys");
    const Bytes values = bytes_argument(call[2], "values");
    write_rows(maps->map(map), keys, values, count);
    return call.Env().Undefined();
  }));
  object.Set("mapDelete", bind(env, "mapDelete", [maps](const Napi::CallbackInfo& call) -> Napi::Value {
    const std::string map = string_argument(call[0], "map");
    const auto count = count_argument(call[2], "count");
    const Bytes keys = bytes_argument(call[1], "keys");
    return Napi::Number::New(call.Env(), delete_rows(maps->map(map), keys, count));
  }));
  object.Set("askerOf", bind(env, "askerOf", [maps](const Napi::CallbackInfo& call) -> Napi::Value {
    const Bytes request = bytes_argument(call[0], "request");
    const auto network = network_argument(call[1]);
    const auto asked = maps->asker_of(request, network);
    if (!asked) return call.Env().Null();
    return Napi::Buffer<uint8_t>::Copy(call.Env(), asked->data(), asked->size());
  }));
  return object;
}

}  // namespace

void export_names(Napi::Env env, Napi::Object exports) {
  exports.Set("resolverSockets", bind(env, "resolverSockets", resolver_sockets_of));
  exports.Set("openNames", bind(env, "openNames", open_names_of));
}

}  // namespace warder
