/**
 * What is shown while a run is under way: one line per event, as terse as it stays useful.
 *
 * Shown: every exec, every network action, every refusal (and what a monitoring layer would have refused), every
 * process that a signal ended, losses, notices. Allowed opens come by the hundred, and where the kernel judges code that is
 * loaded each program's libraries once more: they are folded into a count, told before the next line when a second has
 * passed. Forks, plain exits, counts of what is used and capabilities given up are left out. `verbose` shows all.
 *
 * In:  events in order of sequence, one by one or, of those that are left out, together; times are those of the
 *      events, so that the same events give the same lines.
 * Out: lines without newlines, to `write`.
 */
import { type FoldedEvents, isCounted, isOfFile } from '../contract/folded.ts';
import { toBigInt } from '../contract/int64.ts';
import type { Event } from '../contract/messages.ts';
import { describeEvent } from './describe.ts';
import { eventLine, type LineForm } from './event-line.ts';
import type { Style } from './terminal.ts';

const FOLD_NS = 1_000_000_000n;
const TARGET_WIDTH = 96;
const WHEN_WIDTH = 9;

export interface LiveOptions {
  write: (line: string) => void;
  style: Style;
  verbose: boolean;
}

export class LiveLines {
  readonly #write: (line: string) => void;
  readonly #form: LineForm;
  readonly #verbose: boolean;
  #startNs: bigint | undefined;
  #folded = 0;
  #foldedSinceNs = 0n;

  constructor({ write, style, verbose }: LiveOptions) {
    this.#write = write;
    this.#verbose = verbose;
    this.#form = { style, targetWidth: verbose ? Number.POSITIVE_INFINITY : TARGET_WIDTH };
  }

  event(event: Event): void {
    const timeNs = toBigInt(event.timeUnixNs);
    this.#startNs ??= timeNs;
    if (!this.#verbose && isCounted(event)) {
      if (isOfFile(event)) this.#fold(1, timeNs);
      return;
    }
    if (timeNs - this.#foldedSinceNs >= FOLD_NS) this.#unfold(timeNs);
    this.#write(eventLine(this.#when(timeNs), describeEvent(event), this.#form));
  }

  /** Not for verbose lines, which leave nothing out. */
  folded({ files, firstNs, firstFileNs }: FoldedEvents): void {
    this.#startNs ??= BigInt(firstNs);
    if (files > 0) this.#fold(files, BigInt(firstFileNs));
  }

  #fold(files: number, timeNs: bigint): void {
    if (this.#folded === 0) this.#foldedSinceNs = timeNs;
    this.#folded += files;
  }

  #unfold(timeNs: bigint): void {
    if (this.#folded === 0) return;
    const files = this.#folded === 1 ? '1 allowed open or load' : `${this.#folded} allowed opens and loads`;
    this.#write(this.#form.style.dim(`${this.#when(timeNs)} ${' '.repeat(8)}… ${files}`));
    this.#folded = 0;
  }

  /** Seconds since the first event. */
  #when(timeNs: bigint): string {
    const milliseconds = Number((timeNs - this.#startNs!) / 1_000_000n);
    return (milliseconds / 1000).toFixed(3).padStart(WHEN_WIDTH);
  }
}
