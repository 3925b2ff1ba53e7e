/**
 * What the runtime and its resolver's thread say to each other. All of it can be cloned.
 */
import type { MessagePort } from 'node:worker_threads';
import type { NameDescriptors, OpenedSockets } from '../../kernel/addon.ts';
import type { Asker } from '../../kernel/named.ts';
import type { Given } from './given-ring.ts';
import type { LookupTold } from './lookup.ts';
import type { NamePolicy } from './name-policy.ts';
import type { Server } from './resolv-conf.ts';

export interface Fault {
  code: string;
  message: string;
  fix: string;
}

export type ToThread =
  /** Its sockets in a network namespace: a descriptor of that, or -1; the thread's from here on, and closed by it. */
  | { kind: 'listen'; network: number; opened: OpenedSockets }
  | { kind: 'leave'; network: number }
  /** Undefined: those of resolv.conf(5). */
  | { kind: 'servers'; servers: readonly Server[] | undefined }
  /** A policy is about to be in force: what was given under others of the run is given under it. */
  | { kind: 'policy'; run: number; policy: number; says: NamePolicy }
  /** A policy is not in force any more, or never was. */
  | { kind: 'remove'; run: number; policy: number }
  /** A run is over. */
  | { kind: 'forget'; run: number }
  | { kind: 'secret'; id: number; holds: boolean }
  /** So many of what was told of a run has arrived. */
  | { kind: 'seen'; run: number; count: number }
  /** Answered by `done` once all before it is done, with the first fault since the last one. */
  | { kind: 'call'; id: number }
  | { kind: 'close' };

/** One that was answered, when, and for whom. */
export interface Lookup {
  asker: Asker;
  told: LookupTold;
  unixNs: bigint;
}

export type FromThread =
  /** What there was no room for in the ring (given-ring.ts). */
  | ({ kind: 'given' } & Given)
  | { kind: 'told'; lookups: Lookup[] }
  | { kind: 'secret'; id: number; run: number; name: string }
  | { kind: 'problem'; fault: Fault }
  | { kind: 'done'; id: number; fault: Fault | undefined };

export interface ThreadData {
  port: MessagePort;
  /** Counts what was said on the port by the thread in answer to calls: a caller waits for it to change. */
  answers: SharedArrayBuffer;
  /** Addresses that are about to be told, and are in the kernel: before anybody can connect to them. See given-ring.ts. */
  given: SharedArrayBuffer;
  descriptors: NameDescriptors;
}
