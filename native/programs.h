// SPDX-License-Identifier: Apache-2.0
// Our programs in the kernel, verified there by two threads.
//
// The verifier takes most of a load, and libbpf asks for one program after the other. So where libbpf would hand a program to
// the kernel it is put down here (bpf_prog_load() is led here by the linker: CMakeLists.txt), and two threads take what was
// put down. All that libbpf knows of a program it has said by then; maps are there, as they are before the first one.
#pragma once

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "failure.h"
#include "fd.h"

struct warder_bpf;

namespace warder {

struct Program {
  std::string name;
  std::string section;
  enum bpf_attach_type attach_type;
  Fd fd;  // not open: this host lacks its hook, and it was not loaded
};

// What is called bpf_prog_load() otherwise, its arguments as libbpf gave them.
struct ProgramLoad {
  enum bpf_prog_type type;
  std::string name;
  const char* license;
  const bpf_insn* instructions;
  size_t count;
  bpf_prog_load_opts options;
  size_t number = 0;  // in the order in which they were put down
};

class ProgramLoads {
 public:
  // What this thread loads of these names is put down until the object goes.
  explicit ProgramLoads(std::set<std::string> names);
  ~ProgramLoads();
  ProgramLoads(const ProgramLoads&) = delete;
  ProgramLoads& operator=(const ProgramLoads&) = delete;

  // Of the thread that made the object, by bpf_prog_load(): whether it is one of these, and was put down.
  bool take(ProgramLoad load);

  // Takes its part of what is left, and waits for the rest. `of` has to be there until then. Every program, in its order.
  // Throws KERNEL_LOAD with the verifier's reason; of several the one that libbpf would have come to.
  std::vector<Program> finish(const warder_bpf& of);

 private:
  void work(bool until_finished);
  std::optional<ProgramLoad> next(bool until_finished);

  const std::set<std::string> names_;
  ProgramLoads* const outer_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool finished_ = false;  // nothing more is put down
  size_t taken_ = 0;
  std::vector<ProgramLoad> waiting_;
  std::map<std::string, Fd> loaded_;
  std::map<size_t, Failure> failures_;  // by number
  std::thread other_;               // made with the first program
};

}  // namespace warder
