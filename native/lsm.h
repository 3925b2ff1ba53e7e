// SPDX-License-Identifier: Apache-2.0
// Whether BPF LSM programs really decide on this host.
//
// Tried, not read: a list that names `bpf` does not say that such programs load (some hosts refuse
// them), nor that they are called (without `bpf` in lsm= they attach and never run).
#pragma once

struct btf;

namespace warder {

enum class LsmState {
  works,
  absent,    // the kernel is built without BPF LSM
  refused,   // it does not load or attach such a program for us
  uncalled,  // it attaches it and does not ask it
};

struct LsmProbe {
  LsmState state;
  int error;  // errno of a refusal, else 0
};

// Loads and attaches a program that refuses one file to this thread alone, opens that file, and sees
// whether it was refused. Any thread; leaves nothing behind.
LsmProbe probe_bpf_lsm();

// The same, of the kernel's types as they have been read already.
LsmProbe probe_bpf_lsm(const btf* types);

}  // namespace warder
