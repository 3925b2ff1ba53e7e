/**
 * Runs of letters, digits and `+ / - _` of some length: what they are by their form alone, and what they encode.
 *
 * In:  the rules without anchor once; then a run of a text, and how deep in encodings that text is.
 * Out: findings for the rules; for an encoded run one finding over the whole of it when what it stands for has any.
 */
import type { Set128 } from './alphabet.ts';
import { ANY_UPPER, BASE64, CLASS, DIGIT, NUL, SLASH } from './characters.ts';
import { decodeRun, encodedStart } from './context/run.ts';
import { behindPadding, decodeBase64, SHORTEST_BASE64, unwrap } from './encodings.ts';
import { type Found, Meaning } from './found.ts';
import { isGlue } from './joints.ts';
import type { CompiledRule } from './rule.ts';
import type { Scan } from './scan.ts';
import { entropy } from './shape.ts';
import { Text } from './text.ts';
import { COST } from './work.ts';

export const SHORTEST_RUN = SHORTEST_BASE64;

export class Runs {
  /** For each character, those that a match of can begin with it. */
  readonly #from: readonly (readonly CompiledRule[])[];
  /** 1 for what a match of one of them can begin with. */
  readonly beginning: Set128;
  readonly #deepest: number;
  readonly #find: (text: Text, depth: number) => void;
  /** Decoded texts, and lines of base64 put together, per level. */
  readonly #decoded: Text[];
  readonly #wrapped: Text[];
  /** End of the lines that were put together last, and their level. */
  #wrappedEnd = 0;
  #wrappedDepth = 0;

  /** `find` scans a decoded text at its level. */
  constructor(rules: readonly CompiledRule[], deepest: number, find: (text: Text, depth: number) => void) {
    const unmarked = rules
      .filter((rule) => rule.rule.boundary === 'run')
      .map((rule) => ({ rule, first: rule.form.first }));
    this.#from = Array.from({ length: 128 }, (_, code) =>
      unmarked.filter(({ first }) => first[code] === 1).map(({ rule }) => rule),
    );
    this.beginning = Uint8Array.from(this.#from, (list) => (list.length > 0 ? 1 : 0));
    this.#deepest = deepest;
    this.#find = find;
    this.#decoded = Array.from({ length: deepest + 1 }, () => new Text());
    this.#wrapped = Array.from({ length: deepest + 1 }, () => new Text());
  }

  /** A text at `depth` is about to be scanned. */
  begin(depth: number): void {
    if (depth <= this.#wrappedDepth) this.#wrappedEnd = 0;
  }

  onRun(scan: Scan, text: Text, run: Found, depth: number, joined: boolean): void {
    const { start, end, mask, meaning } = run;
    if ((meaning & Meaning.unmarked) !== 0 && (mask & ANY_UPPER) !== 0 && (mask & DIGIT) !== 0)
      this.#unmarked(scan, text, start, end, mask);
    if ((meaning & Meaning.encoded) === 0 || joined || depth >= this.#deepest) return;
    const decoded = this.#decoded[depth + 1]!;
    scan.work.read(24);
    if (start < this.#wrappedEnd && depth === this.#wrappedDepth) return;
    if (!decodeRun(text, start, end, mask, decoded)) return;
    const last = this.#onWrapped(text, start, end, depth, decoded);
    scan.work.read((last - start) * 2);
    scan.work.spend(COST.decode);
    const from = encodedStart;
    const { nameEnd, joints } = scan;
    scan.joints = [];
    this.#find(decoded, depth + 1);
    scan.nameEnd = nameEnd;
    scan.joints = joints;
    if (decoded.findings.length === 0) return;
    // The run goes whole: what it stands for may come back without the encoding.
    for (const { start, end, kind } of decoded.findings) scan.memory?.learn(decoded, start, end, kind);
    const best = decoded.findings.reduce((a, b) => (b.rank > a.rank ? b : a));
    scan.report(text, from, behindPadding(text, last), best.kind, `${best.rule} (encoded)`, best.rank);
    decoded.findings = [];
  }

  /** base64 that is wrapped into lines: decodes all of them. Returns where the last one ends. */
  #onWrapped(text: Text, start: number, end: number, depth: number, decoded: Text): number {
    if (encodedStart !== start || (end - start) % 4 !== 0) return end;
    const wrapped = this.#wrapped[depth]!;
    const last = unwrap(text, start, end, wrapped);
    if (last === end || !decodeBase64(wrapped.codes, 0, wrapped.length, decoded)) return end;
    this.#wrappedEnd = last;
    this.#wrappedDepth = depth;
    return last;
  }

  /** Rules without anchor, from the run's start and from behind each slash in it. */
  #unmarked(scan: Scan, text: Text, start: number, end: number, mask: number): void {
    const { codes } = text;
    this.#unmarkedFrom(scan, text, start);
    if ((mask & BASE64) === 0) return;
    const last = end - SHORTEST_RUN;
    for (let at = start; at < last; at++) if (codes[at] === SLASH) this.#unmarkedFrom(scan, text, at + 1);
  }

  #unmarkedFrom(scan: Scan, text: Text, at: number): void {
    for (const rule of this.#from[text.codes[at]! & 127]!) unmarkedAt(scan, text, rule, at);
  }
}

/** The form fits from `start` to the end of this run or a later one. */
function unmarkedAt(scan: Scan, text: Text, rule: CompiledRule, start: number): void {
  const { codes, length } = text;
  const { form } = rule;
  const end = form.match(codes, start, length, scan.work);
  if (end < 0 && form.stop - start >= SHORTEST_RUN && (isGlue(codes[form.stop]!) || codes[form.stop] === NUL))
    scan.joints.push(form.stop);
  if (end < 0 || (end < length && CLASS[codes[end]!]! !== 0 && codes[end] !== SLASH)) return;
  if (entropy(codes, form.secretStart, form.secretEnd) < rule.entropy) return;
  scan.report(text, form.begin, end, rule.rule.id, rule.rule.id, rule.rank);
}
