// SPDX-License-Identifier: Apache-2.0
// Where a drain finds the kernel's records, and tells the kernel's programs that it looks.
#pragma once

struct bpf_map;

namespace warder {

struct RecordSource {
  const bpf_map* decisions;
  const bpf_map* observations;
  unsigned long long* looks_until_ns;  // in the programs' own memory (bpf/emit.h)
};

}  // namespace warder
