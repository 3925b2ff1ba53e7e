/**
 * The other pass over a text, in leaps: runs of letters, digits and `+ / - _` of some length, and where words of a wallet
 * may be.
 *
 * In:  code units.
 * Out: one run after the other, with the classes of its characters.
 *
 * It looks at the character where a run that begins here would have its end, and back from there: mostly a gap is near, and
 * what lies before it needs no look.
 */
import { ANY_LOWER, CLASS, DIGIT } from './characters.ts';
import { behindStranger, SHORTEST_WALLET, streakEnd } from './context/mnemonic.ts';

/** A position behind every text. */
const NONE = 0x3fffffff;
const LONGEST_WORD = 8;

export class Leaper {
  /** The run that was found last; `NONE` when there is no further one. */
  start = 0;
  end = 0;
  mask = 0;
  /** Nothing from here on has been seen that stands in no wallet. */
  #clean = 0;
  /** Where small words in a row begin that are enough for a wallet. */
  readonly wallets: number[] = [];
  readonly #least: number;

  /** Runs of fewer characters than `least` are not looked for. */
  constructor(least: number) {
    this.#least = least;
  }

  /** Begins with a text. */
  begin(codes: Uint16Array, length: number): void {
    this.#clean = 0;
    if (this.wallets.length > 0) this.wallets.length = 0;
    this.next(codes, 0, length);
  }

  /** Finds the first run from `from` on, where one may begin. */
  next(codes: Uint16Array, from: number, length: number): void {
    const reach = this.#least - 1;
    let start = from;
    let clean = Math.max(this.#clean, from);
    for (let last = start + reach; last < length; last = start + reach) {
      let mask = 0;
      let at = last;
      while (at >= start) {
        const flags = CLASS[codes[at]!]!;
        if (flags === 0) break;
        mask |= flags;
        at--;
      }
      if (at < start) {
        this.#take(codes, start, last + 1, length, mask);
        return;
      }
      start = at + 1;
      if ((mask & ~(ANY_LOWER | DIGIT)) !== 0 || last - at > LONGEST_WORD) clean = start;
      else if (start - clean >= SHORTEST_WALLET) clean = this.#look(codes, clean, length);
    }
    while (clean + SHORTEST_WALLET <= length) clean = this.#look(codes, clean, length);
    this.start = NONE;
    this.end = NONE;
  }

  /** The run goes on from `from`. */
  #take(codes: Uint16Array, start: number, from: number, length: number, seen: number): void {
    let mask = seen;
    let at = from;
    for (; at < length; at++) {
      const flags = CLASS[codes[at]!]!;
      if (flags === 0) break;
      mask |= flags;
    }
    this.start = start;
    this.end = at;
    this.mask = mask;
    this.#clean = at;
  }

  /** Looks closely at what may be the shortest wallet, from `from` on. Returns where to go on. */
  #look(codes: Uint16Array, from: number, length: number): number {
    const behind = behindStranger(codes, from, from + SHORTEST_WALLET, length);
    if (behind > from) return behind;
    const end = streakEnd(codes, from, length);
    if (end > 0) this.wallets.push(from);
    return Math.abs(end);
  }
}
