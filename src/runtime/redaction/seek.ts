/**
 * The pass over every character of a text: the automaton, and nothing else.
 *
 * In:  a text, and where to begin.
 * Out: what was seen, in order, in `Seen`: hits of anchors, and quotes and borders in the middle of an anchor. What they
 *      mean is looked at afterwards, so that this loop stays small.
 */
import type { Automaton } from './automaton.ts';
import {
  AMPERSAND,
  APOSTROPHE,
  BACKSLASH,
  BACKTICK,
  CARET,
  ESCAPE,
  NUL,
  PERCENT,
  QUOTE,
} from './characters.ts';

/** What the pass knows of each code unit, in one word: the automaton's class in the lowest byte, then its encodings. */
const SYMBOL = 0xff;
export const SEEN_PERCENT = 1 << 8;
export const SEEN_BACKSLASH = 1 << 9;
export const SEEN_AMPERSAND = 1 << 10;
export const SEEN_ESCAPE = 1 << 11;
const SEEN_GLUE = 1 << 12;

function describeCodes(classOf: Uint8Array): Uint16Array {
  const about = new Uint16Array(classOf);
  about[PERCENT]! |= SEEN_PERCENT;
  about[BACKSLASH]! |= SEEN_BACKSLASH | SEEN_GLUE;
  about[AMPERSAND]! |= SEEN_AMPERSAND;
  about[ESCAPE]! |= SEEN_ESCAPE;
  for (const code of [QUOTE, APOSTROPHE, BACKTICK, CARET, NUL]) about[code]! |= SEEN_GLUE;
  return about;
}

/** Characters that are read before what was seen in them is looked at. */
const BLOCK = 4096;
const LANES = 4;
/** Places for what one lane may see: at each character a hit and a border. */
const PLACES = 2 * (BLOCK / LANES + 256);

/** Where the pass over one text stands, and what it has seen since it was last asked. */
export class Seen {
  /** Positions, rising. */
  readonly at = new Int32Array(LANES * PLACES);
  /** The accepting state behind the character there; for a quote or a border `~state` before it. */
  readonly state = new Int32Array(LANES * PLACES);
  count = 0;
  /** Where to go on, and in which state. */
  next = 0;
  last = 0;
  /** `SEEN_…` of all characters so far. */
  flags = 0;

  reset(): void {
    this.count = 0;
    this.next = 0;
    this.last = 0;
    this.flags = 0;
  }

  /** Notes at `place` what stands at `at`. Returns the next place. */
  note(place: number, at: number, before: number, state: number, accepting: number, glue: boolean): number {
    let next = place;
    if (state >= accepting) {
      this.at[next] = at;
      this.state[next++] = state;
    }
    if (glue && before !== 0) {
      this.at[next] = at;
      this.state[next++] = ~before;
    }
    return next;
  }

  /** Appends to what has been seen what lies in `[from, to)`, as far as it stands at `least` or behind. */
  take(from: number, to: number, least: number): void {
    let { count } = this;
    for (let place = from; place < to; place++) {
      if (this.at[place]! < least) continue;
      this.at[count] = this.at[place]!;
      this.state[count++] = this.state[place]!;
    }
    this.count = count;
  }
}

/**
 * A state depends on the one before, so a processor waits for memory at each character. Four lanes, each a quarter of the
 * block, wait at the same time. All but the first begin as if nothing stood before them: the lane before goes on into
 * them until it is in the state that they had there.
 */
export class Seeker {
  readonly #automaton: Automaton;
  readonly #about: Uint16Array;
  /** No lane is shorter than the longest anchor. */
  readonly #shortestLane: number;

  constructor(automaton: Automaton) {
    this.#automaton = automaton;
    this.#about = describeCodes(automaton.classOf);
    this.#shortestLane = automaton.depths.reduce((most, depth) => Math.max(most, depth), 8);
  }

