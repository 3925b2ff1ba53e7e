// SPDX-License-Identifier: Apache-2.0
// The drain thread. See drain.h.
#include "drain.h"

#include <bpf/libbpf.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <iterator>
#include <new>
#include <system_error>
#include <utility>

#include "error.h"
#include "event.h"

namespace warder {
namespace {

// Observations of one batch: enough to make the hand-over cheap, little enough that what JavaScript makes of them, some
// 2 KB for each, is gone before its collector has copied it twice (docs/decisions/0356).
constexpr size_t kBatchBytes = 1 << 16;
// Until the next look after a batch, by how many records a millisecond there were lately. A batch costs the services as much as a
// hundred events, for each wakes five threads and waits for the disk. As few as 5 ms, within which half of a subscriber's events are to
// come, allow: where there are few their way is short and leaves more of these. Past kManyPerMs an agent that uses both
// processors gets what is saved, and nobody reads along (docs/decisions/0470).
constexpr uint64_t kFewPerMs = 5;
constexpr uint64_t kManyPerMs = 15;
constexpr int kFewMs = 5;
constexpr int kBusyMs = 3;
constexpr int kManyMs = 20;
// From a record that wakes us to the first look: it hardly ever comes alone.
constexpr int kGatherMs = 3;
constexpr int kIdleMs = 50;  // and after none
// For how long we are believed to look: no shorter than a look that the scheduler is late with, no longer than records
// may wait where we died.
constexpr uint64_t kLookNs = kIdleMs * UINT64_C(1000000);
// What a batch costs beside its bytes: a slow consumer must not pile up tiny ones for free.
constexpr size_t kMessageBytes = 512;

struct Free {
  void operator()(uint8_t* data) const noexcept { std::free(data); }
};
using Memory = std::unique_ptr<uint8_t, Free>;

bool earlier(const Record& a, const Record& b) { return a.time_ns < b.time_ns; }

// Records enter a ring in the order of their reservation: nearly that of their times.
void sort_by_time(std::vector<Record>& records) {
  if (!std::is_sorted(records.begin(), records.end(), earlier)) {
    std::stable_sort(records.begin(), records.end(), earlier);
  }
}

bool is_held(const Record& record) {
  constexpr size_t at = offsetof(event_head, decision) + offsetof(decision, verdict);
  if (record.size < sizeof(event_head)) return false;
  return (at < record.whole ? record.data[at] : record.rest[at - record.whole]) == VERDICT_HOLD;
}

uint64_t now_ns() {
  timespec now = {};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return now.tv_sec * UINT64_C(1000000000) + now.tv_nsec;
}

Fd make_eventfd() {
  Fd fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!fd.open()) throw Failure("KERNEL_DRAIN", "cannot make an eventfd", errno);
  return fd;
}

// Edge-triggered: a record that was committed without a wakeup must not make us spin on it.
void watch(const Fd& poll, int fd, uint32_t events) {
  epoll_event event = {};
  event.events = events;
  event.data.fd = fd;
  if (epoll_ctl(poll.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
    throw Failure("KERNEL_DRAIN", "cannot wait for a ring buffer", errno);
  }
}

Fd make_poll(const Fd& wake, int decisions, int observations) {
  Fd poll(epoll_create1(EPOLL_CLOEXEC));
  if (!poll.open()) throw Failure("KERNEL_DRAIN", "cannot make an epoll", errno);
  watch(poll, wake.get(), EPOLLIN);
  watch(poll, decisions, EPOLLIN | EPOLLET);
  watch(poll, observations, EPOLLIN | EPOLLET);
  return poll;
}

// An exception out of on_batch is an uncaught one, as out of any callback of node's.
void report_exception(napi_env env) {
  bool pending = false;
  napi_value exception = nullptr;
  if (napi_is_exception_pending(env, &pending) != napi_ok || !pending) return;
  if (napi_get_and_clear_last_exception(env, &exception) != napi_ok) return;
  napi_fatal_exception(env, exception);
}

// Take a Buffer's memory away: it is empty from here on, whoever still holds it.
void detach(napi_env env, napi_value buffer) {
  napi_typedarray_type type = napi_uint8_array;
  size_t length = 0;
  size_t offset = 0;
  void* data = nullptr;
  napi_value memory = nullptr;
  if (napi_get_typedarray_info(env, buffer, &type, &length, &data, &memory, &offset) == napi_ok) {
    napi_detach_arraybuffer(env, memory);
  }
}

}  // namespace

// A batch, or the news that a flush is done.
struct Drain::Message {
  Memory data;
  size_t size = 0;
  uint64_t flush = 0;  // 0: a batch
};

// What a promise of on_batch's holds up.
struct Drain::Held {
  std::shared_ptr<Drain> drain;
  size_t bytes;
};

std::shared_ptr<Drain> Drain::start(napi_env env, napi_value on_batch, const RecordSource& source, size_t backlog_bytes,
                                    std::shared_ptr<void> owner) {
  std::shared_ptr<Drain> drain(new Drain(env, source, backlog_bytes, std::move(owner)));
  auto* context = new std::shared_ptr<Drain>(drain);
  const auto drop_context = [](napi_env, void*, void* hint) { delete static_cast<std::shared_ptr<Drain>*>(hint); };
  napi_value name = nullptr;
  if (napi_create_string_utf8(env, "warder-drain", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_create_threadsafe_function(env, on_batch, nullptr, name, 0, 1, nullptr, drop_context, context, call_js,
                                      &drain->function_) != napi_ok) {
    delete context;
    throw Failure("KERNEL_DRAIN", "cannot make a thread-safe function");
  }
  // Signals are the main thread's: they must not be taken here.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    drain->thread_ = std::thread([raw = drain.get()] { raw->run(); });
  } catch (const std::system_error& error) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    drain->stop();
    throw Failure("KERNEL_DRAIN", "cannot start the drain thread", error.code().value());
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return drain;
}

Drain::Drain(napi_env env, const RecordSource& source, size_t backlog_bytes, std::shared_ptr<void> owner)
    : env_(env),
      decisions_(std::make_unique<Ring>(bpf_map__fd(source.decisions), bpf_map__max_entries(source.decisions))),
      observations_(std::make_unique<Ring>(bpf_map__fd(source.observations), bpf_map__max_entries(source.observations))),
      looks_until_ns_(source.looks_until_ns),
      backlog_bytes_(backlog_bytes),
      batch_bytes_(std::min(kBatchBytes, backlog_bytes / 2)),
      wake_(make_eventfd()),
      poll_(make_poll(wake_, bpf_map__fd(source.decisions), bpf_map__fd(source.observations))),
      owner_(std::move(owner)) {}

Drain::~Drain() = default;

void Drain::flush(napi_deferred deferred) {
  const FlushMark mark = {
      .id = next_flush_++, .decisions = decisions_->produced(), .observations = observations_->produced()};
  flushes_.emplace(mark.id, deferred);
  {
    const std::lock_guard lock(marks_mutex_);
    marks_.push_back(mark);
  }
  wake();
}

std::array<Drain::Fill, 2> Drain::fill() const {
  const auto of = [](const Ring& ring) {
    const uint64_t consumed = ring.consumed();  // first: it never passes what was produced
    return Fill{.used = ring.produced() - consumed, .size = ring.size()};
  };
  return {of(*decisions_), of(*observations_)};
}

void Drain::stop() {
  if (function_ == nullptr) return;
  stopping_ = true;
  wake();
  if (thread_.joinable()) thread_.join();
  // What is still queued comes to call_js() without an environment.
  napi_release_threadsafe_function(std::exchange(function_, nullptr), napi_tsfn_abort);
  const Failure closed("KERNEL_CLOSED", "the sensor was closed before the flush was done");
  for (const auto& [id, deferred] : std::exchange(flushes_, {})) {
    napi_value error = to_js_error(env_, closed);
    if (error != nullptr) napi_reject_deferred(env_, deferred, error);
  }
  decisions_.reset();
  observations_.reset();
  owner_.reset();
}

void Drain::call_js(napi_env env, napi_value on_batch, void* context, void* data) {
  const std::unique_ptr<Message> message(static_cast<Message*>(data));
  if (env == nullptr) return;
  const std::shared_ptr<Drain> drain = *static_cast<std::shared_ptr<Drain>*>(context);  // on_batch may close
  if (drain->stopping_) return;
  if (message->flush != 0) {
    drain->settle_flush(env, message->flush);
  } else {
    drain->deliver(env, on_batch, *message);
  }
}

void Drain::settle_flush(napi_env env, uint64_t id) {
  const auto found = flushes_.find(id);
  if (found == flushes_.end()) return;
  napi_deferred deferred = found->second;
  flushes_.erase(found);
  napi_value undefined = nullptr;
  napi_get_undefined(env, &undefined);
  napi_resolve_deferred(env, deferred, undefined);
}

void Drain::deliver(napi_env env, napi_value on_batch, Message& message) {
  const auto free_data = [](napi_env, void* data, void*) { std::free(data); };
  const size_t bytes = message.size + kMessageBytes;
  napi_value buffer = nullptr;
  napi_value undefined = nullptr;
  napi_value result = nullptr;
  bool settled = true;
  napi_get_undefined(env, &undefined);
  if (napi_create_external_buffer(env, message.size, message.data.get(), free_data, nullptr, &buffer) == napi_ok) {
    message.data.release();  // the Buffer's now
    if (napi_call_function(env, undefined, on_batch, 1, &buffer, &result) == napi_ok) {
      settled = !give_back_when_settled(env, result, bytes);
    }
    report_exception(env);
    detach(env, buffer);
  } else {
    report_exception(env);
  }
  if (settled) give_back(bytes);
}

// Whether `result` is a promise: then the batch counts until that settles. A rejection goes on to
// the promise that finally() makes, and is an unhandled one there, as it should be.
bool Drain::give_back_when_settled(napi_env env, napi_value result, size_t bytes) {
  bool is_promise = false;
  if (napi_is_promise(env, result, &is_promise) != napi_ok || !is_promise) return false;
  auto held = std::make_unique<Held>(Held{.drain = shared_from_this(), .bytes = bytes});
  napi_value callback = nullptr;
  napi_value finally = nullptr;
  if (napi_create_function(env, "settled", NAPI_AUTO_LENGTH, on_settled, held.get(), &callback) != napi_ok ||
      napi_add_finalizer(
          env, callback, held.get(), [](napi_env, void* data, void*) { delete static_cast<Held*>(data); }, nullptr,
          nullptr) != napi_ok) {
    return false;
  }
  Held* const owned = held.release();  // the function's now
  if (napi_get_named_property(env, result, "finally", &finally) == napi_ok &&
      napi_call_function(env, result, finally, 1, &callback, nullptr) == napi_ok) {
    return true;
  }
  owned->bytes = 0;
  return false;
}

napi_value Drain::on_settled(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  if (napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data) == napi_ok) {
    auto* held = static_cast<Held*>(data);
    held->drain->give_back(std::exchange(held->bytes, 0));
  }
  return nullptr;
}

