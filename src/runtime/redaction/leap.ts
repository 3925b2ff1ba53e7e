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
import { ANY_LOWER, ANY_UPPER, CLASS, DIGIT, LOWER_HEX, UPPER_HEX } from './characters.ts';
import { behindStranger, SHORTEST_WALLET, walkWords } from './context/mnemonic.ts';

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
  /** Wallets so far: where each begins and ends. */
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
        if (mayMean(this.mask)) return;
        start = clean = this.end + 1;
        continue;
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
    return behind > from ? behind : walkWords(codes, from, length, this.wallets);
  }
}

/** Small letters and signs alone are words; so are capitals and signs. Hex needs no digits. */
function mayMean(mask: number): boolean {
  return (
    (mask & DIGIT) !== 0 ||
    ((mask & ANY_UPPER) !== 0 && (mask & ANY_LOWER) !== 0) ||
    (mask & ~LOWER_HEX) === 0 ||
    (mask & ~UPPER_HEX) === 0
  );
}
