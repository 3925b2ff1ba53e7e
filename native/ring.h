// SPDX-License-Identifier: Apache-2.0
// The consumer's side of one BPF ring buffer (Linux 5.8; layout: kernel/bpf/ringbuf.c and
// include/uapi/linux/bpf.h), read in place.
//
// Not libbpf's ring_buffer: that hands out one record per call and moves on, while a batch here is
// measured and put in order before anything is given back to the kernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace warder {

// One committed record, in the ring's memory until released.
struct Record {
  uint64_t time_ns;
  const uint8_t* data;
  size_t whole;         // bytes there; the others are where the ring begins again
  const uint8_t* rest;
  size_t size;
  uint64_t end;         // position in the ring behind it

  // All of it, one behind the other.
  void copy(uint8_t* to) const;
};

class Ring {
 public:
  // `fd` stays the caller's and is not needed afterwards. Throws KERNEL_RING.
  Ring(int fd, size_t size_bytes);
  ~Ring();
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  // What collect() found, and what release() is to be given when it has been copied.
  struct Span {
    uint64_t end;  // position behind the last record, and behind discarded ones after it
    size_t bytes;  // of the records
    bool more;     // the limit ended it, not the ring
  };

  // Append committed records to `records`, in ring order, until the next would exceed
  // `limit_bytes`; the first is taken whatever its size. Drain thread.
  Span collect(std::vector<Record>& records, size_t limit_bytes) const;

  // Give everything before `position` back to the kernel. Drain thread.
  void release(uint64_t position);

  // Where the consumer is. Any thread; exact on the drain thread.
  uint64_t consumed() const;

  // Where the kernel is. Any thread.
  uint64_t produced() const;

  size_t size() const { return size_; }

 private:
  uint64_t time_at(size_t begin) const;

  size_t page_;
  size_t size_;
  void* consumer_ = nullptr;  // one page, ours to write
  void* producer_ = nullptr;  // one page, then the data, once: each mapping of it counts as memory of this process
  const uint8_t* data_ = nullptr;
};

}  // namespace warder
