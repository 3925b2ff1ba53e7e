// SPDX-License-Identifier: Apache-2.0
// Whether BPF LSM programs really decide on this host.
//
// Tried, not read: a list that names `bpf` does not say that such programs load (some hosts refuse
// them), nor that they are called (without `bpf` in lsm= they attach and never run).
#pragma once

namespace warder {

// Loads and attaches a program that refuses one file to this thread alone, opens that file, and sees
// whether it was refused. Any thread; leaves nothing behind.
bool bpf_lsm_works();

}  // namespace warder
