// SPDX-License-Identifier: Apache-2.0
// The drain: a thread that empties the two ring buffers and hands whole batches to JavaScript.
//
// Out: one Buffer per batch, whole records back to back in order of time_ns. A batch never holds an
// observation without every decision that was in its ring by then; the reverse, an observation that
// comes in a later batch than a younger decision, happens under load.
//
// Bounded: bytes that JavaScript has not yet dealt with never exceed backlog_bytes. A batch is dealt
// with when onBatch has returned, or the promise that it returned has settled. At the mark the
// thread stops taking, the rings fill, and the kernel counts what it cannot place.
// The memory of a batch is taken back when onBatch returns, not when the garbage collector comes
// by: its Buffer is then empty.
//
// Wakeups: after a batch we look again 3 to 20 ms later, so that the tail of a burst does not wait, and 3 ms after we were
// woken; we tell the kernel's programs that we do. When idle we look every 50 ms. Who looks by itself is woken for what is
// held alone, else at most every millisecond (bpf/emit.h). A program that was told so just before we fell asleep may still
// write its record: so the first sleep is as short as a look would be away.
#pragma once

#include <node_api.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "fd.h"
#include "record_source.h"
#include "ring.h"

namespace warder {

class Drain : public std::enable_shared_from_this<Drain> {
 public:
  // JS thread. `on_batch` is a function; what the source points to may go when the drain has been stopped. The drain
  // keeps `owner` until stop(), and the event loop alive. Throws KERNEL_RING, KERNEL_DRAIN.
  static std::shared_ptr<Drain> start(napi_env env, napi_value on_batch, const RecordSource& source, size_t backlog_bytes,
                                      std::shared_ptr<void> owner);
  ~Drain();
  Drain(const Drain&) = delete;
  Drain& operator=(const Drain&) = delete;

  // JS thread. Resolves `deferred` when all that is in the rings now has been given to on_batch;
  // rejects it with KERNEL_CLOSED when the drain is stopped before. Throws bad_alloc.
  void flush(napi_deferred deferred);

  // JS thread. Bytes that wait in the rings, and what they hold: decisions, then observations.
  struct Fill {
    uint64_t used;
    uint64_t size;
  };
  std::array<Fill, 2> fill() const;

  // JS thread, also from inside on_batch and while the environment ends. Joins the thread; batches
  // that have not been given yet are dropped. Idempotent.
  void stop();

 private:
  struct Message;
  struct Held;
  struct FlushMark {
    uint64_t id;
    uint64_t decisions;  // ring positions to get behind
    uint64_t observations;
  };

  Drain(napi_env env, const RecordSource& source, size_t backlog_bytes, std::shared_ptr<void> owner);

  // JS thread, by the thread-safe function.
  static void call_js(napi_env env, napi_value on_batch, void* context, void* data);
  void deliver(napi_env env, napi_value on_batch, Message& message);
  bool give_back_when_settled(napi_env env, napi_value result, size_t bytes);
  static napi_value on_settled(napi_env env, napi_callback_info info);
  void give_back(size_t bytes);
  void settle_flush(napi_env env, uint64_t id);

  // Drain thread.
  void run() noexcept;
  bool step();
  bool wait_for_room();
  size_t take(bool& more);
  bool send(std::unique_ptr<Message> message);
  bool answer_flushes();
  void wait_for_work();
  void hear_wakes() noexcept;
  void gather(int ms);
  int pause_ms() const;
  bool held();
  void tell_look(bool looks);

  void wake() noexcept;  // any thread

  const napi_env env_;
  std::unique_ptr<Ring> decisions_;  // until stop(): they hold the maps' memory
  std::unique_ptr<Ring> observations_;
  unsigned long long* const looks_until_ns_;
  bool looks_ = false;  // what was told last; drain thread
  const size_t backlog_bytes_;
  const size_t batch_bytes_;
  Fd wake_;   // eventfd: stop, flush, room
  Fd poll_;   // epoll of wake_ and the two rings
  napi_threadsafe_function function_ = nullptr;
  std::thread thread_;

  // JS thread.
  std::shared_ptr<void> owner_;
  std::map<uint64_t, napi_deferred> flushes_;
  uint64_t next_flush_ = 1;

  // Shared.
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> starved_ = false;        // the thread waits for room
  std::atomic<size_t> outstanding_bytes_ = 0;
  std::mutex marks_mutex_;
  std::vector<FlushMark> marks_;  // guarded by marks_mutex_

  // Drain thread.
  std::vector<Record> decision_records_;
  std::vector<Record> observation_records_;
  std::vector<Record> ordered_;
  struct Gathered {
    uint64_t records;
    uint64_t ns;
  };
  Gathered before_ = {};  // in the sleep before the last one, and how long that was
  Gathered since_ = {};   // taken since the last one began, and when that was
};

}  // namespace warder
