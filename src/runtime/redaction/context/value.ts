/**
 * The value behind a name: where it begins and where it ends.
 *
 * In:  a text and the position at which a value may begin.
 * Out: `value`, one shared object: bounds without quotes, and what kind of place it stands in.
 *
 * Quoting is that of shells, programming languages, JSON within strings (any number of backslashes) and YAML.
 * Pieces that a shell or a `+` puts back together (`'ab''cd'`, `"ab" + "cd"`) are one value.
 */
import {
  AMPERSAND,
  APOSTROPHE,
  AT,
  BACKSLASH,
  BACKTICK,
  CLASS,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  CLOSE_PAREN,
  COLON,
  COMMA,
  DOLLAR,
  DOT,
  EQUALS,
  isGap,
  isQuote,
  isSpace,
  LETTER,
  LF,
  NUL,
  OPEN_PAREN,
  PIPE,
  PLUS,
  QUOTE,
  SEMICOLON,
} from '../characters.ts';
import type { Scan } from '../scan.ts';
import { looksRandom } from '../shape.ts';
import type { Text } from '../text.ts';
import { bareEnd } from './bare.ts';
import { behindSpace } from './places.ts';

export interface Value {
  start: number;
  end: number;
  quoted: boolean;
  /** First position behind the value and its closing quote. */
  next: number;
}

/** The last value that was read. */
export const value: Value = { start: 0, end: 0, quoted: false, next: 0 };

/** Longest value that is followed to its end. A longer one is taken out up to here, and so is the rest of its run. */
const LONGEST_VALUE = 16_384;

/** How an unquoted value ends. */
export type Ending =
  /** At the end of its element, whatever is in it. */
  | 'all'
  /** At a gap, at the end of its element, or before what is plainly the next pair. */
  | 'element'
  /** At a gap or at punctuation that ends a word of a command line or of program text. */
  | 'word'
  /** At a gap, or at punctuation that ends a word of prose; signs within it belong to it. */
  | 'prose'
  /** As `word`, and at what ends a parameter of a URL. */
  | 'parameter'
  /** At the end of its line, or before what is plainly the next pair. */
  | 'line';

/** Reads the value at `at`. False when there is none. */
export function readValue(scan: Scan, text: Text, at: number, ending: Ending): boolean {
  const open = ending === 'all' ? -1 : quoteAt(text, at);
  if (open < 0) return readBare(scan, text, at, ending);
  if (!closesString(scan, text, open)) return readQuoted(scan, text, open);
  const added = addedAt(text, open);
  return added >= 0 && readQuoted(scan, text, added);
}

/** Opening quote of the string that is added to the one that ends at `end`: `"token: " + "…"`, `'token=' . '…'`; -1: none. */
function addedAt(text: Text, end: number): number {
  const { codes } = text;
  if (touches(codes, end)) return end + 1;
  const sign = behindSpace(text, end + 1);
  if (codes[sign] !== PLUS && codes[sign] !== DOT) return -1;
  const at = behindSpace(text, sign + 1);
  return isQuote(codes[at]!) ? at : -1;
}

/** True when the quote at `at` ends the string in which the name stands: `"token: " + x`. */
function closesString(scan: Scan, text: Text, at: number): boolean {
  const { codes } = text;
  const next = codes[at + 1]!;
  if (
    !isGap(next) &&
    next !== COMMA &&
    next !== SEMICOLON &&
    next !== CLOSE_PAREN &&
    next !== PLUS &&
    next !== CLOSE_BRACKET &&
    next !== CLOSE_BRACE &&
    !touches(codes, at)
  )
    return false;
  const quote = codes[at]!;
  if (next === PLUS && opensDrawn(text, at)) return false;
  const escapes = backslashesBefore(codes, at, Math.max(0, at - 18));
  const floor = Math.max(0, at - 512);
  let open = false;
  let p = at - 1;
  for (; p >= floor && codes[p] !== LF && codes[p] !== NUL; p--) {
    if (codes[p] !== quote || backslashesBefore(codes, p, Math.max(0, p - 18)) !== escapes) continue;
    const inWord =
      quote === APOSTROPHE &&
      p > 0 &&
      (CLASS[codes[p - 1]!]! & LETTER) !== 0 &&
      (CLASS[codes[p + 1]!]! & LETTER) !== 0;
    if (!inWord) open = !open;
  }
  scan.work.read(at - p);
  return open;
}

