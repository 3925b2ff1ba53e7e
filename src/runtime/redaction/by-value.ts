/**
 * The values that were sensitive earlier in a run, remembered so that they are known again wherever they come back:
 * in a file name, a DNS label, a message, whole or in pieces.
 *
 * In:  values to remember; texts to look through.
 * Out: findings where a remembered value, or 16 or more characters of a long one, stands, in any letter case.
 *
 * Nothing of a value is kept but keyed hashes: polynomials of its windows modulo 2^32 at two secret points, 52 bits for
 * each window, and two bitmaps in front of them that say where to look. They live as long as the run and never leave the
 * process.
 */
import { randomBytes, randomFillSync } from 'node:crypto';
import { ALNUM, CLASS, HYPHEN, isGap } from './characters.ts';
import { RANK } from './finding.ts';
import type { Scan } from './scan.ts';
import { measure } from './shape.ts';
import type { Text } from './text.ts';

/** Characters of the window that makes a place a candidate. The least that a value must have to be remembered. */
const NEAR = 6;
/** Characters of the window that is looked for first, at every `STRIDE`th place: each value has one of them there. */
const GRAM = 4;
const STRIDE = NEAR - GRAM + 1;
/** Characters of a piece of a long value that are enough to know it by. */
const PIECE = 16;
/** A shorter value is known only as a whole, and from this on anywhere; below, only where it stands alone. */
const ANYWHERE = 10;
const MOST_VALUES = 256;
const LONGEST = 4096;
const FILTER_BITS = 17;
const GRAM_BITS = 18;

export interface MemoryKey {
  /** Odd. */
  readonly near: number;
  readonly first: number;
  readonly second: number;
}

/** Points for the hashes, from a secret or at random. */
export function memoryKey(secret?: Uint8Array): MemoryKey {
  const bytes = secret ?? randomBytes(12);
  const view = new DataView(bytes.buffer, bytes.byteOffset, 12);
  return { near: view.getUint32(0) | 1, first: view.getUint32(4) | 1, second: view.getUint32(8) | 1 };
}

interface Remembered {
  readonly kind: string;
  readonly length: number;
}

export class Memory {
  readonly #key: MemoryKey;
  /** One bit per hash of a window of NEAR characters. */
  #filter = NOTHING;
  /** One bit per hash of a window of GRAM characters, and one in sixteen at random, so that values cannot be read from it. */
  #grams = NOTHING;
  /** Hash of a whole value (or a piece) to what it is. */
  readonly #known = new Map<number, Remembered>();
  /** Lengths of the short values. */
  readonly #lengths = new Set<number>();
  #values = 0;

  constructor(key: MemoryKey) {
    this.#key = key;
  }

