// SPDX-License-Identifier: Apache-2.0
// The words behind `warder run`, where they are such that the runtime's service is asked for the agent and told what
// most people want to see. Anything else is for the command that knows it all (src/cli/run.ts): other options, those written
// in another way, a command that is not behind `--`, and whatever is wrong.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace warder::client {

struct Words {
  std::optional<std::string> agent;
  std::optional<std::string> workspace;
  std::optional<std::string> user;
  std::optional<std::string> socket;
  bool private_tmp = false;
  bool quiet = false;
  std::vector<std::string> command;
};

// Nothing where they are not for this program. Of an option that is given twice the last holds.
std::optional<Words> words_of(const std::vector<std::string>& words);

}  // namespace warder::client
