/**
 * What the pass has found in a block of a text, where it wrote it: nothing is copied.
 *
 * In:  the memory of the pass.
 * Out: hits of anchors; one run after the other, with the classes of its characters and what else it may be; wallets of the
 *      whole text.
 */
import { SHORTEST_WALLET, walkWords } from './context/mnemonic.ts';
import type { Layout } from './pass.ts';

/** `encodings`: what lies in the text so far. */
export const Encoding = { percent: 1, backslash: 2, ampersand: 4, escape: 8 } as const;

/** What a run may be, as far as its first characters and those behind its signs tell; bits besides those of its classes. */
export const Meaning = { encoded: 128, unmarked: 256 } as const;
const CLASSES = 127;

/** A position behind every text. */
const NONE = 0x3fffffff;

export class Found {
  /** Positions, rising. */
  readonly at: Int32Array;
  /** `ALONE` and the anchor that ends with the character there, or the accepting state of several; for a quote or a border `~state` before it. */
  readonly state: Int32Array;
  /** Where the next block begins. */
  next = 0;
  /** The run under the cursor; `NONE` when there is no further one in this block. */
  start = NONE;
  end = NONE;
  mask = 0;
  /** Of `Meaning`; 0 when nobody need look at it. */
  meaning = 0;
  /** Wallets so far: where each begins and ends. */
  readonly wallets: number[] = [];
  /** Hits, runs, stretches in which wallets may be, encodings. */
  readonly #counts: Int32Array;
  readonly #runs: Int32Array;
  readonly #calms: Int32Array;
  #run = 0;

  constructor(memory: ArrayBuffer, layout: Layout) {
    this.#counts = new Int32Array(memory, layout.found, 4);
    this.at = new Int32Array(memory, layout.at, layout.places);
    this.state = new Int32Array(memory, layout.state, layout.places);
    this.#runs = new Int32Array(memory, layout.run, layout.runs);
    this.#calms = new Int32Array(memory, layout.calm, layout.calms);
  }

  get count(): number {
    return this.#counts[0]!;
  }

  get encodings(): number {
    return this.#counts[3]!;
  }

  begin(): void {
    this.next = 0;
    if (this.wallets.length > 0) this.wallets.length = 0;
  }

  /** A block has been read: goes to its first run, and looks for wallets. */
  look(codes: Uint16Array, length: number): void {
    this.#run = 0;
    this.nextRun(0);
    const calms = 2 * this.#counts[2]!;
    for (let i = 0; i < calms; i += 2) {
      const end = this.#calms[i + 1]!;
      const last = end - SHORTEST_WALLET;
      for (let at = this.#calms[i]!; at <= last; ) at = walkWords(codes, at, end, length, this.wallets);
    }
  }

  /** Goes to the next run of this block that begins at `from` or behind. */
  nextRun(from: number): void {
    const runs = 3 * this.#counts[1]!;
    while (this.#run < runs) {
      const at = this.#run;
      this.#run += 3;
      const start = this.#runs[at]!;
      if (start < from) continue;
      const kinds = this.#runs[at + 2]!;
      this.start = start;
      this.end = this.#runs[at + 1]!;
      this.mask = kinds & CLASSES;
      this.meaning = kinds & ~CLASSES;
      return;
    }
    this.start = NONE;
    this.end = NONE;
  }
}