  /** Goes on from `seen.next`, to `length` at most. */
  seek(codes: Uint16Array, length: number, seen: Seen): void {
    const from = seen.next;
    const lane = Math.min(BLOCK, length - from) >> 2;
    seen.count = 0;
    if (lane < this.#shortestLane) this.#one(codes, from, Math.min(length, from + BLOCK), seen);
    else this.#four(codes, from, lane, seen);
  }

  #one(codes: Uint16Array, from: number, to: number, seen: Seen): void {
    const { table, shift, accepting } = this.#automaton;
    const about = this.#about;
    let state = seen.last;
    let { flags, count } = seen;
    for (let at = from; at < to; at++) {
      const here = about[codes[at]!]!;
      const before = state;
      state = table[(before << shift) | (here & SYMBOL)]!;
      flags |= here;
      if (state >= accepting || (here & SEEN_GLUE) !== 0)
        count = seen.note(count, at, before, state, accepting, (here & SEEN_GLUE) !== 0);
    }
    seen.next = to;
    seen.last = state;
    seen.flags = flags;
    seen.count = count;
  }

  #four(codes: Uint16Array, from: number, lane: number, seen: Seen): void {
    const { table, shift, accepting } = this.#automaton;
    const about = this.#about;
    const plain = accepting - 1;
    let a = seen.last;
    let b = 0;
    let c = 0;
    let d = 0;
    let inA = 0;
    let inB = PLACES;
    let inC = 2 * PLACES;
    let inD = 3 * PLACES;
    let flags = 0;
    const startB = from + lane;
    const startC = startB + lane;
    const startD = startC + lane;
    for (let i = 0; i < lane; i++) {
      const hereA = about[codes[from + i]!]!;
      const hereB = about[codes[startB + i]!]!;
      const hereC = about[codes[startC + i]!]!;
      const hereD = about[codes[startD + i]!]!;
      const beforeA = a;
      const beforeB = b;
      const beforeC = c;
      const beforeD = d;
      a = table[(a << shift) | (hereA & SYMBOL)]!;
      b = table[(b << shift) | (hereB & SYMBOL)]!;
      c = table[(c << shift) | (hereC & SYMBOL)]!;
      d = table[(d << shift) | (hereD & SYMBOL)]!;
      const here = hereA | hereB | hereC | hereD;
      flags |= here;
      // One branch for all four: below zero when one of them is an accepting state.
      if (((plain - a) | (plain - b) | (plain - c) | (plain - d)) >= 0 && (here & SEEN_GLUE) === 0) continue;
      if (a >= accepting || (hereA & SEEN_GLUE) !== 0)
        inA = seen.note(inA, from + i, beforeA, a, accepting, (hereA & SEEN_GLUE) !== 0);
      if (b >= accepting || (hereB & SEEN_GLUE) !== 0)
        inB = seen.note(inB, startB + i, beforeB, b, accepting, (hereB & SEEN_GLUE) !== 0);
      if (c >= accepting || (hereC & SEEN_GLUE) !== 0)
        inC = seen.note(inC, startC + i, beforeC, c, accepting, (hereC & SEEN_GLUE) !== 0);
      if (d >= accepting || (hereD & SEEN_GLUE) !== 0)
        inD = seen.note(inD, startD + i, beforeD, d, accepting, (hereD & SEEN_GLUE) !== 0);
    }
    seen.flags |= flags;
    seen.count = inA;
    this.#join(codes, startB, a, seen);
    seen.take(PLACES, inB, seen.next);
    this.#join(codes, startC, b, seen);
    seen.take(2 * PLACES, inC, seen.next);
    this.#join(codes, startD, c, seen);
    seen.take(3 * PLACES, inD, seen.next);
    seen.next = startD + lane;
    seen.last = d;
  }

  /** Goes on with a lane into the next one, which begins at `start`, until both are in the same state: up to `seen.next`. */
  #join(codes: Uint16Array, start: number, last: number, seen: Seen): void {
    const { table, shift, accepting, depths } = this.#automaton;
    let state = last;
    let at = start;
    // The next lane knows what stands in it, so its state is the same once this one's lies within it.
    for (; depths[state]! > at - start; at++) {
      const here = this.#about[codes[at]!]!;
      const before = state;
      state = table[(before << shift) | (here & SYMBOL)]!;
      seen.count = seen.note(seen.count, at, before, state, accepting, (here & SEEN_GLUE) !== 0);
    }
    seen.next = at;
  }
}
