/**
 * Events of which whoever watches a run shows no more than how many there were: allowed opens and loads, forks, plain
 * exits, counts of what is used, capabilities given up. They are most of all events, so that a watcher is told of them together.
 *
 * In:     events of one run, in order.
 * Out:    what came together, from which every line and every number comes out as from the events themselves.
 * Bounds: `bytes` says when to take it.
 */
import { dirname } from 'node:path';
import { type Int64, toBigInt } from './int64.ts';
import { type Decision, type Event, type FileOpen, Verdict } from './messages.ts';

/** Some events of one run with none between them that is shown. */
export interface FoldedEvents {
  events: number;
  /** Opens and loads among them. */
  files: number;
  /** Nanoseconds since 1970 in decimal digits: of the first and last event, and of the first open or load ('' for none). */
  firstNs: string;
  lastNs: string;
  firstFileNs: string;
  /** Opens by directory, in order of its first one. */
  read: [directory: string, opens: number][];
  written: [directory: string, opens: number][];
}

/** True when the policy in force refuses the action (whatever became of it). */
export function isRefused(decision: Decision): boolean {
  return decision.verdict === Verdict.VERDICT_DENY || decision.verdict === Verdict.VERDICT_HOLD;
}

/** True when only a monitoring layer refuses it. */
export function isWouldRefuse(decision: Decision): boolean {
  return !isRefused(decision) && decision.would != null && isRefused(decision.would);
}

/** True for an event that is counted and not shown. */
export function isCounted(event: Event): boolean {
  const { decision, exited } = event;
  if (decision && (isRefused(decision) || isWouldRefuse(decision))) return false;
  if (exited) return (exited.signal ?? 0) === 0;
  return isOfFile(event) || Boolean(event.forked || event.usage) || givesUpAll(event);
}

/** It lets go of every capability, as each run's launcher does before its command starts. */
function givesUpAll({ contextChange }: Event): boolean {
  return contextChange?.operation === 'capabilities' && toBigInt(contextChange.capabilities) === 0n;
}

export function isOfFile({ fileOpen, load }: Event): boolean {
  return Boolean(fileOpen || load);
}

/** In which directory an open is counted. */
export function directoryOf({ path, directory }: Pick<FileOpen, 'path' | 'directory'>): string {
  if (!path?.startsWith('/')) return '(no directory)';
  return directory ? path : dirname(path);
}

/** An entry has so many bytes besides its directory. */
const ENTRY_BYTES = 16;

export class Folding {
  #events = 0;
  #files = 0;
  #first: Int64;
  #last: Int64;
  #firstFile: Int64;
  readonly #read = new Map<string, number>();
  readonly #written = new Map<string, number>();
  /** About as many as it has when it is taken; 0: nothing came. */
  bytes = 0;

  /** False for an event that has to be told by itself. */
  add(event: Event): boolean {
    if (event.redactions?.length || !isCounted(event)) return false;
    const { timeUnixNs, fileOpen } = event;
    if (this.#events++ === 0) {
      this.#first = timeUnixNs;
      this.bytes += ENTRY_BYTES;
    }
    this.#last = timeUnixNs;
    if (isOfFile(event) && this.#files++ === 0) this.#firstFile = timeUnixNs;
    if (fileOpen) this.#count(fileOpen.write ? this.#written : this.#read, directoryOf(fileOpen));
    return true;
  }

  /** What came since it was taken last; undefined for nothing. */
  take(): FoldedEvents | undefined {
    if (this.#events === 0) return undefined;
    const taken: FoldedEvents = {
      events: this.#events,
      files: this.#files,
      firstNs: String(toBigInt(this.#first)),
      lastNs: String(toBigInt(this.#last)),
      firstFileNs: this.#files > 0 ? String(toBigInt(this.#firstFile)) : '',
      read: [...this.#read],
      written: [...this.#written],
    };
    this.#events = 0;
    this.#files = 0;
    this.bytes = 0;
    this.#read.clear();
    this.#written.clear();
    return taken;
  }

  #count(table: Map<string, number>, directory: string): void {
    const known = table.get(directory);
    if (known === undefined) this.bytes += directory.length + ENTRY_BYTES;
    table.set(directory, (known ?? 0) + 1);
  }
}
