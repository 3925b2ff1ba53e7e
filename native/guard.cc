// SPDX-License-Identifier: Apache-2.0
// Permission events. See guard.h.
#include "guard.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "error.h"
#include "policy.h"

extern "C" {
#include "launcher/undisturbed.h"
}

namespace warder {
namespace {

// Events that are answered together.
constexpr size_t kTogether = 256;
// From so many on, who is woken by an answer waits for the rest of them (launcher/undisturbed.h), which takes three calls.
constexpr size_t kMany = 8;

// Not blocking: before Linux 6.14 a pipe with a name is opened for the event as well, and would wait for who writes.
Fd open_group() {
  Fd group(fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_NONBLOCK | FAN_UNLIMITED_QUEUE | FAN_UNLIMITED_MARKS,
                         O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_LARGEFILE));
  if (!group.open()) throw Failure("KERNEL_GUARD", "cannot ask the kernel for permission events of files", errno);
  return group;
}

Fd open_stop() {
  Fd stop(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!stop.open()) throw Failure("KERNEL_GUARD", "cannot make an eventfd", errno);
  return stop;
}

}  // namespace

FileGuard::FileGuard(int labels, uint32_t run, uint32_t silence_ms)
    : run_(run),
      silence_ms_(silence_ms),
      labels_(fcntl(labels, F_DUPFD_CLOEXEC, 3)),
      events_(open_group()),
      stop_(open_stop()) {
  if (!labels_.open()) throw Failure("KERNEL_GUARD", "cannot keep the map of labels", errno);
  sigevent kill = {};
  kill.sigev_notify = SIGEV_SIGNAL;
  kill.sigev_signo = SIGKILL;
  if (timer_create(CLOCK_MONOTONIC, &kill, &timer_) != 0) throw Failure("KERNEL_GUARD", "cannot make a timer", errno);
  thread_ = std::thread([this] { this->run(); });
}

FileGuard::~FileGuard() {
  const uint64_t one = 1;
  // Cannot fail: the counter is at 0.
  if (write(stop_.get(), &one, sizeof one) != sizeof one) events_ = Fd();
  thread_.join();
  timer_delete(timer_);
}

bool FileGuard::mark(const std::string& path, bool directory) {
  const uint64_t mask = FAN_OPEN_PERM | (directory ? FAN_ONDIR | FAN_EVENT_ON_CHILD : 0);
  const unsigned int flags = FAN_MARK_ADD | FAN_MARK_DONT_FOLLOW | (directory ? FAN_MARK_ONLYDIR : 0);
  if (fanotify_mark(events_.get(), flags, mask, AT_FDCWD, path.c_str()) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == EINVAL || errno == EOPNOTSUPP ||
      errno == ENODEV || errno == EACCES) {
    return false;
  }
  throw Failure("KERNEL_GUARD", "cannot mark " + path, errno);
}

GuardCounts FileGuard::counts() const noexcept { return {refused_, passed_, slowest_ns_}; }

// It waits for us in the kernel: its number is still its own. One that is in no namespace that we see has none.
bool FileGuard::is_of_run(int pid) const noexcept {
  const Fd process(pid > 0 ? static_cast<int>(syscall(SYS_pidfd_open, pid, 0)) : -1);
  label found = {};
  const int fd = process.get();
  return process.open() && bpf_map_lookup_elem(labels_.get(), &fd, &found) == 0 && found.run == run_;
}

void FileGuard::answer_some() noexcept {
  alignas(fanotify_event_metadata) char buffer[kTogether * sizeof(fanotify_event_metadata)];
  fanotify_response answers[kTogether];
  size_t count = 0;
  ssize_t length = read(events_.get(), buffer, sizeof buffer);
  const auto begin = std::chrono::steady_clock::now();
  auto* event = reinterpret_cast<fanotify_event_metadata*>(buffer);
  for (; FAN_EVENT_OK(event, length); event = FAN_EVENT_NEXT(event, length)) {
    if (event->fd < 0) continue;
    answers[count++] = {event->fd, static_cast<uint32_t>(is_of_run(event->pid) ? FAN_DENY : FAN_ALLOW)};
    // From here on it is the number of the event.
    close(event->fd);
  }
  if (count == 0) return;
  const int before = count < kMany ? -1 : undisturbed_begin();
  for (const auto* answer = answers; answer != answers + count; answer++) {
    // Fails where the caller has been killed meanwhile.
    if (write(events_.get(), answer, sizeof *answer) != sizeof *answer) continue;
    (answer->response == FAN_DENY ? refused_ : passed_)++;
  }
  undisturbed_end(before);
  const auto took = std::chrono::steady_clock::now() - begin;
  const auto ns = static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(took).count());
  slowest_ns_ = std::max(slowest_ns_.load(), ns);
}

// The timer and the wish to stop are looked at between any two reads: who opens without end, so that there is always more to
// read, would have us taken for stopped, or never let us stop.
void FileGuard::run() noexcept {
  pollfd waits[] = {{events_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
  for (;;) {
    set_timer(silence_ms_);
    // Whoever looks often enough is never late: four times within the silence. One that cannot look is as good as stopped.
    if (poll(waits, 2, static_cast<int>(silence_ms_ / 4)) < 0 && errno != EINTR) return;
    answer_some();
    if (waits[1].revents != 0) break;
  }
  set_timer(0);
}

// 0: never.
void FileGuard::set_timer(uint32_t milliseconds) const noexcept {
  itimerspec when = {};
  when.it_value.tv_sec = milliseconds / 1000;
  when.it_value.tv_nsec = static_cast<int64_t>(milliseconds % 1000) * 1'000'000;
  timer_settime(timer_, 0, &when, nullptr);
}

}  // namespace warder
