/**
 * Where a value without quotes ends.
 *
 * In:  a text, where the value begins, and what kind of place it stands in.
 * Out: the position behind it; words that a shell joins to it are a part of it.
 */
import {
  ALNUM,
  AMPERSAND,
  ANY_UPPER,
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
  DIGIT,
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
  LF,
  NUL,
  OPEN_BRACE,
  OPEN_BRACKET,
  OPEN_PAREN,
  PIPE,
  QUOTE,
  SEMICOLON,
  SLASH,
  tableOf,
  UNDERSCORE,
} from '../characters.ts';
import type { Scan } from '../scan.ts';
import { looksRandom } from '../shape.ts';
import type { Text } from '../text.ts';
import { goesOnDrawn } from './drawn-sign.ts';
import type { Ending } from './value.ts';

/** Longest value without quotes, characters. */
const LONGEST_BARE = 4096;

/** 1 for what belongs to a value wherever it stands: most characters of most values. */
const PLAIN = tableOf(
  (code) => isName(code) || code >= 128 || '+*%~=:!^@?$'.includes(String.fromCharCode(code)),
);

/** Where the value without quotes that begins at `from` ends. */
export function bareEnd(scan: Scan, text: Text, from: number, ending: Ending): number {
  const { codes } = text;
  const limit = Math.min(text.length, from + LONGEST_BARE);
  let depth = 0;
  let at = from;
  while (at < limit) {
    const code = codes[at]!;
    if (PLAIN[code] === 1) {
      at++;
      continue;
    }
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
      if (endsProse(text, at) && (code !== LESS || !goesOnDrawn(text, at))) break;
    } else if (code === AMPERSAND || code === SEMICOLON || code === COMMA) {
      if (endsPair(text, at, ending) && (code !== SEMICOLON || !goesOnDrawn(text, at))) break;
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
      const inToken = code === PIPE && joinsToken(text, at, limit);
      if (!inToken && (code === SLASH || !goesOnDrawn(text, at))) break;
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
  return at;
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

/** A number or a name, a bar and a drawn secret are one token, as of Laravel and Facebook: `12|…`. */
function joinsToken(text: Text, bar: number, limit: number): boolean {
  const { codes } = text;
  if ((CLASS[codes[bar - 1] ?? 0]! & ALNUM) === 0) return false;
  let at = bar + 1;
  while (at < limit && isName(codes[at]!)) at++;
  return at - bar > LEAST_BEHIND_BAR && looksRandom(codes, bar + 1, at);
}
const LEAST_BEHIND_BAR = 20;

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
    if (codes[at] === AMPERSAND) return !goesOnBehindAmpersand(text, p) && !goesOnDrawn(text, at);
    if (codes[at] !== COMMA) return true;
    if (p >= length || isGap(codes[p]!) || isQuote(codes[p]!) || !isName(codes[p]!)) return true;
    if (codes[p] === DOT && codes[p + 1] === DOT) return true; // The rest of an object: `,...rest`.
  }
  // A shell's `&& node app.js`: passwords have no spaces there.
  if (ending === 'line' && codes[at] === AMPERSAND && isGap(codes[codes[p] === AMPERSAND ? p + 1 : p]!))
    return true;
  while (p < length && isSpace(codes[p]!) && p - at < 4) p++;
  if (p >= length || codes[p]! <= 13) return ending !== 'element';
  const from = p;
  while (p < length && p - from < 40 && (isName(codes[p]!) || (codes[p] === 32 && codes[at] === SEMICOLON)))
    p++;
  if (codes[p - 1] === HYPHEN) return false; // A sign of a password: `Xk3,aNpp-=l0x`.
  return p > from && p < length && (codes[p] === EQUALS || (codes[p] === COLON && codes[at] === COMMA));
}

/** A sign of a password rather than what separates commands, parameters, or begins an entity of HTML: `&node app`, `&x=1`, `&quot;`. */
function goesOnBehindAmpersand(text: Text, from: number): boolean {
  const { codes, length } = text;
  let at = from;
  let seen = 0;
  while (at < length && isName(codes[at]!) && at - from < LONGEST_COMMAND) seen |= CLASS[codes[at++]!]!;
  const next = at < length ? codes[at]! : NUL;
  if (at === from) return PLAIN[next] === 1 && next !== DOLLAR;
  if (next === EQUALS || next === SEMICOLON || next === SLASH) return false;
  return (seen & (ANY_UPPER | DIGIT)) !== 0 || !(isGap(next) || isQuote(next));
}
const LONGEST_COMMAND = 64;

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