void Drain::give_back(size_t bytes) {
  outstanding_bytes_ -= bytes;
  if (starved_) wake();
}

void Drain::wake() noexcept {
  const uint64_t one = 1;
  // Fails only when the counter is full, and then it is readable anyway.
  [[maybe_unused]] const ssize_t written = write(wake_.get(), &one, sizeof one);
}

void Drain::hear_wakes() noexcept {
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = read(wake_.get(), &count, sizeof count);
}

void Drain::run() noexcept {
  pthread_setname_np(pthread_self(), "warder-drain");
  bool go_on = true;
  while (go_on && !stopping_) {
    try {
      go_on = step();
    } catch (const std::bad_alloc&) {
      // Nothing was taken from the rings: there they stay, and what they cannot hold is counted.
      gather(kBusyMs);
    }
  }
  tell_look(false);
}

bool Drain::step() {
  if (!wait_for_room()) return false;
  bool more = false;
  since_.records += take(more);
  if (!answer_flushes()) return false;
  if (!more && !stopping_) wait_for_work();
  return true;
}

bool Drain::wait_for_room() {
  const auto room = [this] { return outstanding_bytes_ + batch_bytes_ + kMessageBytes <= backlog_bytes_; };
  while (!room() && !stopping_) {
    starved_ = true;
    // Between the two: room that came before we said that we wait for it.
    if (!room() && !stopping_) {
      pollfd woken = {.fd = wake_.get(), .events = POLLIN, .revents = 0};
      poll(&woken, 1, -1);
    }
    starved_ = false;
    hear_wakes();
  }
  return !stopping_;
}

