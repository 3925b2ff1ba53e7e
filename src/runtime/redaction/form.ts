/**
 * The shape of a credential, as data: a bounded pattern and its matcher.
 *
 * In:     a pattern. Literal characters stand for themselves;
 *         `#`            the secret run: the rule's alphabet, as often as the rule's length says;
 *         `[a-z0-9]`     one character of a set, `{n}` or `{n,m}` behind it for more;
 *         `(live|test)`  one of several literals, the first that fits;
 *         `x?`           a literal that may be missing;
 *         `!`            what is taken out begins here (a host or a name before it stays);
 *         `\`            the next character as such.
 * Out:    `Form.match`: where the match ends, or why there is none.
 * Throws: RULE_FORM for anything else, unbounded repetition (`*`, `+`, `{n,}`) included.
 *
 * Repeats are possessive: a match never goes back, so its cost is its length.
 */
import { WarderError } from '../../base/error.ts';
import { parseSet, type Set128 } from './alphabet.ts';
import { DOT, NUL } from './characters.ts';
import type { Work } from './work.ts';

/** Longest run that a form may name; longer secrets (keys in PEM) have scanners of their own. */
export const LONGEST_RUN = 4096;

interface Step {
  readonly kind: 'literal' | 'run' | 'choice' | 'begin';
  readonly set: Set128;
  readonly min: number;
  readonly max: number;
  /** `literal`: the character code; `choice`: the literals. */
  readonly code: number;
  readonly choices: readonly string[];
  readonly secret: boolean;
}

const NO_SET = new Uint8Array(128);
const NO_MATCH = -1;
const RAN_OUT = -2;

export class Form {
  readonly #steps: readonly Step[];
  readonly #ignoreCase: boolean;
  /** Once someone has asked: who asks does so for each hit. */
  #first: Set128 | undefined;
  /** Literal characters of every match. */
  readonly literals: number;
  /** Nothing of it must be there. */
  readonly mayBeEmpty: boolean;
  /** After a match: first character to take out. */
  begin = 0;
  /** After no match: the first character that did not fit. */
  stop = 0;
  /** After a match or a run-out: bounds of the last secret run, for its entropy. */
  secretStart = 0;
  secretEnd = 0;

  constructor(pattern: string, secret: { set: Set128; min: number; max: number }, ignoreCase = false) {
    this.#steps = parse(pattern, secret);
    this.#ignoreCase = ignoreCase;
    this.mayBeEmpty = this.#steps.every((step) => step.kind === 'begin' || step.min === 0);
    this.literals = this.#steps.reduce((sum, step) => sum + literalsOf(step), 0);
  }

  /** The characters that a match can begin with. */
  get first(): Set128 {
    this.#first ??= firstOf(this.#steps);
    return this.#first;
  }

  /**
   * Matches at `start`. Returns the end, `NO_MATCH`, or `RAN_OUT` when the text ended in the middle of what
   * fitted so far (a NUL ends the text's element, and counts as its end; so does an ellipsis, which who cuts a string
   * writes there). Pays one step per character read.
   */
  match(codes: Uint16Array, start: number, length: number, work: Work): number {
    let at = start;
    this.begin = start;
    this.stop = start;
    this.secretStart = this.secretEnd = start;
    for (const step of this.#steps) {
      this.stop = at;
      if (step.kind === 'begin') {
        this.begin = at;
      } else if (step.kind === 'literal') {
        if (at >= length) return RAN_OUT;
        if (this.#same(codes[at]!, step.code)) at++;
        else if (step.min === 1) return isEnd(codes, at) ? RAN_OUT : NO_MATCH;
      } else if (step.kind === 'choice') {
        const end = this.#choice(codes, at, length, step.choices);
        if (end < 0) return end;
        at = end;
      } else {
        const limit = Math.min(length, at + step.max);
        const from = at;
        while (at < limit && codes[at]! < 128 && step.set[codes[at]!] === 1) at++;
        work.read(at - from);
        this.stop = at;
        if (step.secret) {
          this.secretStart = from;
          this.secretEnd = at;
        }
        if (at - from < step.min) return at >= length || isEnd(codes, at) ? RAN_OUT : NO_MATCH;
      }
    }
    work.read(2);
    return at;
  }

  #same(code: number, wanted: number): boolean {
    if (code === wanted) return true;
    return this.#ignoreCase && (code | 32) === (wanted | 32) && (code | 32) >= 97 && (code | 32) <= 122;
  }

  #choice(codes: Uint16Array, at: number, length: number, choices: readonly string[]): number {
    let ranOut = false;
    for (const choice of choices) {
      let i = 0;
      while (i < choice.length && at + i < length && this.#same(codes[at + i]!, choice.charCodeAt(i))) i++;
      if (i === choice.length) return at + i;
      if (at + i >= length || isEnd(codes, at + i)) ranOut = true;
    }
    return ranOut ? RAN_OUT : NO_MATCH;
  }
}

