/**
 * The quick look at the characters in and around an anchor that turns most hits away. In typed arrays and in one place:
 * this much runs for every anchor in honest text, what lies behind it does not.
 *
 * In:  the anchors and their automaton once; then code units, an anchor's number and where a hit of it ends.
 * Out: tables of what may stand behind anchors, at which the pass itself looks; false when a hit cannot be a part of what the
 *      anchor stands for.
 */
import type { Set128 } from './alphabet.ts';
import { type Anchor, Context } from './anchors.ts';
import type { Automaton } from './automaton.ts';
import { ALNUM, ANY_LOWER, CLASS, DASH, endsPrefix, NUL } from './characters.ts';
import { isGlue } from './joints.ts';
import { ENDING, type States } from './pass.ts';

export class Guards implements States {
  /** 1 for the states within an anchor of an issued secret. */
  readonly issuing: Uint8Array;
  /** For each anchor: its length, its flags from bit 8, its context from bit 16, and from bit 21 the place of its set in `sets`, by 128. */
  readonly about: Int32Array;
  /** What may stand behind an anchor: 128 bytes each, 1 for what may. */
  readonly sets: Uint8Array;
  readonly beginning: Set128;
  readonly written: Uint8Array;
  readonly #offsets: Int32Array;
  readonly endings: Int32Array;

  /** `beginning`: what a secret without anchor may begin with. */
  constructor(anchors: readonly Anchor[], automaton: Automaton, beginning: Set128) {
    const { ends, endsFrom } = automaton;
    this.beginning = beginning;
    this.issuing = issuingStates(automaton, anchors);
    const sets: Set128[] = [];
    // First by what they are: the same array serves hundreds of anchors.
    const same = new Map<Set128, number>();
    const alike = new Map<string, number>();
    const place = (set: Set128): number => {
      let index = same.get(set);
      if (index !== undefined) return index;
      const key = Buffer.from(set.buffer, set.byteOffset, set.length).toString('latin1');
      index = alike.get(key) ?? sets.push(set) - 1;
      alike.set(key, index);
      same.set(set, index);
      return index;
    };
    this.about = Int32Array.from(anchors, (anchor) => {
      const about = anchor.literal.length | (guardOf(anchor) << 8) | (anchor.context << CONTEXT_FROM);
      const behind = anchor.rule?.behind;
      return behind === undefined ? about : about | (place(behind) << SET_FROM);
    });
    this.#offsets = new Int32Array(anchors.length);
    this.written = new Uint8Array(anchors.reduce((sum, { literal }) => sum + literal.length, 0));
    let offset = 0;
    anchors.forEach(({ name }, index) => {
      this.#offsets[index] = offset;
      for (let i = 0; i < name.length; i++) this.written[offset++] = name.charCodeAt(i);
    });
    // Most lists have one anchor, of a rule that goes on as many others do.
    const alone = new Map<Set128 | undefined, number>();
    this.endings = new Int32Array((endsFrom.length - 1) * ENDING);
    endsFrom.slice(0, -1).forEach((from, hit) => {
      const list = ends.subarray(from, endsFrom[hit + 1]);
      if (list.length > 1) {
        this.endings.set([place(followers(list, anchors)) << 7, -1, 0, 0], hit * ENDING);
        return;
      }
      const only = list[0]!;
      const behind = behindOf(anchors[only]!);
      const index = alone.get(behind) ?? place(followers(list, anchors));
      alone.set(behind, index);
      this.endings.set(
        [index << 7, only, this.about[only]! & (LENGTH | GUARDED), this.#offsets[only]!],
        hit * ENDING,
      );
    });
    this.sets = new Uint8Array(Math.max(1, sets.length) << 7);
    sets.forEach((set, index) => {
      this.sets.set(set, index << 7);
    });
  }

  /** False when the anchor that ends at `end` cannot be a part of what it stands for. */
  pass(codes: Uint16Array, index: number, end: number): boolean {
    const about = this.about[index]!;
    if ((about & GUARDED) === 0) return true;
    // No word goes on behind a stem that counts only as a whole word.
    if ((about & (GUARD_WORD << 8)) !== 0 && (CLASS[codes[end]!]! & ANY_LOWER) !== 0) return false;
    const start = end - (about & LENGTH);
    if ((about & (GUARD_COMMAND << 8)) !== 0)
      return start === 0 || (CLASS[codes[start - 1]!]! & (ALNUM | DASH)) === 0;
    if (
      (about & (GUARD_LEFT << 8)) !== 0 &&
      start > 0 &&
      (CLASS[codes[start - 1]!]! & ALNUM) !== 0 &&
      !endsPrefix(codes, start)
    )
      return false;
    if ((about & (GUARD_BEHIND << 8)) !== 0) {
      const next = codes[end]!;
      if (
        (next >= 128 || this.sets[((about >>> SET_FROM) << 7) | next] === 0) &&
        !isGlue(next) &&
        next !== NUL
      )
        return false;
    }
    if ((about & (GUARD_EXACT << 8)) === 0) return true;
    const offset = this.#offsets[index]! - start;
    for (let at = start; at < end; at++) if (codes[at] !== this.written[offset + at]) return false;
    return true;
  }
}

/** Of what is kept of an anchor: its length. */
export const LENGTH = 0xff;
const GUARDED = 0xff00;
/** Its context, of five bits. */
export const CONTEXT_FROM = 16;
export const CONTEXTS = 0x1f;
const SET_FROM = 21;
const GUARD_LEFT = 1;
const GUARD_BEHIND = 2;
const GUARD_EXACT = 4;
/** The name of a program: no word goes on into it. */
const GUARD_COMMAND = 8;
const GUARD_WORD = 16;

/** What may stand behind one of the anchors of a list: what its rules say, and what may lie between pieces of a secret. */
function followers(list: Int32Array, anchors: readonly Anchor[]): Set128 {
  const all = BETWEEN.slice();
  for (const index of list) {
    const behind = behindOf(anchors[index]!);
    if (behind === undefined) return ANYTHING;
    for (let code = 0; code < 128; code++) if (behind[code] !== 0) all[code] = 1;
  }
  return all;
}

function behindOf(anchor: Anchor): Set128 | undefined {
  return (guardOf(anchor) & GUARD_BEHIND) === 0 ? undefined : anchor.rule?.behind;
}

const ANYTHING: Set128 = new Uint8Array(128).fill(1);
/** What may lie between pieces of a secret. */
const BETWEEN: Set128 = Uint8Array.from(ANYTHING, (_, code) => (isGlue(code) || code === NUL ? 1 : 0));

function guardOf({ context, rule }: Anchor): number {
  if (context === Context.program) return GUARD_COMMAND;
  if (context === Context.exactStem) return GUARD_WORD;
  if (context !== Context.issued || rule === undefined) return 0;
  return (
    (rule.leadMax === 0 && rule.rule.boundary !== 'free' ? GUARD_LEFT : 0) |
    (rule.behind === undefined ? 0 : GUARD_BEHIND) |
    (rule.exact ? GUARD_EXACT : 0)
  );
}

/** The states that a head of an issued secret's anchor leads to. */
function issuingStates({ table, shift, classOf, depths }: Automaton, anchors: readonly Anchor[]): Uint8Array {
  const issuing = new Uint8Array(depths.length);
  for (const { literal, context } of anchors) {
    if (context !== Context.issued) continue;
    let state = 0;
    for (let i = 0; i < literal.length; i++) {
      state = table[(state << shift) | classOf[literal.charCodeAt(i)]!]!;
      issuing[state] = 1;
    }
  }
  return issuing;
}
