// SPDX-License-Identifier: Apache-2.0
// Permission events of fanotify(7) for one run: opens of marked files and directories, refused to processes
// of the run and let go on for everybody else. For processes that the launcher did not start, on hosts without
// BPF LSM. Needs CAP_SYS_ADMIN.
//
// Whoever opens what is marked waits for our answer, so the thread does nothing but answer: one look-up of a
// label, no file, no lock that JavaScript holds. A process that is stopped answers nobody: so a timer of the
// kernel's kills it, which works on a stopped one too, when the thread has not set it anew for `silence_ms`. The
// queue is without a bound of its own: it holds at most one event for each task of the host, and a full one would
// let all pass. When the object, or the process, goes, the kernel lets all go on that wait, and all that come.
#pragma once

#include <atomic>
#include <cstdint>
#include <ctime>
#include <string>
#include <thread>

#include "fd.h"

namespace warder {

struct GuardCounts {
  uint64_t refused;
  uint64_t passed;      // of processes that are not of the run
  uint64_t slowest_ns;  // from our reading of some events to the last answer to them
};

class FileGuard {
 public:
  // JS thread, as all but run(). `labels` is the map of that name. Throws KERNEL_GUARD.
  FileGuard(int labels, uint32_t run, uint32_t silence_ms);
  ~FileGuard();
  FileGuard(const FileGuard&) = delete;
  FileGuard& operator=(const FileGuard&) = delete;

  // Mark a file; or a directory: itself and what lies in it, not what lies deeper. False where nothing is there
  // (any more), or its file system has no marks. Links are not followed. Throws KERNEL_GUARD.
  bool mark(const std::string& path, bool directory);

  GuardCounts counts() const noexcept;

 private:
  void run() noexcept;
  void answer_some() noexcept;
  bool is_of_run(int pid) const noexcept;
  void set_timer(uint32_t milliseconds) const noexcept;

  const uint32_t run_;
  const uint32_t silence_ms_;
  timer_t timer_;
  Fd labels_;
  Fd events_;
  Fd stop_;
  std::atomic<uint64_t> refused_{0};
  std::atomic<uint64_t> passed_{0};
  std::atomic<uint64_t> slowest_ns_{0};
  std::thread thread_;
};

}  // namespace warder