export { NO_MATCH, RAN_OUT };

/** The end of an element, or an ellipsis. */
function isEnd(codes: Uint16Array, at: number): boolean {
  return codes[at] === NUL || isEllipsis(codes, at);
}

/** `…` or `...`. */
export function isEllipsis(codes: Uint16Array, at: number): boolean {
  return codes[at] === ELLIPSIS || (codes[at] === DOT && codes[at + 1] === DOT && codes[at + 2] === DOT);
}
const ELLIPSIS = 0x2026;

function literalsOf(step: Step): number {
  if (step.kind === 'choice') return Math.min(...step.choices.map((choice) => choice.length));
  return step.kind === 'literal' ? step.min : 0;
}

/** What the first steps up to one that must be there can begin with. */
function firstOf(steps: readonly Step[]): Set128 {
  const [only] = steps;
  // Most of them: the set itself, so that who asks for many has few.
  if (only?.kind === 'run' && only.min > 0) return only.set;
  const first = new Uint8Array(128);
  for (const step of steps) {
    if (step.kind === 'run') for (let code = 0; code < 128; code++) first[code]! |= step.set[code]!;
    if (step.kind === 'literal') first[step.code & 127] = 1;
    if (step.kind === 'choice') for (const choice of step.choices) first[choice.charCodeAt(0) & 127] = 1;
    if (step.kind !== 'begin' && step.min > 0) break;
  }
  return first;
}

function fault(pattern: string, at: number, what: string): WarderError {
  return new WarderError(
    'RULE_FORM',
    `form ${JSON.stringify(pattern)}, character ${at + 1}: ${what}`,
    'use literals, [sets], {n} or {n,m}, (a|b), x?, ! and #; put \\ before a character that is meant as such',
  );
}

function parse(pattern: string, secret: { set: Set128; min: number; max: number }): Step[] {
  const steps: Step[] = [];
  const add = (step: Partial<Step> & { kind: Step['kind'] }): void => {
    steps.push({ set: NO_SET, min: 1, max: 1, code: 0, choices: [], secret: false, ...step });
  };
  let at = 0;
  while (at < pattern.length) {
    const start = at;
    const char = pattern[at++]!;
    if (char === '!') {
      add({ kind: 'begin' });
    } else if (char === '#') {
      add({ kind: 'run', set: secret.set, min: secret.min, max: secret.max, secret: true });
    } else if (char === '[') {
      const end = closing(pattern, at, ']');
      const set = parseSet(pattern.slice(at, end));
      at = end + 1;
      const [min, max, next] = repeat(pattern, at);
      at = next;
      add({ kind: 'run', set, min, max });
    } else if (char === '(') {
      const end = closing(pattern, at, ')');
      const choices = pattern.slice(at, end).match(/(?:\\.|[^|\\])+/g) ?? [''];
      add({ kind: 'choice', choices: choices.map((choice) => choice.replace(/\\(.)/g, '$1')) });
      at = end + 1;
    } else if ('*+{}?|)]'.includes(char)) {
      throw fault(pattern, start, `${JSON.stringify(char)} has nothing bounded to stand for`);
    } else {
      const code = (char === '\\' ? (pattern[at++] ?? '\\') : char).charCodeAt(0);
      const optional = pattern[at] === '?';
      if (optional) at++;
      add({ kind: 'literal', code, min: optional ? 0 : 1 });
    }
  }
  if (steps.length === 0) throw fault(pattern, 0, 'nothing in it');
  return steps;
}

function closing(pattern: string, from: number, bracket: string): number {
  for (let at = from; at < pattern.length; at++) {
    if (pattern[at] === '\\') at++;
    else if (pattern[at] === bracket) return at;
  }
  throw fault(pattern, from - 1, `no ${bracket} for this`);
}

function repeat(pattern: string, at: number): [min: number, max: number, next: number] {
  if (pattern[at] === '*' || pattern[at] === '+') throw fault(pattern, at, 'repetition without a bound');
  if (pattern[at] === '?') return [0, 1, at + 1];
  if (pattern[at] !== '{') return [1, 1, at];
  const end = closing(pattern, at + 1, '}');
  const bounds = /^(\d{1,5})(?:,(\d{1,5}))?$/.exec(pattern.slice(at + 1, end));
  if (bounds === null) throw fault(pattern, at, 'repetition without a bound');
  const min = Number(bounds[1]);
  const max = Number(bounds[2] ?? bounds[1]);
  if (max < min || max > LONGEST_RUN) throw fault(pattern, at, `a bound outside 0 to ${LONGEST_RUN}`);
  return [min, max, end + 1];
}
