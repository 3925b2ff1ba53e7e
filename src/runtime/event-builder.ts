/**
 * From a kernel event to the event that leaves the host: who did it, under which run and agent, with every
 * string redacted.
 *
 * In:     raw kernel events, in order; a table of runs; the decision texts of each kernel policy.
 * Out:    sealed Event messages; the uplink numbers them. Events of unknown runs are counted, not built.
 */
import { basename } from 'node:path';
import { toLong } from '../contract/int64.ts';
import {
  type Decision,
  type Event,
  type Loss,
  Outcome,
  type Process,
  Reason,
  Verdict,
} from '../contract/messages.ts';
import type { KernelEvent, LossCount } from '../kernel/events.ts';
import { enums } from '../kernel/generated/layout.ts';
import type { Asker } from '../kernel/named.ts';
import { EVENT_CUT } from '../kernel/names.ts';
import type { DecisionTexts } from './decision-texts.ts';
import type { LookupTold, Ruled } from './egress/lookup.ts';
import { eventDetail, lookupDetail } from './event-details.ts';
import type { Processes, ProcessRecord } from './identity/processes.ts';
import type { Users } from './identity/users.ts';
import type { RefusedCall } from './launch/launcher.ts';
import { ownText, type Sealed } from './redaction/redacted.ts';
import type { RunStrings } from './runs/strings.ts';
import { privilegeOf } from './walls/refused-calls.ts';

export type SealedEvent = Sealed<Event>;

/** What the builder knows of a run: kernel events name it by number. */
export interface RunIdentity {
  run: string;
  agent: string;
  strings: RunStrings;
  /** The host name that an address was given for, by preference one that the rule of this number is about. */
  nameOf?: (address: string, rule: number) => string | undefined;
}

export interface EventBuilderOptions {
  processes: Processes;
  users: Users;
  /** By the run's number in the kernel. */
  runs: ReadonlyMap<number, RunIdentity>;
  /** By the policy's number in the kernel. */
  decisions: ReadonlyMap<number, DecisionTexts>;
  /** For what was refused without a policy. */
  undecided: DecisionTexts;
  /** CLOCK_BOOTTIME nanoseconds to nanoseconds since 1970. */
  toUnixNs: (bootNs: bigint) => bigint;
}

/** How a process was told last, and what of. */
interface Actor {
  strings: RunStrings;
  knowledge: number;
  executable: string;
  comm: string;
  message: Sealed<Process>;
}

/** More than end between two looks at the rings, the second of which is at most a twentieth of a second later. */
const LATELY = 256;

export class EventBuilder {
  readonly #options: EventBuilderOptions;
  readonly #actors = new WeakMap<ProcessRecord, Actor>();
  /** Of those that have ended, whose messages are still known; oldest first. */
  readonly #lately = new Set<ProcessRecord>();
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
    const { strings } = identity;
    strings.begin();
    const detail = eventDetail(event, strings, identity.nameOf);
    const built: SealedEvent = {
      agent: ownText(identity.agent),
      run: ownText(identity.run),
      timeUnixNs: toLong(this.#options.toUnixNs(event.timeNs)),
      process: this.#actor(event, process, strings),
      cut: (event.flags & EVENT_CUT) !== 0,
    };
    Object.assign(built, detail);
    if (event.ruling.verdict !== 'none') built.decision = this.#decision(event);
    if (process.ended) this.#hasEnded(process);
    const redactions = strings.redactions();
    if (redactions) built.redactions = redactions;
    return built;
  }

  /** What Warder itself has to say of a run: its beginning and end. */
  own(
    identity: RunIdentity,
    detail: Sealed<Pick<Event, 'runStarted' | 'runEnded'>>,
    unixNs: bigint,
  ): SealedEvent {
    const redactions = identity.strings.redactions();
    return {
      ...envelope(identity),
      timeUnixNs: toLong(unixNs),
      ...detail,
      ...(redactions ? { redactions } : {}),
    };
  }

