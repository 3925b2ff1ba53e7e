// SPDX-License-Identifier: Apache-2.0
// See programs.h.
#include "programs.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <new>
#include <system_error>

#include "error.h"
#include "signals.h"
#include "warder.skel.h"

// The names that the linker gives to what it leads here, and to what it led away.
extern "C" int __real_bpf_prog_load(enum bpf_prog_type type, const char* name, const char* license,
                                    const bpf_insn* instructions, size_t count, bpf_prog_load_opts* options);
extern "C" int __wrap_bpf_prog_load(enum bpf_prog_type type, const char* name, const char* license,
                                    const bpf_insn* instructions, size_t count, bpf_prog_load_opts* options);

namespace warder {
namespace {

// The verifier's words on one program: an old kernel refuses to say any where they do not fit.
constexpr size_t kLogBytes = 16 << 20;
// Its reason stands at the end.
constexpr size_t kToldBytes = 4096;

thread_local ProgramLoads* current = nullptr;

Fd ask_kernel(ProgramLoad& load) {
  return Fd(__real_bpf_prog_load(load.type, load.name.c_str(), load.license, load.instructions, load.count, &load.options));
}

// Asked for the verifier's words only where it refused without, as libbpf does. Throws KERNEL_LOAD.
Fd load_program(ProgramLoad& load) {
  if (Fd program = ask_kernel(load); program.open()) return program;
  const std::unique_ptr<char[]> log(new char[kLogBytes]);  // not touched but where something is written
  log[0] = '\0';
  load.options.log_level = 1;
  load.options.log_buf = log.get();
  load.options.log_size = kLogBytes;
  Fd program = ask_kernel(load);
  if (program.open()) return program;
  const int error = errno;
  const std::string words = log.get();
  std::string message = "the kernel refused the BPF program " + load.name;
  if (!words.empty()) message += "\n" + words.substr(words.size() - std::min(words.size(), kToldBytes)) + "\n";
  throw Failure("KERNEL_LOAD", message, error);
}

}  // namespace

ProgramLoads::ProgramLoads(std::set<std::string> names) : names_(std::move(names)), outer_(current) { current = this; }

ProgramLoads::~ProgramLoads() {
  current = outer_;
  {
    const std::lock_guard lock(mutex_);
    finished_ = true;
    waiting_.clear();
  }
  changed_.notify_all();
  if (other_.joinable()) other_.join();
}

bool ProgramLoads::take(ProgramLoad load) {
  if (!names_.contains(load.name)) return false;
  load.number = taken_++;
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(load));
  }
  changed_.notify_all();
  if (other_.joinable()) return true;
  try {
    const SignalsBlocked blocked;
    other_ = std::thread([this] { work(true); });
  } catch (const std::system_error&) {
    // finish() does all of it.
  }
  return true;
}

// The largest first, or one thread would be at work on it long after the other.
std::optional<ProgramLoad> ProgramLoads::next(bool until_finished) {
  std::unique_lock lock(mutex_);
  if (until_finished) changed_.wait(lock, [this] { return finished_ || !waiting_.empty(); });
  if (waiting_.empty()) return std::nullopt;
  const auto largest = std::max_element(waiting_.begin(), waiting_.end(),
                                        [](const auto& one, const auto& other) { return one.count < other.count; });
  const ProgramLoad load = *largest;
  waiting_.erase(largest);
  return load;
}

void ProgramLoads::work(bool until_finished) {
  while (auto load = next(until_finished)) {
    std::optional<Failure> failure;
    Fd program;
    try {
      program = load_program(*load);
    } catch (const Failure& refusal) {
      failure = refusal;
    } catch (const std::bad_alloc&) {
      failure = Failure("KERNEL_LOAD", "no memory for what the verifier says of " + load->name, ENOMEM);
    }
    const std::lock_guard lock(mutex_);
    if (program.open()) loaded_.emplace(load->name, std::move(program));
    if (failure) failures_.emplace(load->number, *failure);
  }
}

std::vector<Program> ProgramLoads::finish(const warder_bpf& of) {
  {
    const std::lock_guard lock(mutex_);
    finished_ = true;
  }
  changed_.notify_all();
  work(false);
  if (other_.joinable()) other_.join();
  if (!failures_.empty()) throw Failure(failures_.begin()->second);
  std::vector<Program> programs;
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, of.obj) {
    const std::string name = bpf_program__name(program);
    const auto loaded = loaded_.find(name);
    programs.push_back({.name = name,
                        .section = bpf_program__section_name(program),
                        .attach_type = bpf_program__expected_attach_type(program),
                        .fd = loaded == loaded_.end() ? Fd() : std::move(loaded->second)});
  }
  return programs;
}

}  // namespace warder

// libbpf keeps a descriptor of what it takes for the program until the object is closed: one of nothing.
int __wrap_bpf_prog_load(enum bpf_prog_type type, const char* name, const char* license, const bpf_insn* instructions,
                         size_t count, bpf_prog_load_opts* options) {
  warder::ProgramLoads* const loads = warder::current;
  try {
    if (loads != nullptr && name != nullptr && options != nullptr &&
        loads->take({type, name, license, instructions, count, *options})) {
      return open("/dev/null", O_RDONLY | O_CLOEXEC);
    }
  } catch (const std::bad_alloc&) {  // libbpf is C: nothing is thrown through it
    errno = ENOMEM;
    return -ENOMEM;
  }
  return __real_bpf_prog_load(type, name, license, instructions, count, options);
}
