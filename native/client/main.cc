// SPDX-License-Identifier: Apache-2.0
// warder-run: `warder run` where the runtime of the host runs as a service, without a node in the caller. The runtime starts
// the agent and puts into words what is to be shown (src/cli/told-words.ts); this process passes on: descriptors, terminal,
// signals, words, the exit status.
//
// In:  COUNT COMMAND... run WORD...: the command that knows everything, of so many words (bin/warder), and what somebody
//      wrote behind `warder`.
// Out: as `warder run`. Whatever is not as words.h has it, and whatever fails before an agent was started, is left to
//      that command, which says what is the matter: this program has no words of its own.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>

#include "../local_socket.h"
#include "conversation.h"
#include "request.h"

extern char** environ;

namespace warder::client {
namespace {

// As src/cli/failure.ts has them.
constexpr int kUsage = 2;
constexpr int kRunFailed = 125;
constexpr int kCannotExecute = 126;
// More than this program has open, and than it waits for at once: poll(2) refuses to wait for more than may be open.
constexpr rlim_t kDescriptors = 16;

// A standard descriptor that is closed would be the next thing that is opened here: the agent would be handed the connection that
// its run ends with. As node does for itself. False where it cannot be helped.
bool standard_descriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest that is free: those before it are open.
    if (open("/dev/null", O_RDWR) != descriptor) return false;
  }
  return true;
}

bool may_open_enough() {
  rlimit limit = {};
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= kDescriptors;
}

const char* variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : nullptr;
}

std::string socket_path(const Words& words) {
  if (words.socket) return *words.socket;
  const char* named = variable("WARDER_RUNTIME_SOCKET");
  return named != nullptr ? named : kSocket;
}

// As src/cli/terminal.ts: where the output goes to a terminal and nobody asks otherwise.
bool wants_colour() {
  const char* kind = std::getenv("TERM");
  return isatty(STDERR_FILENO) != 0 && variable("NO_COLOR") == nullptr &&
         !(kind != nullptr && std::strcmp(kind, "dumb") == 0);
}

Fd connected(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return Fd();
  std::memcpy(address.sun_path, path.data(), path.size());
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto* named = reinterpret_cast<const sockaddr*>(&address);
  if (!socket.open() || connect(socket.get(), named, sizeof address) != 0) return Fd();
  return socket;
}

// The agent's end. Nothing where nothing has been started. Ends this process where it cannot go on: an agent may be there.
std::optional<Farewell> held(Conversation& conversation, Relay& relay, Writer& writer) {
  try {
    return conversation.held();
  } catch (const std::exception& error) {
    relay.end();
    writer.close(std::string("warder: ") + error.what() + "\n");
    end_as(false, kRunFailed);
  }
}

// Ends this process as the agent ended, or returns: then nothing has been started.
void run(const std::vector<std::string>& behind) {
  const std::optional<Words> words = words_of(behind);
  // Whoever looks for a fault wants stacks.
  if (!words || variable("WARDER_DEBUG") != nullptr || !standard_descriptors() || !may_open_enough()) return;
  std::optional<std::string> request = run_frame(*words, environ, wants_colour());
  if (!request) return;
  Fd socket = connected(socket_path(*words));
  if (!socket.open()) return;
  const Signals signals;
  if (signals.descriptor() < 0) return;
  Relay relay;
  Writer writer(STDERR_FILENO);
  send_descriptors(socket.get(), kGreeting, relay.open());
  relay.begin();
  Conversation conversation(std::move(socket), std::move(*request), relay, signals, writer);
  const std::optional<Farewell> farewell = held(conversation, relay, writer);
  if (farewell) {
    writer.close(farewell->text);
    end_as(farewell->by_signal, farewell->value);
  }
  // It was for an agent that is not there, and is for this process then.
  if (conversation.signal() != 0) raise(conversation.signal());
}

}  // namespace
}  // namespace warder::client

int main(int argc, char** argv) {
  const int count = argc > 1 ? std::atoi(argv[1]) : 0;
  if (count < 1 || argc < 2 + count) return warder::client::kUsage;
  char** const command = argv + 2;
  const std::vector<std::string> words(command + count, argv + argc);
  try {
    if (!words.empty() && words.front() == "run") warder::client::run({words.begin() + 1, words.end()});
  } catch (const std::exception&) {
    // Nothing has been started: it is tried again, by somebody who can say what is the matter.
  }
  execv(command[0], command);
  return warder::client::kCannotExecute;
}
