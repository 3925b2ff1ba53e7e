// SPDX-License-Identifier: Apache-2.0
// What the runtime is asked. See request.h.
#include "request.h"

#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <cstring>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "frames.h"

namespace warder::client {
namespace {

// Of names that bin/warder keeps from its own node (src/cli/caller-environment.ts).
constexpr std::string_view kKept = "WARDER_AGENT_";
constexpr std::string_view kKeptNames = "NODE_";

// Bytes that are no UTF-8 go as they are: whoever reads them takes U+FFFD for them, as node does for its arguments.
void add_string(std::string& json, std::string_view text) {
  static const char* const kDigits = "0123456789abcdef";
  json += '"';
  for (const char one : text) {
    const auto byte = static_cast<unsigned char>(one);
    if (byte < 0x20) {
      json += "\\u00";
      json += kDigits[byte >> 4];
      json += kDigits[byte & 15];
      continue;
    }
    if (one == '"' || one == '\\') json += '\\';
    json += one;
  }
  json += '"';
}

void add_member(std::string& json, std::string_view name, std::string_view text) {
  json += ',';
  add_string(json, name);
  json += ':';
  add_string(json, text);
}

bool is_word(std::string_view text) {
  for (const char one : text) {
    const bool letter = (one >= 'a' && one <= 'z') || (one >= 'A' && one <= 'Z') || (one >= '0' && one <= '9');
    if (!letter && one != '_') return false;
  }
  return !text.empty();
}

// The name that the agent has it by.
std::string_view callers_name(std::string_view name) {
  if (!name.starts_with(kKept)) return name;
  const std::string_view kept = name.substr(kKept.size());
  return kept.starts_with(kKeptNames) && is_word(kept.substr(kKeptNames.size())) ? kept : name;
}

void add_environment(std::string& json, const char* const* environment) {
  std::unordered_set<std::string_view> names;
  json += ",\"environment\":{";
  bool first = true;
  for (; *environment != nullptr; environment++) {
    const std::string_view entry(*environment);
    const size_t equals = entry.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = entry.substr(0, equals);
    // getenv(3) has the first of several, and so have most programs.
    if (!names.insert(name).second) continue;
    if (!first) json += ',';
    first = false;
    add_string(json, callers_name(name));
    json += ':';
    add_string(json, entry.substr(equals + 1));
  }
  json += '}';
}

// By the names alone, as links in it are for whoever judges it: `.`, `..` and empty ones taken out.
std::string absolute(const std::string& directory, std::string_view path) {
  const std::string whole = path.starts_with('/') ? std::string(path) : directory + '/' + std::string(path);
  std::vector<std::string_view> names;
  for (size_t at = 0; at < whole.size();) {
    const size_t end = std::min(whole.find('/', at), whole.size());
    const std::string_view name = std::string_view(whole).substr(at, end - at);
    if (name == ".." && !names.empty()) names.pop_back();
    if (!name.empty() && name != "." && name != "..") names.push_back(name);
    at = end + 1;
  }
  std::string found;
  for (const std::string_view name : names) found.append("/").append(name);
  return found.empty() ? "/" : found;
}

bool is_directory(const std::string& path) {
  struct stat about = {};
  return stat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode);
}

// As far as it can be told without changing it for good.
mode_t umask_now() {
  const mode_t mask = umask(0);
  umask(mask);
  return mask;
}

}  // namespace

std::optional<std::string> run_frame(const Words& words, const char* const* environment, bool colour) {
  char directory[PATH_MAX];
  if (getcwd(directory, sizeof directory) == nullptr || directory[0] != '/') return std::nullopt;
  const std::string workspace = absolute(directory, words.workspace.value_or("."));
  if (!is_directory(workspace)) return std::nullopt;
  std::string json = R"({"run":{"command":[)";
  for (size_t at = 0; at < words.command.size(); at++) {
    if (at > 0) json += ',';
    add_string(json, words.command[at]);
  }
  json += ']';
  if (words.agent) add_member(json, "agent", *words.agent);
  if (words.user) add_member(json, "user", *words.user);
  add_member(json, "workspace", workspace);
  add_member(json, "workingDirectory", directory);
  add_environment(json, environment);
  json += ",\"umask\":" + std::to_string(umask_now());
  if (words.private_tmp) json += ",\"privateTmp\":true";
  json += std::string(",\"told\":{\"lines\":") + (words.quiet ? "false" : "true");
  json += std::string(",\"colour\":") + (colour ? "true" : "false") + "}}}";
  return json_frame(json);
}

std::string signal_frame(int signal) { return json_frame("{\"signal\":" + std::to_string(signal) + "}"); }

}  // namespace warder::client
