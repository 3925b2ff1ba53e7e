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
  ALNUM,
  AMPERSAND,
  APOSTROPHE,
  AT,
  BACKSLASH,
  BACKTICK,
  BANG,
  CLASS,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  CLOSE_PAREN,
  COLON,
  COMMA,
  DOLLAR,
  DOT,
  EQUALS,
  GREATER,
  HASH,
  HYPHEN,
  isGap,
  isName,
  isQuote,
  isSpace,
  LESS,
  LETTER,
  LF,
  NUL,
  OPEN_BRACE,
  OPEN_BRACKET,
  OPEN_PAREN,
  PIPE,
  PLUS,
  QUOTE,
  SEMICOLON,
  SLASH,
  UNDERSCORE,
} from '../characters.ts';
import type { Scan } from '../scan.ts';
import { looksRandom } from '../shape.ts';
import type { Text } from '../text.ts';
import { COST } from '../work.ts';

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
/** The same without quotes. */
const LONGEST_BARE = 4096;

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
  if (open >= 0) return !closesString(scan, text, open) && readQuoted(scan, text, open);
  return readBare(scan, text, at, ending);
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
    next !== CLOSE_BRACE
  )
    return false;
  const quote = codes[at]!;
  if (next === PLUS && opensDrawn(text, at)) return false;
  const escapes = backslashesBefore(codes, at, Math.max(0, at - 18));
  const floor = Math.max(0, at - 512);
  let open = false;
  for (let p = at - 1; p >= floor && codes[p] !== LF && codes[p] !== NUL; p--) {
    if (codes[p] !== quote || backslashesBefore(codes, p, Math.max(0, p - 18)) !== escapes) continue;
    const inWord =
      quote === APOSTROPHE &&
      p > 0 &&
      (CLASS[codes[p - 1]!]! & LETTER) !== 0 &&
      (CLASS[codes[p + 1]!]! & LETTER) !== 0;
    if (!inWord) open = !open;
  }
  scan.work.spend(COST.string);
  return open;
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
    while (letters < 2 && p < length && 'bBfFrRuUN'.includes(String.fromCharCode(codes[p]!))) {
      p++;
      letters++;
    }
  }
  while (p < length && codes[p] === BACKSLASH && p - at < 18) p++;
  return p < length && isQuote(codes[p]!) ? p : -1;
}

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
      const from = value.end;
      readBareFrom(scan, text, more, 'word');
      value.end = Math.max(from, bareEnd);
      next = value.end;
      break;
    }
  }
  value.next = Math.max(next, value.end);
  return value.end > value.start;
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
  if (isQuote(codes[p]!) && isAdjacent(text, at, p)) return p;
  if (codes[p] === BACKSLASH && codes[p + 1] === LF) p += 1;
  else if (codes[p] === PLUS || codes[p] === DOT || codes[p] === AMPERSAND) p++;
  else if (codes[p] === PIPE && codes[p + 1] === PIPE) p += 2;
  else return -1;
  if (codes[p] === DOT) p++;
  while (p < length && codes[p] !== NUL && (isGap(codes[p]!) || codes[p] === BACKSLASH) && p - at < 64) p++;
  const quote = quoteAt(text, p);
  return quote >= 0 && quote < length ? p : -1;
}

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

let bareEnd = 0;

function readBare(scan: Scan, text: Text, at: number, ending: Ending): boolean {
  readBareFrom(scan, text, at, ending);
  value.start = at;
  value.end = bareEnd;
  value.quoted = false;
  value.next = bareEnd;
  return bareEnd > at;
}

function readBareFrom(scan: Scan, text: Text, from: number, ending: Ending): void {
  const { codes } = text;
  const limit = Math.min(text.length, from + LONGEST_BARE);
  let depth = 0;
  let at = from;
  while (at < limit) {
    const code = codes[at]!;
    if (ending === 'all') {
      if (code === NUL) break;
    } else if (isGap(code)) {
      if (code === LF || code === NUL || code === 13) break;
      if (ending !== 'line' || !lineGoesOn(text, at)) break;
    } else if (code === BACKSLASH) {
      const next = at + 1 < limit ? codes[at + 1]! : NUL;
      if (next === LF) {
        at += 2;
        while (at < limit && isSpace(codes[at]!)) at++;
        continue;
      }
      if (ending !== 'element' && (next === 110 || next === 114 || isEscapedQuote(codes, at, limit))) break;
      at++;
      if (ending !== 'element' && at < limit && codes[at] === 32) at++;
      continue;
    } else if (ending === 'prose') {
      if (endsProse(text, at)) break;
    } else if (code === AMPERSAND || code === SEMICOLON || code === COMMA) {
      if (endsPair(text, at, ending)) break;
    } else if (ending === 'element' || ending === 'line') {
      // Whatever else stands in it belongs to it.
    } else if (isQuote(code)) {
      const close = joinedQuote(text, at, limit);
      if (close < 0) break;
      at = close;
    } else if (code === OPEN_PAREN || code === OPEN_BRACKET || code === OPEN_BRACE) {
      depth++;
    } else if (code === CLOSE_PAREN || code === CLOSE_BRACKET || code === CLOSE_BRACE) {
      if (depth === 0 && !goesOn(codes, at + 1, limit)) break;
      if (depth > 0) depth--;
    } else if (
      code === PIPE ||
      code === LESS ||
      code === GREATER ||
      (code === SLASH && text.mode === 'path')
    ) {
      break;
    } else if (
      code === HASH &&
      ending === 'parameter' &&
      !(text.mapped && text.to[at]! - text.from[at]! > 1)
    ) {
      break;
    }
    at++;
  }
  scan.work.read((at - from) * 3);
  bareEnd = at;
}

