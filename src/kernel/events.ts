/**
 * Kernel records as plain objects: what decodeBatch (records.ts) makes of the bytes that bpf/event.h lays out.
 *
 * Strings here are raw: they have not been redacted and may not leave the host. Bytes that are not UTF-8 come
 * as text.ts says. Times are bigint nanoseconds of CLOCK_BOOTTIME; ids are numbers.
 */
import type { Privilege } from '../contract/pattern.ts';

export type VerdictName = 'none' | 'allow' | 'hold' | 'deny';
export type OutcomeName = 'done' | 'prevented' | 'terminated' | 'observed';
export type ReasonName =
  | 'none'
  | 'rule'
  | 'no_rule'
  | 'no_category'
  | 'no_policy'
  | 'lease'
  | 'unresolved'
  | 'family'
  | 'silent'
  | 'content'
  | 'budget'
  | 'resolver'
  // Of look-ups of names, which the resolver judges:
  | 'name'
  | 'type'
  | 'secret'
  | 'limit'
  | 'rebinding';

export interface KernelRuling {
  verdict: VerdictName;
  reason: ReasonName;
  /** Index of the layer, for `no_rule`. */
  layer: number;
  /** Number in the compiled policy, from 1; 0: none. */
  rule: number;
}

export interface KernelHead {
  timeNs: bigint;
  /** start_boottime of the process: with tgid and the boot id, its exec id. */
  startNs: bigint;
  tgid: number;
  tid: number;
  run: number;
  /** Number of the kernel policy that decided; 0: none. */
  policy: number;
  /** In force. */
  ruling: KernelRuling;
  /** Were every monitoring layer enforcing; the same object as `ruling` where they agree. */
  would: KernelRuling;
  outcome: OutcomeName;
  /** enum category, bpf/policy.h. */
  category: number;
  uid: number;
  comm: string;
  /** enum event_flag, bpf/event.h. */
  flags: number;
}

export interface ForkEvent extends KernelHead {
  kind: 'fork';
  parentTgid: number;
  parentStartNs: bigint;
}

export interface ExecEvent extends KernelHead {
  kind: 'exec';
  parentTgid: number;
  parentStartNs: bigint;
  cgroupId: bigint;
  inode: bigint;
  ctimeNs: bigint;
  sizeBytes: bigint;
  device: number;
  gid: number;
  argc: number;
  path: string;
  /** Empty unless a script was run: its name as passed. */
  script: string;
  workingDirectory: string;
  argv: string[];
}

export interface ExitEvent extends KernelHead {
  kind: 'exit';
  /** As wait(2) gives it. */
  status: number;
}

export interface OpenEvent extends KernelHead {
  kind: 'open';
  inode: bigint;
  sizeBytes: bigint;
  device: number;
  /** O_* of the struct file. */
  openFlags: number;
  mode: number;
  path: string;
}

export interface SocketEvent extends KernelHead {
  kind: 'connect' | 'send' | 'bind';
  family: 'ipv4' | 'ipv6' | 'other';
  protocol: number;
  port: number;
  /** Numeric, as inet_ntop writes it. */
  address: string;
}

export interface UnixEvent extends KernelHead {
  kind: 'unix';
  /** Of the socket's file; `@name` in the abstract space; empty for none. */
  path: string;
}

export type ChangeOperation =
  | 'create'
  | 'unlink'
  | 'mkdir'
  | 'rmdir'
  | 'rename'
  | 'link'
  | 'symlink'
  | 'truncate'
  | 'mode'
  | 'owner'
  | 'root'
  | 'times'
  | 'attribute'
  | 'flags';

export interface ChangeEvent extends KernelHead {
  kind: 'change';
  operation: ChangeOperation;
  /** st_mode, where the operation gives or has one. */
  mode: number;
  path: string;
  /** Second name of a rename or link, what a symlink says; else empty. */
  target: string;
}

/** A file was mapped executable. */
export interface LoadEvent extends KernelHead {
  kind: 'load';
  inode: bigint;
  sizeBytes: bigint;
  device: number;
  /** PROT_* of the mapping. */
  protection: number;
  mode: number;
  path: string;
}

export interface PrivilegedEvent extends KernelHead {
  kind: 'privileged';
  /** `host`: what no policy grants; `detail` is a capability's number or one of enum host_reach (bpf/policy.h). */
  privilege: Privilege | 'host';
  /** Socket type, signal or bpf command, by privilege. */
  detail: number;
  /** tgid of the other process, 0 where there is none. */
  targetTgid: number;
}

export type ContextOperation = 'user' | 'capabilities' | 'namespaces' | 'memfd' | 'trace' | 'traced';

/** What a process is changed, or it went past files. As it is afterwards. */
export interface ContextEvent extends KernelHead {
  kind: 'context';
  operation: ContextOperation;
  /** Effective, a bit each. */
  capabilities: bigint;
  /** Real and effective, in the initial user namespace. */
  realUid: number;
  effectiveUid: number;
  realGid: number;
  effectiveGid: number;
  /** Those that are others now, as /proc/PID/ns has them. */
  namespaces: string[];
  /** Of a memfd; else empty. */
  name: string;
  /** tgid of the other process, 0 where there is none. */
  targetTgid: number;
}

export type KernelEvent =
  | ForkEvent
  | ExecEvent
  | ExitEvent
  | OpenEvent
  | SocketEvent
  | UnixEvent
  | ChangeEvent
  | LoadEvent
  | PrivilegedEvent
  | ContextEvent;

/** Records that are missing since load, by kind and cause; counts only grow. */
export interface LossCount {
  kind: string;
  cause: string;
  records: bigint;
}
