/**
 * The governed processes that are known: what a process runs, and who its parent was, also after either ended.
 *
 * In:     fork, exec and exit events in order.
 * Out:    a ProcessRecord per (tgid, start time); events about a process that was not seen before make one.
 * Bounded: ended processes are forgotten oldest first past `keepEnded`; live ones never.
 */
import type { ExecEvent, ExitEvent, ForkEvent, KernelHead } from '../../kernel/events.ts';
import type { ExecIds } from './exec-id.ts';

export interface ProcessRecord {
  readonly execId: string;
  readonly tgid: number;
  /** Empty where it is not known: a parent outside the run that was never seen. */
  parentExecId: string;
  /** Resolved path of the image it runs; empty until known. */
  executable: string;
  ended: boolean;
}

export class Processes {
  readonly #byKey = new Map<string, ProcessRecord>();
  readonly #ended: string[] = [];
  readonly #execIds: ExecIds;
  readonly #keepEnded: number;

  constructor(execIds: ExecIds, keepEnded = 16_384) {
    this.#execIds = execIds;
    this.#keepEnded = keepEnded;
  }

  /** Grows with every process that is new, executes or ends. */
  changes = 0;

  /** Those that have not ended, oldest first; of more than `most`, the youngest. */
  live(most = 16_384): Omit<ProcessRecord, 'ended'>[] {
    const live = [...this.#byKey.values()].filter((process) => !process.ended).slice(-most);
    return live.map(({ execId, tgid, parentExecId, executable }) => ({
      execId,
      tgid,
      parentExecId,
      executable,
    }));
  }

  /** What another runtime knew of a process that still is; what is known here already stays. */
  restore(known: Omit<ProcessRecord, 'ended'>): void {
    if (!this.#byKey.has(known.execId)) this.#byKey.set(known.execId, { ...known, ended: false });
  }

  /** Forgets all but these: they have ended unseen. */
  keep(execIds: ReadonlySet<string>): void {
    for (const execId of this.#byKey.keys()) if (!execIds.has(execId)) this.#byKey.delete(execId);
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** The process that acts in an event. */
  of(head: Pick<KernelHead, 'tgid' | 'startNs'>): ProcessRecord {
    const execId = this.#execIds.of(head.tgid, head.startNs);
    const known = this.#byKey.get(execId);
    if (known) return known;
    this.changes++;
    const record: ProcessRecord = { execId, tgid: head.tgid, parentExecId: '', executable: '', ended: false };
    this.#byKey.set(execId, record);
    return record;
  }

  /** The latest process of a number, where only that is known; it may have ended since. */
  latest(tgid: number): ProcessRecord | undefined {
    let found: ProcessRecord | undefined;
    for (const process of this.#byKey.values()) if (process.tgid === tgid) found = process;
    return found;
  }

  /** A child starts as a copy of its parent: it runs the same image until it execs. */
  forked(event: ForkEvent): ProcessRecord {
    const child = this.of(event);
    const parent = this.#byKey.get(this.#execIds.of(event.parentTgid, event.parentStartNs));
    child.parentExecId = this.#execIds.of(event.parentTgid, event.parentStartNs);
    child.executable = parent?.executable ?? '';
    return child;
  }

  executed(event: ExecEvent): ProcessRecord {
    const process = this.of(event);
    this.changes++;
    process.parentExecId ||= this.#execIds.of(event.parentTgid, event.parentStartNs);
    process.executable = event.path;
    return process;
  }

  /** Returns the process, or undefined when its end was told before (two last threads that ended at once). */
  exited(event: ExitEvent): ProcessRecord | undefined {
    const process = this.of(event);
    if (process.ended) return undefined;
    process.ended = true;
    this.changes++;
    this.#ended.push(process.execId);
    if (this.#ended.length > this.#keepEnded) {
      for (const execId of this.#ended.splice(0, this.#ended.length >> 1)) this.#byKey.delete(execId);
    }
    return process;
  }
}
