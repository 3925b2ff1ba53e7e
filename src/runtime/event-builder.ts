/**
 * From a kernel event to the event that leaves the host: who did it, under which run and agent, with every
 * string redacted.
 *
 * In:     raw kernel events, in order; a table of runs; the decision texts of each kernel policy.
 * Out:    sealed Event messages; the uplink numbers them. Events of unknown runs are counted, not built.
 */

import { toLong } from '../contract/int64.ts';
import type {
  Event,
  Exec,
  FileChange,
  FileOpen,
  Load,
  Loss,
  NetworkAction,
  Notice,
  Privileged,
  Process,
} from '../contract/messages.ts';
import { NetworkKind } from '../contract/messages.ts';
import type {
  ChangeEvent,
  ExecEvent,
  KernelEvent,
  LoadEvent,
  LossCount,
  OpenEvent,
  PrivilegedEvent,
  SocketEvent,
  UnixEvent,
} from '../kernel/events.ts';
import { EVENT_CUT, EVENT_FLAG, PROTOCOL_NAMES } from '../kernel/names.ts';
import type { DecisionTexts } from './decision-texts.ts';
import type { Processes, ProcessRecord } from './identity/processes.ts';
import type { UserNames } from './identity/users.ts';
import {
  ownText,
  type Redacted,
  type RedactionCounts,
  type Redactor,
  type Sealed,
} from './redaction/redacted.ts';

export type SealedEvent = Sealed<Event>;

/** What the builder knows of a run: kernel events name it by number. */
export interface RunIdentity {
  run: string;
  agent: string;
  redactor: Redactor;
}

export interface EventBuilderOptions {
  processes: Processes;
  users: UserNames;
  /** By the run's number in the kernel. */
  runs: ReadonlyMap<number, RunIdentity>;
  /** By the policy's number in the kernel. */
  decisions: ReadonlyMap<number, DecisionTexts>;
  /** For what was refused without a policy. */
  undecided: DecisionTexts;
  /** CLOCK_BOOTTIME nanoseconds to nanoseconds since 1970. */
  toUnixNs: (bootNs: bigint) => bigint;
}

/** Cleaned strings that come again and again; dropped whole when full. */
const CACHE_ENTRIES = 8192;

interface CleanedPath {
  text: Redacted;
  counts: RedactionCounts;
}

const O_ACCMODE = 0o3;
const O_WRONLY = 0o1;
const O_CREAT = 0o100;
const O_TRUNC = 0o1000;
const S_IFMT = 0o170000;
const S_IFDIR = 0o040000;

export class EventBuilder {
  readonly #options: EventBuilderOptions;
  readonly #paths = new Map<string, CleanedPath>();
  /** Events of runs that nobody here started; none is expected. */
  unknownRuns = 0;

  constructor(options: EventBuilderOptions) {
    this.#options = options;
  }

  /** The event that leaves the host, or undefined where there is nothing to tell. */
  build(event: KernelEvent): SealedEvent | undefined {
    const identity = this.#options.runs.get(event.run);
    if (!identity) {
      this.unknownRuns++;
      return undefined;
    }
    const process = this.#track(event);
    if (!process) return undefined;
    const counts: RedactionCounts = {};
    const detail = this.#detail(event, identity.redactor, counts);
    const executable = this.#path(process.executable, identity.redactor);
    const built: SealedEvent = {
      ...envelope(identity),
      timeUnixNs: toLong(this.#options.toUnixNs(event.timeNs)),
      process: {
        execId: ownText(process.execId),
        pid: event.tgid,
        tid: event.tid,
        uid: event.uid,
        user: identity.redactor.text(this.#options.users.nameOf(event.uid), counts),
        executable: executable.text,
        comm: identity.redactor.text(event.comm, counts),
        parentExecId: ownText(process.parentExecId),
      } satisfies Sealed<Process>,
      cut: (event.flags & EVENT_CUT) !== 0,
      ...detail,
    };
    if (event.ruling.verdict !== 'none') built.decision = this.#decision(event);
    add(counts, executable.counts);
    const redactions = Object.entries(counts);
    if (redactions.length > 0) {
      built.redactions = redactions.map(([kind, count]) => ({ kind: ownText(kind), count }));
    }
    return built;
  }

  /** What Warder itself has to say: a run's beginning and end, losses, notices. */
  own(
    identity: RunIdentity | undefined,
    detail: Sealed<Pick<Event, 'runStarted' | 'runEnded' | 'loss' | 'notice'>>,
    unixNs: bigint,
  ): SealedEvent {
    return {
      ...(identity ? envelope(identity) : {}),
      timeUnixNs: toLong(unixNs),
      ...detail,
    };
  }

  loss(counts: readonly LossCount[], unixNs: bigint): SealedEvent {
    const loss: Sealed<Loss> = {
      counts: counts.map((count) => ({
        kind: ownText(count.kind),
        cause: ownText(count.cause),
        records: toLong(count.records),
      })),
    };
    return this.own(undefined, { loss }, unixNs);
  }

  notice(identity: RunIdentity | undefined, kind: string, text: Redacted, unixNs: bigint): SealedEvent {
    const notice: Sealed<Notice> = { kind: ownText(kind), text };
    return this.own(identity, { notice }, unixNs);
  }

  #track(event: KernelEvent): ProcessRecord | undefined {
    const { processes } = this.#options;
    if (event.kind === 'fork') return processes.forked(event);
    if (event.kind === 'exec') return processes.executed(event);
    if (event.kind === 'exit') return processes.exited(event);
    return processes.of(event);
  }

  #decision(event: KernelEvent) {
    const { decisions, undecided } = this.#options;
    return (decisions.get(event.policy) ?? undecided).of(event);
  }

