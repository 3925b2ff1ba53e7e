// SPDX-License-Identifier: Apache-2.0
// The section names that libbpf gives programs their type and hook by: "tp_btf/sched_process_exec".
#pragma once

#include <optional>
#include <string>

namespace warder {

// What stands in `section` behind `prefix`, if it begins so.
inline std::optional<std::string> after(const std::string& section, const std::string& prefix) {
  if (section.rfind(prefix, 0) != 0) return std::nullopt;
  return section.substr(prefix.size());
}

// "file_open" of lsm/ and lsm.s/ (sleepable) sections.
inline std::optional<std::string> lsm_hook_of(const std::string& section) {
  const auto name = after(section, "lsm/");
  return name ? name : after(section, "lsm.s/");
}

// "commit_creds" of fentry/ and fexit/ sections.
inline std::optional<std::string> function_of(const std::string& section) {
  const auto name = after(section, "fentry/");
  return name ? name : after(section, "fexit/");
}

}  // namespace warder
