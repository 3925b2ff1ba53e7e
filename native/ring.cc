// SPDX-License-Identifier: Apache-2.0
// The consumer's side of a BPF ring buffer. See ring.h.
#include "ring.h"

#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "error.h"
#include "event.h"

namespace warder {
namespace {

// Positions and lengths are shared with the kernel, which stores with release and loads with acquire.
template <typename Word>
Word load_acquire(const void* at) {
  return __atomic_load_n(static_cast<const Word*>(at), __ATOMIC_ACQUIRE);
}

}  // namespace

void Record::copy(uint8_t* to) const {
  std::memcpy(to, data, whole);
  std::memcpy(to + whole, rest, size - whole);
}

Ring::Ring(int fd, size_t size_bytes) : page_(static_cast<size_t>(sysconf(_SC_PAGESIZE))), size_(size_bytes) {
  void* consumer = mmap(nullptr, page_, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (consumer == MAP_FAILED) throw Failure("KERNEL_RING", "cannot map a ring buffer's consumer page", errno);
  void* producer = mmap(nullptr, page_ + size_, PROT_READ, MAP_SHARED, fd, static_cast<off_t>(page_));
  if (producer == MAP_FAILED) {
    const int error = errno;
    munmap(consumer, page_);
    throw Failure("KERNEL_RING", "cannot map a ring buffer of " + std::to_string(size_) + " bytes", error);
  }
  consumer_ = consumer;
  producer_ = producer;
  data_ = static_cast<const uint8_t*>(producer) + page_;
}

Ring::~Ring() {
  munmap(consumer_, page_);
  munmap(producer_, page_ + size_);
}

uint64_t Ring::consumed() const { return load_acquire<unsigned long>(consumer_); }

uint64_t Ring::produced() const { return load_acquire<unsigned long>(producer_); }

void Ring::release(uint64_t position) {
  __atomic_store_n(static_cast<unsigned long*>(consumer_), position, __ATOMIC_RELEASE);
}

// Of a record that begins at `begin`: it lies on 8 bytes, and so is never torn.
uint64_t Ring::time_at(size_t begin) const {
  static_assert(offsetof(event_head, time_ns) % sizeof(uint64_t) == 0, "the time of an event can be torn");
  uint64_t time_ns = 0;
  std::memcpy(&time_ns, data_ + ((begin + offsetof(event_head, time_ns)) & (size_ - 1)), sizeof time_ns);
  return time_ns;
}

Ring::Span Ring::collect(std::vector<Record>& records, size_t limit_bytes) const {
  Span span = {.end = consumed(), .bytes = 0, .more = false};
  const uint64_t produced_at = produced();
  while (span.end < produced_at) {
    const uint8_t* header = data_ + (span.end & (size_ - 1));
    const uint32_t length = load_acquire<uint32_t>(header);
    if ((length & BPF_RINGBUF_BUSY_BIT) != 0) break;  // reserved, not yet written
    const size_t size = length & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
    const uint64_t end = span.end + ((size + BPF_RINGBUF_HDR_SZ + 7) & ~size_t{7});
    if ((length & BPF_RINGBUF_DISCARD_BIT) == 0) {
      if (span.bytes != 0 && span.bytes + size > limit_bytes) {
        span.more = true;
        break;
      }
      const size_t begin = (span.end + BPF_RINGBUF_HDR_SZ) & (size_ - 1);
      const Record record = {.time_ns = size < sizeof(event_head) ? 0 : time_at(begin),
                             .data = data_ + begin,
                             .whole = std::min(size, size_ - begin),
                             .rest = data_,
                             .size = size,
                             .end = end};
      records.push_back(record);
      span.bytes += size;
    }
    span.end = end;
  }
  return span;
}

}  // namespace warder
