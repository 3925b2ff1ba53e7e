/**
 * Text under scan: UTF-16 code units in an array, and how they got there.
 *
 * The scanned text is either what came in or a view of it: the same text with an encoding undone (percent,
 * escapes, quoting). A view knows for each of its characters which characters of its parent it stands for, so
 * that what is found in the view is taken out of the parent.
 *
 * Elements of an argument vector or an environment lie in one text, a NUL behind each: what belongs together
 * over element borders (a flag and its value) is found by the same code as within one string.
 */
import type { Finding } from './finding.ts';
import type { Home } from './pass.ts';
import type { Work } from './work.ts';

/**
 * `argv`, `env`: elements between NULs. `path`: a name of a file, socket or host.
 * `text`: anything else: messages, command lines, file contents.
 */
export type Mode = 'argv' | 'env' | 'path' | 'text';

/** Code units behind the end that may be looked at. */
const MARGIN = 64;
const LONGEST_SLICE = 4096;
/** Texts so far. */
let serials = 0;
/** Strings of one character: a string is searched for one faster than an array. */
const ASCII = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));

export class Text {
  codes: Uint16Array;
  length = 0;
  mode: Mode = 'text';
  /** True for a view, whose characters stand for `[from[i], to[i])` of the parent. */
  mapped = false;
  from: Int32Array = new Int32Array(0);
  to: Int32Array = new Int32Array(0);
  /** What came in, when the text is one string and no view. */
  source: string | undefined;
  /** In this text's own positions. */
  findings: Finding[] = [];
  /** The string was cut short on its way here. */
  cut = false;
  /** Where the lines of a certificate or a public key stand that were seen last: what looks like a secret in them does by chance. */
  publicStart = 0;
  publicEnd = 0;
  /** A number of its own, anew for each text: what is kept of one is not taken for another's. */
  serial = 0;

  /** Where short texts lie, and the array for the others: the same when there is no `home`. */
  readonly #home: Uint16Array;
  #own: Uint16Array;
  #bytes: Buffer;
  readonly #homeBytes: Buffer;
  #ownBytes: Buffer;
  /** No finding that was noted ends behind it. */
  #foundUpTo = 0;
  /** The same of those up to each one. */
  readonly #farthest: number[] = [];
  /** Of which `#home` is, and which seals what lies there. */
  readonly #pass: Home | undefined;
  /** Where the literals stand that were looked for so far, and from where on. */
  readonly #ahead = new Map<string, { from: number; at: number }>();

  /** `home`: where a text that fits in there is to lie, in the memory of the pass. */
  constructor(home?: Home) {
    this.#own = home?.codes ?? new Uint16Array(1024);
    this.#ownBytes = bytesOf(this.#own);
    this.#home = this.#own;
    this.#homeBytes = this.#ownBytes;
    this.#pass = home;
    this.codes = this.#own;
    this.#bytes = this.#ownBytes;
  }