// One round: out of the rings, in order, to JS. Returns how many records; `more` where the rings hold
// more than was taken.
size_t Drain::take(bool& more) {
  const size_t budget = backlog_bytes_ - outstanding_bytes_ - kMessageBytes;
  decision_records_.clear();
  observation_records_.clear();
  // In this order: a decision that was there before an observation is then seen as well.
  Ring::Span observed = observations_->collect(observation_records_, batch_bytes_);
  const Ring::Span decided = decisions_->collect(decision_records_, budget);
  while (!observation_records_.empty() && (decided.more || observed.bytes + decided.bytes > budget)) {
    observed.bytes -= observation_records_.back().size;
    observation_records_.pop_back();
    observed.end = observation_records_.empty() ? observations_->consumed() : observation_records_.back().end;
    observed.more = true;
  }
  more = observed.more || decided.more;

  const size_t bytes = observed.bytes + decided.bytes;
  if (bytes != 0) {
    sort_by_time(decision_records_);
    sort_by_time(observation_records_);
    ordered_.clear();
    std::merge(decision_records_.begin(), decision_records_.end(), observation_records_.begin(),
               observation_records_.end(), std::back_inserter(ordered_), earlier);
    auto message = std::make_unique<Message>();
    message->data.reset(static_cast<uint8_t*>(std::malloc(bytes)));
    if (!message->data) throw std::bad_alloc();
    message->size = bytes;
    uint8_t* at = message->data.get();
    for (const Record& record : ordered_) {
      record.copy(at);
      at += record.size;
    }
    outstanding_bytes_ += bytes + kMessageBytes;
    if (!send(std::move(message))) return 0;
  }
  decisions_->release(decided.end);
  observations_->release(observed.end);
  return decision_records_.size() + observation_records_.size();
}