  /** A system call that the walls of a run refused. The process is told as far as it is known. */
  refusedCall(
    identity: RunIdentity,
    { tgid, tid, uid, call, number }: RefusedCall,
    unixNs: bigint,
  ): SealedEvent {
    const process = this.#options.processes.latest(tgid);
    const { strings } = identity;
    strings.begin();
    return {
      ...envelope(identity),
      timeUnixNs: toLong(unixNs),
      process: {
        execId: ownText(process?.execId ?? ''),
        pid: tgid,
        tid,
        uid,
        user: strings.name(this.#options.users.nameOf(uid)),
        executable: strings.path(process?.executable ?? ''),
        comm: strings.name(basename(process?.executable ?? '')),
        parentExecId: ownText(process?.parentExecId ?? ''),
      },
      decision: {
        verdict: Verdict.VERDICT_DENY,
        reason: Reason.REASON_NO_RULE,
        layer: ownText('builtin:walls'),
        outcome: Outcome.OUTCOME_PREVENTED,
        category: ownText('privileged'),
      },
      privileged: { privilege: ownText(privilegeOf(call)), detail: number, targetPid: 0 },
    };
  }

  /** What a run has used in all, and other words of Warder's own about it that hold nothing of the agent's. */
  said(
    { agent, run }: { agent: string; run: string },
    detail: Sealed<Pick<Event, 'usage' | 'notice'>>,
    unixNs: bigint,
  ): SealedEvent {
    return { agent: ownText(agent), run: ownText(run), timeUnixNs: toLong(unixNs), ...detail };
  }

  /** A look-up of a name that the resolver answered. */
  lookup(identity: RunIdentity, asker: Asker, told: LookupTold, unixNs: bigint): SealedEvent {
    const process = this.#options.processes.of(asker);
    const { strings } = identity;
    strings.begin();
    const event: SealedEvent = {
      ...envelope(identity),
      timeUnixNs: toLong(unixNs),
      process: {
        execId: ownText(process.execId),
        pid: asker.tgid,
        tid: asker.tid,
        uid: asker.uid,
        user: strings.name(this.#options.users.nameOf(asker.uid)),
        executable: strings.path(process.executable),
        comm: strings.name(asker.comm),
        parentExecId: ownText(process.parentExecId),
      },
      nameLookup: lookupDetail(told, strings),
    };
    if (told.decision) event.decision = this.#ruled(asker.policy, told.decision);
    const redactions = strings.redactions();
    if (redactions) event.redactions = redactions;
    return event;
  }

  #ruled(policy: number, decision: Ruled): Sealed<Decision> {
    const { decisions, undecided } = this.#options;
    const refusal =
      'reason' in decision
        ? ({ verdict: 'deny', reason: decision.reason, layer: 0, rule: 0 } as const)
        : null;
    const { ruling, would } = 'reason' in decision ? { ruling: refusal!, would: refusal! } : decision;
    const outcome = ruling.verdict === 'deny' ? 'prevented' : 'done';
    return (decisions.get(policy) ?? undecided).of({
      ruling,
      would,
      outcome,
      category: enums.category.CATEGORY_CONNECT,
    });
  }

  loss(counts: readonly LossCount[], unixNs: bigint): SealedEvent {
    const loss: Sealed<Loss> = {
      counts: counts.map((count) => ({
        kind: ownText(count.kind),
        cause: ownText(count.cause),
        records: toLong(count.records),
      })),
    };
    return { timeUnixNs: toLong(unixNs), loss };
  }

  /**
   * The process of an event. Most events of a process tell it as the one before did, and share the message; not where
   * something was taken out of it, which is counted for each event, or something has been learned since.
   */
  #actor(event: KernelEvent, process: ProcessRecord, strings: RunStrings): Sealed<Process> {
    const { execId, executable, parentExecId } = process;
    const known = this.#actors.get(process);
    if (
      known &&
      known.strings === strings &&
      known.knowledge === strings.knowledge &&
      known.executable === executable &&
      known.comm === event.comm &&
      known.message.tid === event.tid &&
      known.message.uid === event.uid &&
      known.message.parentExecId === parentExecId
    ) {
      return known.message;
    }
    const { findings } = strings;
    const message = {
      execId: ownText(execId),
      pid: event.tgid,
      tid: event.tid,
      uid: event.uid,
      user: strings.name(this.#options.users.nameOf(event.uid)),
      executable: strings.path(executable),
      comm: strings.name(event.comm),
      parentExecId: ownText(parentExecId),
    };
    if (strings.findings === findings) {
      const { knowledge } = strings;
      this.#actors.set(process, { strings, knowledge, executable, comm: event.comm, message });
    }
    return message;
  }

  /**
   * Thousands that ended are known for long, and their messages with what is encoded of them would be most of that. Not at once:
   * ends have a ring of their own, so that what a process did last comes behind them.
   */
  #hasEnded(process: ProcessRecord): void {
    this.#lately.add(process);
    if (this.#lately.size <= LATELY) return;
    const [oldest] = this.#lately;
    this.#lately.delete(oldest!);
    this.#actors.delete(oldest!);
  }

  #track(event: KernelEvent): ProcessRecord | undefined {
    const { processes } = this.#options;
    if (event.kind === 'fork') return processes.forked(event);
    // A refused exec leaves the image as it was, or ends the process.
    if (event.kind === 'exec' && event.outcome !== 'prevented') return processes.executed(event);
    if (event.kind === 'exit') return processes.exited(event);
    return processes.of(event);
  }

  #decision(event: KernelEvent): Sealed<Decision> {
    const { decisions, undecided } = this.#options;
    return (decisions.get(event.policy) ?? undecided).of(event);
  }
}

function envelope({ agent, run }: RunIdentity): SealedEvent {
  return { agent: ownText(agent), run: ownText(run) };
}