/** A shell's `"Bearer "'…'`: a quote of the other sort right behind the one at `at`. */
function touches(codes: Uint16Array, at: number): boolean {
  const other = codes[at + 1]!;
  return (other === QUOTE || other === APOSTROPHE) && other !== codes[at];
}

/** True when what stands from the quote at `at` to the next one looks drawn: base64 may begin with a `+`. */
function opensDrawn(text: Text, at: number): boolean {
  const { codes } = text;
  let end = at + 1;
  while (end - at < 512 && !isGap(codes[end]!) && codes[end] !== codes[at]) end++;
  return end - at > 16 && codes[end] === codes[at] && looksRandom(codes, at + 1, end);
}

/** Position of the opening quote of a string at `at`, prefixes (`$'`, `b"`, `@"`) and backslashes skipped; -1: none. */
function quoteAt(text: Text, at: number): number {
  const { codes, length } = text;
  let p = at;
  const first = codes[p]!;
  if (first === DOLLAR || first === AT) p++;
  else {
    let letters = 0;
    while (letters < 2 && p < length && PREFIX[codes[p]! & 127] === 1 && codes[p]! < 128) {
      p++;
      letters++;
    }
  }
  while (p < length && codes[p] === BACKSLASH && p - at < 18) p++;
  return p < length && isQuote(codes[p]!) ? p : -1;
}

/** Letters before the quote of a string. */
const PREFIX = new Uint8Array(128);
for (const letter of 'bBfFrRuUN') PREFIX[letter.charCodeAt(0)] = 1;

function backslashesBefore(codes: Uint16Array, at: number, from: number): number {
  let p = at;
  while (p > from && codes[p - 1] === BACKSLASH) p--;
  return at - p;
}

function readQuoted(scan: Scan, text: Text, open: number): boolean {
  const { codes, length } = text;
  let end = closeOf(scan, text, open);
  let start = open + 1;
  if (start + 1 < length && codes[start] === codes[open] && codes[start + 1] === codes[open]) {
    start += 2;
    end = tripleClose(scan, text, start, codes[open]!);
  }
  value.quoted = true;
  value.start = start;
  value.end = end;
  let next = end;
  for (let pieces = 0; pieces < 64; pieces++) {
    next = skipClosing(text, value.end, open);
    const more = continuation(text, next);
    if (more < 0) break;
    const piece = quoteAt(text, more);
    if (piece >= 0) {
      const pieceEnd = closeOf(scan, text, piece);
      if (pieceEnd <= piece || isOpen(text, piece, pieceEnd)) break;
      value.end = pieceEnd;
    } else {
      value.end = Math.max(value.end, bareEnd(scan, text, more, 'word'));
      next = value.end;
      break;
    }
  }
  value.next = Math.max(next, value.end);
  withoutInnerQuotes(text);
  return value.end > value.start;
}

/** A string that is written into another program's text has quotes of its own: `"\"…\""`. */
function withoutInnerQuotes(text: Text): void {
  const { codes } = text;
  const { start, end } = value;
  if (
    end - start > 4 &&
    codes[start] === BACKSLASH &&
    isQuote(codes[start + 1]!) &&
    codes[end - 1] === codes[start + 1] &&
    codes[end - 2] === BACKSLASH
  ) {
    value.start += 2;
    value.end -= 2;
  }
}

/** True for a quote that nothing closes, with words behind it: it closed a string around this one. */
function isOpen(text: Text, quote: number, end: number): boolean {
  if (isQuote(text.codes[end]!) || text.codes[end] === BACKSLASH) return false;
  for (let at = quote + 1; at < end; at++) if (isSpace(text.codes[at]!)) return true;
  return false;
}

/** Where the string that `open` begins ends: before its closing quote and that one's backslashes, or at the line's end. */
function closeOf(scan: Scan, text: Text, open: number): number {
  const { codes } = text;
  const quote = codes[open]!;
  const escapes = backslashesBefore(codes, open, Math.max(0, open - 18));
  const limit = Math.min(text.length, open + LONGEST_VALUE);
  let lineEnd = -1;
  let at = open + 1;
  for (; at < limit; at++) {
    const code = codes[at]!;
    if (code === NUL) break;
    if (code === LF && lineEnd < 0) lineEnd = at;
    if (code !== quote) continue;
    const before = backslashesBefore(codes, at, open + 1);
    if (escapes === 0 ? before % 2 === 0 : before <= escapes) {
      scan.work.read(at - open);
      return at - (escapes === 0 ? 0 : before);
    }
  }
  scan.work.read(at - open);
  return lineEnd >= 0 ? lineEnd : at;
}

