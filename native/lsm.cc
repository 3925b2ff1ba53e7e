// SPDX-License-Identifier: Apache-2.0
// Whether BPF LSM programs really decide on this host. See lsm.h.
#include "lsm.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <iterator>
#include <memory>

#include "error.h"
#include "fd.h"

namespace warder {
namespace {

constexpr bpf_insn instruction(int code, int destination, int source, int16_t offset, int32_t immediate) {
  bpf_insn one = {};
  one.code = static_cast<__u8>(code);
  one.dst_reg = static_cast<__u8>(destination) & 0xf;
  one.src_reg = static_cast<__u8>(source) & 0xf;
  one.off = offset;
  one.imm = immediate;
  return one;
}

// file_open: -EPERM for `thread`, 0 for all others. Pid namespaces do not matter: the helper and the
// number both speak of the initial one only where we run in it, and elsewhere the probe says no.
Fd load_refusal(uint32_t thread, __u32 hook) {
  const bpf_insn program[] = {
      instruction(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_current_pid_tgid),
      instruction(BPF_JMP32 | BPF_JEQ | BPF_K, BPF_REG_0, 0, 2, static_cast<int32_t>(thread)),
      instruction(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0),
      instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
      instruction(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, -EPERM),
      instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
  };
  LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_LSM_MAC, .attach_btf_id = hook);
  return Fd(bpf_prog_load(BPF_PROG_TYPE_LSM, "warder_probe", "GPL", program, std::size(program), &options));
}

}  // namespace

LsmProbe probe_bpf_lsm() {
  const std::unique_ptr<btf, void (*)(btf*)> types(btf__load_vmlinux_btf(), btf__free);
  return types ? probe_bpf_lsm(types.get()) : LsmProbe{LsmState::absent, 0};
}

LsmProbe probe_bpf_lsm(const btf* types) {
  const LibbpfLog quiet;
  const int hook = btf__find_by_name_kind(types, "bpf_lsm_file_open", BTF_KIND_FUNC);
  if (hook < 0) return {LsmState::absent, 0};
  const Fd program = load_refusal(static_cast<uint32_t>(syscall(SYS_gettid)), static_cast<__u32>(hook));
  if (!program.open()) return {LsmState::refused, errno};
  const Fd link(bpf_raw_tracepoint_open(nullptr, program.get()));
  if (!link.open()) return {LsmState::refused, errno};
  const Fd file(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const bool is_refused = !file.open() && errno == EPERM;
  return {is_refused ? LsmState::works : LsmState::uncalled, 0};
}

}  // namespace warder