// False when JavaScript takes no more: the thread is to end.
bool Drain::send(std::unique_ptr<Message> message) {
  if (napi_call_threadsafe_function(function_, message.get(), napi_tsfn_nonblocking) != napi_ok) {
    stopping_ = true;
    return false;
  }
  message.release();
  return true;
}

// Behind the batches in the queue, so that they come first.
bool Drain::answer_flushes() {
  const std::lock_guard lock(marks_mutex_);
  const auto done = [this](const FlushMark& mark) {
    return decisions_->consumed() >= mark.decisions && observations_->consumed() >= mark.observations;
  };
  const auto first_done = std::stable_partition(marks_.begin(), marks_.end(), [&](const auto& m) { return !done(m); });
  for (auto mark = first_done; mark != marks_.end(); ++mark) {
    auto message = std::make_unique<Message>();
    message->flush = mark->id;
    if (!send(std::move(message))) return false;
  }
  marks_.erase(first_done, marks_.end());
  return true;
}

void Drain::tell_look(bool looks) {
  const uint64_t until_ns = looks ? now_ns() + kLookNs : 0;
  if (looks || looks_) __atomic_store_n(looks_until_ns_, until_ns, __ATOMIC_SEQ_CST);
  looks_ = looks;
}

// Sleep until it is worth looking again.
void Drain::wait_for_work() {
  bool flushing = false;
  {
    const std::lock_guard lock(marks_mutex_);
    flushing = !marks_.empty();
  }
  if (flushing) {
    // For a record that is being written: whatever else comes meanwhile comes with it.
    tell_look(true);
    pollfd woken = {.fd = wake_.get(), .events = POLLIN, .revents = 0};
    poll(&woken, 1, kBusyMs);
  } else if (since_.records != 0) {
    gather(pause_ms());
  } else {
    // What was quiet for a moment only need not wait for company.
    const bool idle = !looks_;
    tell_look(false);
    epoll_event events[3];
    const int ready = epoll_wait(poll_.get(), events, 3, idle ? kIdleMs : kBusyMs);
    const bool called = std::any_of(events, events + std::max(ready, 0),
                                    [this](const epoll_event& event) { return event.data.fd == wake_.get(); });
    if (idle && ready > 0 && !called && !held()) gather(kGatherMs);
  }
  hear_wakes();
}

// Let records come together. A stop, a flush and what is held end it early: nothing else wakes us while we are known to look.
void Drain::gather(int ms) {
  tell_look(true);
  const uint64_t now = now_ns();
  before_ = {.records = since_.records, .ns = now - since_.ns};
  since_ = {.records = 0, .ns = now};
  epoll_event events[3];
  epoll_wait(poll_.get(), events, 3, ms);
  hear_wakes();
}

// For how long to let records come together behind those that have. By two spans, the sleep before the last and all since: an agent
// that waited for a processor makes up for it in one.
int Drain::pause_ms() const {
  const auto ms = [](uint64_t ns) { return std::max(ns / UINT64_C(1000000), UINT64_C(1)); };
  const uint64_t now = now_ns();
  const auto many = [ms](uint64_t records, uint64_t ns) { return records >= kManyPerMs * ms(ns); };
  if (many(before_.records, before_.ns) && many(since_.records, now - since_.ns)) return kManyMs;
  return before_.records + since_.records < kFewPerMs * ms(before_.ns + now - since_.ns) ? kFewMs : kBusyMs;
}

// Whether somebody is to be asked about a record that waits. Ends nothing: what is looked at stays in its ring.
bool Drain::held() {
  decision_records_.clear();
  decisions_->collect(decision_records_, decisions_->size());
  return std::any_of(decision_records_.begin(), decision_records_.end(), is_held);
}

}  // namespace warder