  /** Remembers what was found at `[foundAt, foundEnd)` of `text`, when it is long and odd enough not to stand elsewhere by chance. */
  learn(text: Text, foundAt: number, foundEnd: number, kind: string): void {
    const [start, end] = kind.endsWith(PRIVATE_KEY) ? ofKey(text, foundAt, foundEnd) : [foundAt, foundEnd];
    const length = Math.min(end - start, LONGEST);
    if (
      this.#values >= MOST_VALUES ||
      !isOdd(text, start, start + length) ||
      isHost(text, start, start + length)
    )
      return;
    const { codes } = text;
    const span = length < PIECE ? length : PIECE;
    const id = this.#hash(codes, start, span);
    if (this.#known.has(id)) return;
    if (this.#values++ === 0) {
      this.#filter = new Uint32Array(1 << (FILTER_BITS - 5));
      this.#grams = decoys(1 << (GRAM_BITS - 5));
    }
    for (let at = start; at + span <= start + length; at++) {
      if (span === PIECE && isBlank(codes, at, at + span)) continue;
      this.#known.set(this.#hash(codes, at, span), { kind, length: span });
    }
    for (let at = start; at + GRAM <= start + length; at++) {
      const gram = this.#gram(codes, at);
      this.#grams[gram >>> 5]! |= 1 << (gram & 31);
      if (at + NEAR > start + length) continue;
      const near = this.#nearby(codes, at);
      this.#filter[near >>> 5]! |= 1 << (near & 31);
    }
    this.#lengths.add(span);
  }

  #nearby(codes: Uint16Array, at: number): number {
    let hash = 0;
    for (let i = 0; i < NEAR; i++) hash = (Math.imul(hash, this.#key.near) + fold(codes[at + i]!)) | 0;
    return Math.imul(hash, 0x9e3779b1) >>> (32 - FILTER_BITS);
  }

  #gram(codes: Uint16Array, at: number): number {
    const gram =
      (FOLDED[codes[at]! & 255]! << 24) |
      (FOLDED[codes[at + 1]! & 255]! << 16) |
      (FOLDED[codes[at + 2]! & 255]! << 8) |
      FOLDED[codes[at + 3]! & 255]!;
    return Math.imul(Math.imul(gram, this.#key.first) ^ this.#key.near, 0x9e3779b1) >>> (32 - GRAM_BITS);
  }

  /** 52 bits of two polynomials. */
  #hash(codes: Uint16Array, start: number, length: number): number {
    let first = length;
    let second = length;
    for (let at = start; at < start + length; at++) {
      const code = fold(codes[at]!);
      first = (Math.imul(first, this.#key.first) + code) | 0;
      second = (Math.imul(second, this.#key.second) + code) | 0;
    }
    return (mix(first) >>> 6) * 0x4000000 + (mix(second) >>> 6);
  }

  /** Reports what stands in `text` of what is remembered. */
  find(scan: Scan, text: Text): void {
    const { codes, length } = text;
    if (this.#values === 0) return;
    const grams = this.#grams;
    let foundEnd = -1;
    for (let at = 0; at + GRAM <= length; at += STRIDE) {
      const gram = this.#gram(codes, at);
      if (((grams[gram >>> 5]! >>> (gram & 31)) & 1) === 0) continue;
      for (let start = Math.max(0, at - STRIDE + 1); start <= at && start + NEAR <= length; start++) {
        const near = this.#nearby(codes, start);
        if (((this.#filter[near >>> 5]! >>> (near & 31)) & 1) === 0) continue;
        scan.work.read(64);
        if (scan.work.spent) return;
        const end = this.#match(text, start, foundEnd >= start);
        if (end > 0) foundEnd = end;
        if (end > 0) this.#report(scan, text, start, end);
      }
    }
  }

  #kind = '';

  #match(text: Text, start: number, continues: boolean): number {
    const { codes, length } = text;
    let best = 0;
    for (const span of this.#lengths) {
      if (start + span > length || span < best - start) continue;
      const known = this.#known.get(this.#hash(codes, start, span));
      if (known === undefined || known.length !== span) continue;
      if (span < ANYWHERE && !continues && !standsAlone(text, start, start + span)) continue;
      best = start + span;
      this.#kind = known.kind;
    }
    return best;
  }

  #report(scan: Scan, text: Text, start: number, end: number): void {
    const last = text.findings[text.findings.length - 1];
    if (last !== undefined && last.rule === 'remembered' && start <= last.end && start >= last.start)
      last.end = Math.max(last.end, end);
    else scan.report(text, start, end, this.#kind, 'remembered', RANK.remembered);
  }
}

function fold(code: number): number {
  return code >= 65 && code <= 90 ? code + 32 : code;
}

const FOLDED = Uint8Array.from({ length: 256 }, (_, code) => fold(code));
const NOTHING = new Uint32Array(0);

/** Words in which one bit in sixteen is set. */
function decoys(size: number): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(size).fill(0xffffffff);
  const random = new Uint32Array(size);
  for (let round = 0; round < 4; round++) {
    randomFillSync(random);
    for (let i = 0; i < size; i++) words[i]! &= random[i]!;
  }
  return words;
}

function mix(value: number): number {
  let h = value ^ (value >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function standsAlone(text: Text, start: number, end: number): boolean {
  const before = start === 0 ? 0 : CLASS[text.codes[start - 1]!]!;
  const after = end >= text.length ? 0 : CLASS[text.codes[end]!]!;
  return ((before | after) & ALNUM) === 0;
}

/** Mostly gaps, or few different characters: the indentation between two lines of a value stands in every source. */
function isBlank(codes: Uint16Array, start: number, end: number): boolean {
  let gaps = 0;
  for (let at = start; at < end; at++) if (isGap(codes[at]!)) gaps++;
  return gaps > MOST_GAPS || measure(codes, start, end).distinct < LEAST_DISTINCT;
}
const MOST_GAPS = 5;
const LEAST_DISTINCT = 4;

/** A name that hosts have stands in much else: one that was taken for a secret by mistake would go everywhere. */
function isHost(text: Text, start: number, end: number): boolean {
  return end - start <= LONGEST_HOST && HOST.test(text.slice(start, end));
}
const LONGEST_HOST = 80;
const HOST =
  /^(?:[a-z][a-z-]{0,30}\.){1,5}(?:com|net|org|io|dev|local|localdomain|internal|cloud|svc|test|example|app|info)$|^(?:ssh-(?:ed25519|rsa|dss)|ecdsa-sha2-nistp\d{3}|scram-sha-256)$/;

/**
 * Of a private key what no other key has, the public ones among them: it without the header and the footer of its armour (RFC 7468,
 * RFC 4716) and without the beginning of what they hold, which says the algorithm.
 */
function ofKey(text: Text, start: number, end: number): [number, number] {
  const armoured = text.has(DASHES, start);
  if (!armoured && !DER.some((head) => text.has(head, start))) return [start, end];
  let body = start;
  let last = end;
  if (armoured) {
    body = behindDashes(text, nextDashes(text, behindDashes(text, start, end), end), end);
    last = nextDashes(text, Math.max(body, end - LONGEST_FOOTER), end);
  }
  return [body + Math.min(ALGORITHM, (last - body) >> 1), last];
}
const PRIVATE_KEY = 'private-key';
/** A sequence (X.690) of as many bytes as a key has, in base64, letters folded. */
const DER = ['mi', 'mc', 'mf'];
const DASHES = '----';
/** A line of base64; that of RSA in PKCS#8 takes 32 of it, headers of RFC 1421 more. */
const ALGORITHM = 64;

/** With what may stand behind it as it ends a line. */
const LONGEST_FOOTER = 80;

function behindDashes({ codes }: Text, from: number, end: number): number {
  let at = from;
  while (at < end && codes[at] === HYPHEN) at++;
  return at;
}

/** Where armour's next dashes begin, or `end`. */
function nextDashes(text: Text, from: number, end: number): number {
  let at = from;
  while (at < end && !text.has(DASHES, at)) at++;
  return at;
}

/** Not a word, a number or a path that other strings have as well. */
function isOdd(text: Text, start: number, end: number): boolean {
  if (end - start < NEAR) return false;
  const s = measure(text.codes, start, end);
  const kinds = (s.lower > 0 ? 1 : 0) + (s.upper > 0 ? 1 : 0) + (s.digit > 0 ? 1 : 0) + (s.other > 0 ? 1 : 0);
  if (s.distinct < 5) return false;
  if (s.digit === s.length) return s.length >= 10;
  if (s.digit > 0 || (kinds >= 3 && s.length >= 8)) return s.length >= 8 || kinds >= 3;
  return s.pairs > 0 && s.commonPairs * 100 < s.pairs * 70 ? s.length >= 8 : s.length >= 20;
}
