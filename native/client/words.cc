// SPDX-License-Identifier: Apache-2.0
// The words behind `warder run`. See words.h.
#include "words.h"

#include <array>
#include <string_view>

namespace warder::client {
namespace {

struct Flag {
  std::string_view name, letter;
  bool Words::* given;
};

struct Option {
  std::string_view name, letter;
  std::optional<std::string> Words::* value;
};

// As src/cli/run.ts has them, which the tests hold against each other (test/e2e/client-words.test.ts).
constexpr std::array<Flag, 2> kFlags = {{
    {"--private-tmp", "", &Words::private_tmp},
    {"--quiet", "-q", &Words::quiet},
}};
constexpr std::array<Option, 4> kOptions = {{
    {"--agent", "-a", &Words::agent},
    {"--workspace", "-w", &Words::workspace},
    {"--user", "-u", &Words::user},
    {"--socket", "", &Words::socket},
}};

template <class Kind>
bool is(const Kind& kind, std::string_view word) {
  return word == kind.name || (!kind.letter.empty() && word == kind.letter);
}

bool take_flag(Words& words, std::string_view word) {
  for (const Flag& flag : kFlags) {
    if (!is(flag, word)) continue;
    words.*flag.given = true;
    return true;
  }
  return false;
}

const Option* option_of(std::string_view word) {
  for (const Option& option : kOptions) {
    if (is(option, word)) return &option;
  }
  return nullptr;
}

}  // namespace

std::optional<Words> words_of(const std::vector<std::string>& words) {
  Words found;
  size_t at = 0;
  for (; at < words.size() && words[at] != "--"; at++) {
    if (take_flag(found, words[at])) continue;
    const size_t equals = words[at].starts_with("--") ? words[at].find('=') : std::string::npos;
    const Option* option = option_of(std::string_view(words[at]).substr(0, equals));
    if (option == nullptr) return std::nullopt;
    if (equals == std::string::npos && ++at == words.size()) return std::nullopt;
    std::string value = equals == std::string::npos ? words[at] : words[at].substr(equals + 1);
    // Empty, or an option itself: somebody's slip.
    if (value.empty() || value.front() == '-') return std::nullopt;
    found.*(option->value) = std::move(value);
  }
  if (at + 1 >= words.size()) return std::nullopt;
  found.command.assign(words.begin() + static_cast<std::ptrdiff_t>(at) + 1, words.end());
  return found;
}

}  // namespace warder::client