/** True when a word goes on behind a closing bracket: the bracket was a sign of the value. */
function goesOn(codes: Uint16Array, from: number, limit: number): boolean {
  let at = from;
  while (
    at < limit &&
    at - from < 3 &&
    (codes[at] === CLOSE_PAREN || codes[at] === CLOSE_BRACKET || codes[at] === CLOSE_BRACE)
  )
    at++;
  if (at >= limit) return false;
  const code = codes[at]!;
  return (
    (CLASS[code]! & ALNUM) !== 0 ||
    code === HYPHEN ||
    code === UNDERSCORE ||
    code === BANG ||
    code === HASH ||
    code === AT
  );
}

/** Signs of drawn passwords that no sentence has behind a bracket. */
const SIGNS: ReadonlySet<number> = new Set([...'^*@%+~&#='].map((sign) => sign.charCodeAt(0)));

/** Quotes, closing brackets, commas and tags end a word of prose where no letter or digit follows. */
function endsProse(text: Text, at: number): boolean {
  const { codes, length } = text;
  const code = codes[at]!;
  if (code === LESS) return true;
  if (
    !isQuote(code) &&
    code !== COMMA &&
    code !== SEMICOLON &&
    code !== CLOSE_PAREN &&
    code !== CLOSE_BRACKET &&
    code !== CLOSE_BRACE
  )
    return false;
  if (at + 1 >= length) return true;
  const next = codes[at + 1]!;
  return CLASS[next]! === 0 && next !== BANG && (code !== CLOSE_PAREN || !SIGNS.has(next));
}

function isEscapedQuote(codes: Uint16Array, at: number, limit: number): boolean {
  let p = at;
  while (p < limit && codes[p] === BACKSLASH) p++;
  return p < limit && (codes[p] === QUOTE || codes[p] === APOSTROPHE);
}

/** A space within a value that goes to the end of its line: it goes on unless a comment or a pair follows. */
function lineGoesOn(text: Text, at: number): boolean {
  const { codes, length } = text;
  let p = at;
  while (p < length && isSpace(codes[p]!)) p++;
  if (p >= length || codes[p] === HASH || codes[p] === SEMICOLON || codes[p] === SLASH) return false;
  for (let q = p; q < length && codes[q]! > 13 && q - p < 80; q++)
    if (codes[q] === EQUALS || codes[q] === COLON) return false;
  return p < length && codes[p]! > 32;
}

/** True when the `&`, `;` or `,` at `at` ends the pair rather than being a part of its value. */
function endsPair(text: Text, at: number, ending: Ending): boolean {
  const { codes, length } = text;
  if (ending === 'parameter') return true;
  let p = at + 1;
  if (ending === 'word') {
    if (codes[at] !== COMMA) return true;
    if (p >= length || isGap(codes[p]!) || isQuote(codes[p]!) || !isName(codes[p]!)) return true;
  }
  while (p < length && isSpace(codes[p]!) && p - at < 4) p++;
  if (p >= length || codes[p]! <= 13) return ending !== 'element';
  const from = p;
  while (p < length && p - from < 40 && (isName(codes[p]!) || (codes[p] === 32 && codes[at] === SEMICOLON)))
    p++;
  return p > from && p < length && (codes[p] === EQUALS || (codes[p] === COLON && codes[at] === COMMA));
}

/** The closing quote of a piece that a shell joins to the word before it, `ab"cd"ef`; -1 when the quote ends the word. */
function joinedQuote(text: Text, at: number, limit: number): number {
  const { codes } = text;
  const quote = codes[at]!;
  if (quote === BACKTICK || at + 1 >= limit) return -1;
  const next = codes[at + 1]!;
  const inner = next === QUOTE || next === APOSTROPHE ? (text.codes[at + 2] ?? 0) : next;
  if (CLASS[inner]! === 0) return -1;
  for (let p = at + 1; p < limit && p - at < 1024; p++) {
    const code = codes[p]!;
    if (isGap(code)) return -1;
    if (code === quote) return p;
  }
  return -1;
}
