/**
 * Views: a text with one layer of encoding undone, each character knowing what it stands for.
 *
 * In:  a text.
 * Out: true and the view in `into` when there was something to undo. A view has the words that have an escape in them and
 *      the words next to those, not the whole text.
 *
 * `percent`   RFC 3986.
 * `escapes`   `\x41`, `\u0041`, `\U00000041`, `\101`, `\/` of programming languages, JSON and shells, and `\n` with them.
 * `colours`   control sequences of terminals (ECMA-48), left out.
 * `entities`  `&quot;`, `&#65;`, `&#x41;` of HTML and XML.
 */
import {
  AMPERSAND,
  APOSTROPHE,
  AT,
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  CLOSE_PAREN,
  CR,
  EQUALS,
  ESCAPE,
  GREATER,
  HASH,
  isGap,
  LESS,
  LF,
  OPEN_BRACE,
  OPEN_BRACKET,
  OPEN_PAREN,
  PERCENT,
  QUOTE,
  SEMICOLON,
  SLASH,
  SPACE,
  TAB,
  TILDE,
  UNDERSCORE,
} from './characters.ts';
import { isHexCode, nibble } from './encodings.ts';
import type { Text } from './text.ts';

/** The character that an escape stands for; -1 for none. Set by the functions that recognise one. */
let undone = 0;

/** Behind the escape at `at`, its character in `undone`; 0 when there is none. */
type Escape = (text: Text, at: number) => number;

export function percentView(text: Text, into: Text): boolean {
  return undo(text, PERCENT, percentEnd, percentEnd, into);
}

export function escapesView(text: Text, into: Text): boolean {
  return undo(text, BACKSLASH, codeEnd, escapeEnd, into);
}

export function entitiesView(text: Text, into: Text): boolean {
  return undo(text, AMPERSAND, entityEnd, entityEnd, into);
}

export function coloursView(text: Text, into: Text): boolean {
  return undo(text, ESCAPE, sequenceEnd, sequenceEnd, into);
}

const LONGEST_SEQUENCE = 32;

/** `ESC [ … m`: parameters, then a letter. `ESC ] … BEL`: a title, a link. `ESC ( B`: a set of characters. */
function sequenceEnd(text: Text, at: number): number {
  const { codes } = text;
  if (codes[at + 1] === CLOSE_BRACKET) return commandEnd(text, at);
  if (codes[at + 1] === OPEN_PAREN || codes[at + 1] === CLOSE_PAREN) {
    undone = -1;
    return codes[at + 2]! > SPACE && codes[at + 2]! <= TILDE ? at + 3 : 0;
  }
  if (codes[at + 1] !== OPEN_BRACKET) return 0;
  let p = at + 2;
  while (p - at < LONGEST_SEQUENCE && codes[p]! >= SPACE && codes[p]! < AT) p++;
  if (codes[p]! < AT || codes[p]! > TILDE) return 0;
  undone = -1;
  return p + 1;
}

/** `ESC ] 8 ; ; https://… BEL`, or with `ESC \\` at its end. */
function commandEnd(text: Text, at: number): number {
  const { codes, length } = text;
  let p = at + 2;
  while (p < length && p - at < LONGEST_COMMAND && codes[p]! >= SPACE) p++;
  const end = codes[p] === BELL ? p + 1 : codes[p] === ESCAPE && codes[p + 1] === BACKSLASH ? p + 2 : 0;
  undone = -1;
  return p < length ? end : 0;
}
const LONGEST_COMMAND = 256;
const BELL = 7;

/** Copies the neighbourhood of each escape that `opens` (they begin with `sign`), with all escapes in it undone. */
function undo(text: Text, sign: number, opens: Escape, undoAt: Escape, into: Text): boolean {
  let found = false;
  let copied = 0;
  for (let at = text.indexOf(sign); at >= 0; at = text.indexOf(sign, Math.max(at + 1, copied))) {
    if (opens(text, at) === 0) continue;
    if (!found) into.resetView(text.length * 2, text.mode);
    found = true;
    const from = Math.max(copied, behindWords(text, at));
    if (from > copied && into.length > 0) into.push(LF, from, from);
    copied = copyUndone(text, from, sign, undoAt, into);
  }
  return found;
}

/** Words before an escape that belong to its neighbourhood, and behind it. */
const NEIGHBOURS = 3;

/** Start of the word that `at` lies in, or of one shortly before it. */
function behindWords(text: Text, at: number): number {
  const { codes } = text;
  let p = at;
  for (let words = 0; words < NEIGHBOURS && p > 0; words++) {
    while (p > 0 && isGap(codes[p - 1]!)) p--;
    while (p > 0 && !isGap(codes[p - 1]!)) p--;
  }
  return p;
}