  /** Makes room for `length` code units and clears what was known about the text before. */
  reset(length: number, mode: Mode): void {
    if (length + MARGIN <= this.#home.length) {
      this.codes = this.#home;
      this.#bytes = this.#homeBytes;
    } else {
      if (this.#own.length < length + MARGIN) {
        this.#own = new Uint16Array(Math.max(length + MARGIN, this.#own.length * 2));
        this.#ownBytes = bytesOf(this.#own);
      }
      this.codes = this.#own;
      this.#bytes = this.#ownBytes;
    }
    this.length = 0;
    serials = (serials + 1) | 0;
    this.serial = serials;
    this.mode = mode;
    this.mapped = false;
    this.cut = false;
    this.publicStart = 0;
    this.publicEnd = 0;
    this.source = undefined;
    if (this.findings.length > 0) this.findings = [];
    this.#foundUpTo = 0;
    if (this.#ahead.size > 0) this.#ahead.clear();
  }

  note(finding: Finding): void {
    this.findings.push(finding);
    if (finding.end > this.#foundUpTo) this.#foundUpTo = finding.end;
    this.#farthest[this.findings.length - 1] = this.#foundUpTo;
  }

  /** Whether a part of `[start, end)` was found. Findings come in the order of the text, so that most questions end at once. */
  isFound(start: number, end: number): boolean {
    if (start >= this.#foundUpTo) return false;
    // From the last one back to where all before end earlier: of thousands of findings few lie behind the question.
    for (let i = this.findings.length - 1; i >= 0 && this.#farthest[i]! > start; i--) {
      const finding = this.findings[i]!;
      if (finding.start < end && start < finding.end) return true;
    }
    return false;
  }

  /** As `reset`, with room for the map of a view. */
  resetView(length: number, mode: Mode): void {
    this.reset(length, mode);
    this.mapped = true;
    if (this.from.length < length) {
      this.from = new Int32Array(this.codes.length);
      this.to = new Int32Array(this.codes.length);
    }
  }

  /** Ends the text: a look past its end sees NULs, not what an earlier text left there. The pass does that for one in its memory. */
  seal(): void {
    if (this.#pass !== undefined && this.length > 0 && this.codes === this.#home) return;
    this.codes.fill(0, this.length, this.length + MARGIN);
  }

  /** Appends a string. */
  append(value: string): void {
    this.#bytes.write(value, this.length * 2, 'utf16le');
    this.length += value.length;
  }

  /** Appends one code unit that stands for `[from, to)` of the parent. */
  push(code: number, from: number, to: number): void {
    this.codes[this.length] = code;
    this.from[this.length] = from;
    this.to[this.length] = to;
    this.length++;
  }

  /** Appends one code unit of a text that is no view. */
  put(code: number): void {
    this.codes[this.length++] = code;
  }

  /** Where `code` stands at or behind `from`, or -1. */
  indexOf(code: number, from = 0): number {
    const { codes, length, source } = this;
    if (source !== undefined && code < 128) return source.indexOf(ASCII[code]!, from);
    for (let at = from; at < length; at++) if (codes[at] === code) return at;
    return -1;
  }

  /**
   * False when `literal` stands nowhere at or behind `from` as it is written. Who asks at one place after the other goes over
   * the text once: where it was found is kept. True when that cannot be told quickly, as of views.
   */
  mayFollow(literal: string, from: number, work: Work): boolean {
    const { source } = this;
    if (source === undefined) return true;
    const known = this.#ahead.get(literal);
    if (known !== undefined && known.from <= from && (known.at < 0 || known.at >= from)) return known.at >= 0;
    const at = source.indexOf(literal, from);
    // Eight characters at a time, or nearly.
    work.spend(((at < 0 ? source.length : at) - from) >> 3);
    this.#ahead.set(literal, { from, at });
    return at >= 0;
  }

  /** Which characters part the words of a command, as `Home.parts`; undefined where the text lies elsewhere. */
  parts(start: number, end: number): Int32Array | undefined {
    return this.codes === this.#home ? this.#pass?.parts(start, end) : undefined;
  }

  slice(start: number, end: number): string {
    if (this.source !== undefined) return this.source.slice(start, end);
    return String.fromCharCode.apply(
      null,
      this.codes.subarray(start, Math.min(end, start + LONGEST_SLICE)) as unknown as number[],
    );
  }

  /** True when `word` (lower case) stands at `at`, whatever its case. */
  has(word: string, at: number): boolean {
    if (at < 0 || at + word.length > this.length) return false;
    const { codes } = this;
    // Most looks end here, and where the word is known when this is compiled its first character is too.
    if ((codes[at]! | 32) !== (word.charCodeAt(0) | 32)) return false;
    for (let i = 0; i < word.length; i++) {
      const code = codes[at + i]!;
      const folded = code >= 65 && code <= 90 ? code + 32 : code;
      if (folded !== word.charCodeAt(i)) return false;
    }
    return true;
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint16Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
