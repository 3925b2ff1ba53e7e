// SPDX-License-Identifier: Apache-2.0
// Local sockets and terminals for JavaScript. See local.h.
//
// A descriptor that is returned is JavaScript's to close; until then an Fd holds it, so that a failure on the way
// leaks none.
#include "local.h"

#include <vector>

#include "arguments.h"
#include "bind.h"
#include "local_socket.h"
#include "terminal.h"

namespace warder {
namespace {

constexpr int64_t kBytesMost = 4096;
constexpr int64_t kCountMost = 16;
constexpr int64_t kCellsMost = 0xffff;

Napi::Value peer(const Napi::CallbackInfo& info) {
  std::optional<Peer> found = peer_of(descriptor_argument(info[0], "socket"));
  if (!found) return info.Env().Null();
  auto object = Napi::Object::New(info.Env());
  object.Set("pid", static_cast<double>(found->pid));
  object.Set("uid", static_cast<double>(found->uid));
  object.Set("gid", static_cast<double>(found->gid));
  auto groups = Napi::Array::New(info.Env(), found->groups.size());
  for (uint32_t i = 0; i < found->groups.size(); i++) groups.Set(i, static_cast<double>(found->groups[i]));
  object.Set("groups", groups);
  object.Set("process", static_cast<double>(found->process.get()));
  found->process.release();
  return object;
}

Napi::Value ended(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), process_ended(descriptor_argument(info[0], "process")));
}

Napi::Value receive(const Napi::CallbackInfo& info) {
  const int socket = descriptor_argument(info[0], "socket");
  const auto most = static_cast<size_t>(integer_argument(info[1], "most", 1, kBytesMost));
  const auto count = static_cast<size_t>(integer_argument(info[2], "count", 0, kCountMost));
  std::optional<Received> received = receive_descriptors(socket, most, count);
  if (!received) return info.Env().Null();
  auto descriptors = Napi::Array::New(info.Env(), received->descriptors.size());
  for (uint32_t i = 0; i < received->descriptors.size(); i++) descriptors.Set(i, received->descriptors[i].get());
  auto object = Napi::Object::New(info.Env());
  object.Set("bytes", Napi::Buffer<char>::Copy(info.Env(), received->bytes.data(), received->bytes.size()));
  object.Set("descriptors", descriptors);
  for (Fd& descriptor : received->descriptors) descriptor.release();
  return object;
}

Napi::Value send(const Napi::CallbackInfo& info) {
  const int socket = descriptor_argument(info[0], "socket");
  const std::string text = string_argument(info[1], "text");
  const Napi::Object list = object_argument(info[2], "descriptors");
  const auto length = static_cast<uint32_t>(integer_argument(list.Get("length"), "descriptors.length", 0, kCountMost));
  std::vector<int> descriptors;
  for (uint32_t i = 0; i < length; i++) descriptors.push_back(descriptor_argument(list.Get(i), "descriptor"));
  send_descriptors(socket, text, descriptors);
  return info.Env().Undefined();
}

Napi::Value terminal(const Napi::CallbackInfo& info) {
  Terminal opened = open_terminal(descriptor_argument(info[0], "like"));
  auto object = Napi::Object::New(info.Env());
  object.Set("controller", static_cast<double>(opened.controller.get()));
  object.Set("terminal", static_cast<double>(opened.terminal.get()));
  opened.controller.release();
  opened.terminal.release();
  return object;
}

Napi::Value resize(const Napi::CallbackInfo& info) {
  const int controller = descriptor_argument(info[0], "controller");
  const auto rows = static_cast<uint16_t>(integer_argument(info[1], "rows", 0, kCellsMost));
  const auto columns = static_cast<uint16_t>(integer_argument(info[2], "columns", 0, kCellsMost));
  resize_terminal(controller, rows, columns);
  return info.Env().Undefined();
}

constexpr struct {
  const char* name;
  Napi::Value (*function)(const Napi::CallbackInfo&);
} kFunctions[] = {
    {"peerOf", peer},          {"processEnded", ended},     {"receiveDescriptors", receive},
    {"sendDescriptors", send}, {"openTerminal", terminal}, {"resizeTerminal", resize},
};

}  // namespace

void export_local(Napi::Env env, Napi::Object exports) {
  for (const auto& [name, function] : kFunctions) exports.Set(name, bind(env, name, function));
}

}  // namespace warder