  #detail(event: KernelEvent, redactor: Redactor, counts: RedactionCounts): SealedEvent {
    switch (event.kind) {
      case 'fork':
        return { forked: {} };
      case 'exec':
        return { exec: this.#exec(event, redactor, counts) };
      case 'exit':
        return { exited: { code: (event.status >> 8) & 0xff, signal: event.status & 0x7f } };
      case 'open':
        return { fileOpen: this.#open(event, redactor, counts) };
      case 'change':
        return { fileChange: this.#change(event, redactor, counts) };
      case 'load':
        return { load: this.#load(event, redactor, counts) };
      case 'unix':
        return { network: this.#unix(event, redactor, counts) };
      case 'privileged':
        return { privileged: privileged(event) };
      default:
        return { network: network(event) };
    }
  }

  #exec(event: ExecEvent, redactor: Redactor, counts: RedactionCounts): Sealed<Exec> {
    return {
      path: this.#counted(event.path, redactor, counts),
      script: redactor.path(event.script, counts),
      argv: redactor.argv(event.argv, counts),
      argvCut: (event.flags & EVENT_FLAG.EVENT_CUT_ARGV) !== 0,
      workingDirectory: this.#counted(event.workingDirectory, redactor, counts),
      cgroupId: toLong(event.cgroupId),
      gid: event.gid,
      inode: toLong(event.inode),
      device: event.device,
      deleted: (event.flags & (EVENT_FLAG.EVENT_DELETED | EVENT_FLAG.EVENT_MEMFD)) !== 0,
    };
  }

  #open(event: OpenEvent, redactor: Redactor, counts: RedactionCounts): Sealed<FileOpen> {
    const access = event.openFlags & O_ACCMODE;
    return {
      path: this.#counted(event.path, redactor, counts),
      read: access !== O_WRONLY,
      write: access !== 0,
      create: (event.openFlags & O_CREAT) !== 0,
      truncate: (event.openFlags & O_TRUNC) !== 0,
      inode: toLong(event.inode),
      device: event.device,
      directory: (event.mode & S_IFMT) === S_IFDIR,
      deleted: (event.flags & EVENT_FLAG.EVENT_DELETED) !== 0,
    };
  }

  #change(event: ChangeEvent, redactor: Redactor, counts: RedactionCounts): Sealed<FileChange> {
    return {
      operation: ownText(event.operation),
      path: this.#counted(event.path, redactor, counts),
      target: this.#counted(event.target, redactor, counts),
      mode: event.mode,
    };
  }

  #load(event: LoadEvent, redactor: Redactor, counts: RedactionCounts): Sealed<Load> {
    const path = this.#counted(event.path, redactor, counts);
    return { path, inode: toLong(event.inode), device: event.device };
  }

  #unix(event: UnixEvent, redactor: Redactor, counts: RedactionCounts): Sealed<NetworkAction> {
    const address = this.#counted(event.path, redactor, counts);
    return { kind: NetworkKind.KIND_CONNECT, protocol: ownText('unix'), address, port: 0 };
  }

  #counted(path: string, redactor: Redactor, counts: RedactionCounts): Redacted {
    const cleaned = this.#path(path, redactor);
    add(counts, cleaned.counts);
    return cleaned.text;
  }

  #path(path: string, redactor: Redactor): CleanedPath {
    const known = this.#paths.get(path);
    if (known) return known;
    const counts: RedactionCounts = {};
    const cleaned = { text: redactor.path(path, counts), counts };
    if (this.#paths.size >= CACHE_ENTRIES) this.#paths.clear();
    this.#paths.set(path, cleaned);
    return cleaned;
  }
}

function envelope({ agent, run }: RunIdentity): SealedEvent {
  return { agent: ownText(agent), run: ownText(run) };
}

function privileged(event: PrivilegedEvent): Sealed<Privileged> {
  return { privilege: ownText(event.privilege), detail: event.detail, targetPid: event.targetTgid };
}

function network(event: SocketEvent): Sealed<NetworkAction> {
  const kinds = {
    connect: NetworkKind.KIND_CONNECT,
    send: NetworkKind.KIND_SEND,
    bind: NetworkKind.KIND_BIND,
  };
  return {
    kind: kinds[event.kind],
    protocol: ownText(PROTOCOL_NAMES[event.protocol] ?? String(event.protocol)),
    address: ownText(event.address),
    port: event.port,
  };
}

function add(counts: RedactionCounts, more: RedactionCounts): void {
  for (const kind in more) counts[kind] = (counts[kind] ?? 0) + more[kind]!;
}