/** Copies from `from` until some words without escapes have followed. Returns where it ended. */
function copyUndone(text: Text, from: number, sign: number, undoAt: Escape, into: Text): number {
  const { codes, length } = text;
  let at = from;
  let gaps = 0;
  let seen = false;
  while (at < length) {
    const code = codes[at]!;
    const end = code === sign ? undoAt(text, at) : 0;
    if (end > 0) {
      if (undone >= 0) into.push(undone, at, end);
      at = end;
      gaps = 0;
      seen = true;
      continue;
    }
    if (seen && isGap(code) && ++gaps > NEIGHBOURS) break;
    into.push(code, at, at + 1);
    at++;
  }
  return at;
}

function percentEnd(text: Text, at: number): number {
  const { codes } = text;
  if (!isHexCode(codes[at + 1]!) || !isHexCode(codes[at + 2]!)) return 0;
  undone = (nibble(codes[at + 1]!) << 4) | nibble(codes[at + 2]!);
  return at + 3;
}

/** As `escapeEnd`, without line breaks and tabs: those alone hide nothing. */
function codeEnd(text: Text, at: number): number {
  const end = escapeEnd(text, at);
  return end > 0 && (undone === LF || undone === CR || undone === TAB) && end - at <= 3 ? 0 : end;
}

/** An escape of a string; the backslashes of nested strings count as one. */
function escapeEnd(text: Text, at: number): number {
  const { codes, length } = text;
  let p = at;
  while (p < length && codes[p] === BACKSLASH && p - at < 8) p++;
  const code = codes[p]!;
  if (code === 110 || code === 114 || code === 116) {
    undone = code === 110 ? LF : code === 114 ? CR : TAB;
    return p + 1;
  }
  if (code === SLASH) {
    undone = SLASH;
    return p + 1;
  }
  if (code === 120) return hexDigits(text, p + 1, 2, 2);
  if (code === 117)
    return codes[p + 1] === OPEN_BRACE ? bracedHex(text, p + 2) : hexDigits(text, p + 1, 4, 4);
  if (code === 85) return hexDigits(text, p + 1, 8, 8);
  return code >= 48 && code <= 51 ? octalDigits(text, p) : 0;
}

function octalDigits(text: Text, from: number): number {
  let value = 0;
  for (let p = from; p < from + 3; p++) {
    const digit = text.codes[p]! - 48;
    if (digit < 0 || digit > 7) return 0;
    value = value * 8 + digit;
  }
  undone = value;
  return from + 3;
}

function hexDigits(text: Text, from: number, least: number, most: number): number {
  let p = from;
  let value = 0;
  while (p - from < most && isHexCode(text.codes[p]!)) value = value * 16 + nibble(text.codes[p++]!);
  if (p - from < least) return 0;
  undone = value & 0xffff;
  return p;
}

function bracedHex(text: Text, from: number): number {
  const end = hexDigits(text, from, 1, 6);
  return end > 0 && text.codes[end] === CLOSE_BRACE ? end + 1 : 0;
}

const ENTITIES: readonly (readonly [string, number])[] = [
  ['&quot;', QUOTE],
  ['&amp;', AMPERSAND],
  ['&lt;', LESS],
  ['&gt;', GREATER],
  ['&apos;', APOSTROPHE],
  ['&colon;', 58],
  ['&equals;', EQUALS],
  ['&sol;', SLASH],
  ['&lowbar;', UNDERSCORE],
  ['&nbsp;', SPACE],
];

function entityEnd(text: Text, at: number): number {
  const { codes } = text;
  if (codes[at + 1] === HASH) return numericEnd(text, at + 2);
  for (const [entity, code] of ENTITIES) {
    if (codes[at + 1] === entity.charCodeAt(1) && text.has(entity, at)) {
      undone = code;
      return at + entity.length;
    }
  }
  return 0;
}

function numericEnd(text: Text, from: number): number {
  const { codes } = text;
  const hex = (codes[from]! | 32) === 120;
  const start = hex ? from + 1 : from;
  let p = start;
  let value = 0;
  while (p - start < 7 && (hex ? isHexCode(codes[p]!) : codes[p]! >= 48 && codes[p]! <= 57))
    value = value * (hex ? 16 : 10) + nibble(codes[p++]!);
  if (p === start || codes[p] !== SEMICOLON) return 0;
  undone = value & 0xffff;
  return p + 1;
}