function tripleClose(scan: Scan, text: Text, from: number, quote: number): number {
  const { codes } = text;
  const limit = Math.min(text.length, from + LONGEST_VALUE);
  let at = from;
  while (at < limit && codes[at] !== NUL) {
    if (codes[at] === quote && codes[at + 1] === quote && codes[at + 2] === quote) break;
    at++;
  }
  scan.work.read(at - from);
  return at;
}

function skipClosing(text: Text, end: number, open: number): number {
  const { codes, length } = text;
  let at = end;
  while (at < length && codes[at] === BACKSLASH && at - end < 18) at++;
  if (at >= length || codes[at] !== codes[open]) return at < length && isQuote(codes[at]!) ? at + 1 : end;
  at++;
  if (codes[at] === codes[open] && codes[at + 1] === codes[open] && codes[open + 1] === codes[open]) at += 2;
  return at;
}

/** Where a string that ended before `at` goes on, as a shell or an operator joins them; -1: nowhere. */
function continuation(text: Text, at: number): number {
  const { codes, length } = text;
  if (at >= length) return -1;
  const code = codes[at]!;
  if (isQuote(code)) return at;
  if ((CLASS[code]! & LETTER) !== 0 || (code >= 48 && code <= 57) || code === 95) return at;
  let p = at;
  while (p < length && isGap(codes[p]!) && codes[p] !== NUL && p - at < 32) p++;
  if (isQuote(codes[p]!) && (isAdjacent(text, at, p) || isBeside(text, at, p))) return p;
  // Python: `b"ab" b"cd"`.
  if (p > at && PREFIX[codes[p]! & 127] === 1 && isQuote(codes[p + 1]!) && isBeside(text, at, p + 1))
    return p + 1;
  if (codes[p] === BACKSLASH && codes[p + 1] === LF) p += 1;
  else if (codes[p] === PLUS || codes[p] === DOT || codes[p] === AMPERSAND) p++;
  else if (codes[p] === PIPE && codes[p + 1] === PIPE) p += 2;
  else return -1;
  if (codes[p] === DOT) p++;
  while (p < length && codes[p] !== NUL && (isGap(codes[p]!) || codes[p] === BACKSLASH) && p - at < 64) p++;
  const quote = quoteAt(text, p);
  return quote >= 0 && quote < length ? p : -1;
}

/** The same on one line, `token = "ab" "cd"`: behind a sign of equality, with nothing but their end behind them. */
function isBeside(text: Text, from: number, quote: number): boolean {
  const { codes, length } = text;
  if (quote === from || codes[from - 1] !== codes[quote]) return false;
  let open = value.start - 1;
  if (open > 0 && PREFIX[codes[open - 1]! & 127] === 1) open--;
  while (open > 0 && isSpace(codes[open - 1]!)) open--;
  if (codes[open - 1] === OPEN_PAREN) for (open--; open > 0 && isSpace(codes[open - 1]!); ) open--;
  if (codes[open - 1] !== EQUALS) return false;
  let next = quote;
  for (let pieces = 0; pieces < MOST_BESIDE; pieces++) {
    let end = next + 1;
    while (end < length && codes[end] !== codes[quote] && !isGap(codes[end]!) && end - next < 512) end++;
    if (codes[end] !== codes[quote]) return false;
    next = end + 1;
    if (next >= length || codes[next] === LF || codes[next] === SEMICOLON || codes[next] === CLOSE_PAREN)
      return true;
    while (isSpace(codes[next]!)) next++;
    if (next === end + 1 || codes[next] !== codes[quote]) return false;
  }
  return false;
}
const MOST_BESIDE = 16;

/** Python and C put strings on lines below one another together: the one at `quote`, unless it is the key of a pair. */
function isAdjacent(text: Text, from: number, quote: number): boolean {
  const { codes, length } = text;
  let broken = false;
  for (let at = from; at < quote; at++) if (codes[at] === LF) broken = true;
  if (!broken || codes[quote] === BACKTICK) return false;
  let end = quote + 1;
  while (end < length && codes[end] !== codes[quote] && codes[end] !== LF && end - quote < 512) end++;
  if (codes[end] !== codes[quote]) return false;
  const next = codes[end + 1]!;
  return next !== COLON && next !== EQUALS && !isSpace(next);
}

function readBare(scan: Scan, text: Text, at: number, ending: Ending): boolean {
  const end = bareEnd(scan, text, at, ending);
  value.start = at;
  value.end = end;
  value.quoted = false;
  value.next = end;
  return end > at;
}
