/**
 * Quick looks at an identifier and around it that turn most of those with a sensitive stem away, and what a word before it
 * makes of it.
 *
 * In:  code units and the bounds of the identifier.
 * Out: judgements; nothing is found here.
 */
import {
  AMPERSAND,
  ANY_LOWER,
  ANY_UPPER,
  BACKSLASH,
  CLASS,
  COLON,
  COMMA,
  DOT,
  EQUALS,
  GREATER,
  HYPHEN,
  isAlnum,
  isSpace,
  LETTER,
  LF,
  NUL,
  PLUS,
  QUESTION,
  SEMICOLON,
  SLASH,
  SPACE,
  TILDE,
  UNDERSCORE,
} from '../characters.ts';
import { deniesSecret, doubtsSecret, makesKeySecret, makesPhraseSecret } from '../names.ts';
import type { Name } from '../sensitive-words.ts';
import { isAllOf, looksMixed } from '../shape.ts';
import type { Text } from '../text.ts';
import { WordTable } from '../word-table.ts';

/** A longer one is looked at more closely: it may be a secret that has a stem in it by chance. */
const LONGEST_PLAIN_NAME = 12;

/** True when it is a secret rather. Of a name that ends in the stem's word, `TF_VAR_k3s_token`, only that is looked at. */
export function isMixed(
  codes: Uint16Array,
  start: number,
  end: number,
  stem: number,
  stemEnd: number,
): boolean {
  let from = start;
  let wordEnd = stemEnd;
  while (wordEnd < end && (CLASS[codes[wordEnd]!]! & LETTER) !== 0) wordEnd++;
  // `html2pdfApiKey`, `neo4jPassword`: the stem is the last of its humps.
  if (
    wordEnd === end &&
    (CLASS[codes[stem]!]! & ANY_UPPER) !== 0 &&
    (isLongHump(codes, start, stem, end) || hasHumpBefore(codes, start, stem))
  )
    return false;
  if (wordEnd === end) for (from = stem; from > start && isAlnum(codes[from - 1]!); ) from--;
  return end - from > LONGEST_PLAIN_NAME && looksMixed(codes, from, end) && !hasPlainParts(codes, from, end);
}

/** `Password`, `Token` behind small letters or a digit: chance does not draw a word of five letters with its case. */
function isLongHump(codes: Uint16Array, start: number, stem: number, end: number): boolean {
  if (end - stem < LEAST_HUMP || stem === start || (CLASS[codes[stem - 1]!]! & ANY_UPPER) !== 0) return false;
  for (let at = stem + 1; at < end; at++) if ((CLASS[codes[at]!]! & ANY_LOWER) === 0) return false;
  return true;
}
const LEAST_HUMP = 5;

/** `TF_VAR_s3_secret_key`: between its joints each part is written in one case. */
function hasPlainParts(codes: Uint16Array, start: number, end: number): boolean {
  let joints = 0;
  let seen = 0;
  for (let at = start; at < end; at++) {
    const code = codes[at]!;
    if (code === UNDERSCORE) {
      joints++;
      seen = 0;
      continue;
    }
    seen |= CLASS[code]! & (ANY_UPPER | ANY_LOWER);
    if (seen === (ANY_UPPER | ANY_LOWER)) return false;
  }
  return joints >= 2;
}

/** What keys and tokens are called by stands before `end`, as a hump: `Api`, `Access`. */
function hasHumpBefore(codes: Uint16Array, start: number, end: number): boolean {
  let from = end;
  while (from > start && (CLASS[codes[from - 1]!]! & ANY_LOWER) !== 0 && end - from < 12) from--;
  return from > start && HUMPS.get(codes, from - 1, end) !== 0;
}
const HUMPS = new WordTable(
  'api access auth secret private client refresh bearer session'.split(' ').map((word) => [word, 1]),
);

/** `PWD`, `OLDPWD` of POSIX shells; `PWD=…` behind a separator is a pair of a connection string or a form. */
export function isWorkingDirectory(text: Text, start: number, end: number): boolean {
  const { codes } = text;
  const size = end - start;
  if (size !== 3 && size !== 6) return false;
  const name = size === 3 ? 'PWD' : 'OLDPWD';
  for (let i = 0; i < size; i++) if (codes[start + i] !== name.charCodeAt(i)) return false;
  let before = start;
  while (before > 0 && isSpace(codes[before - 1]!)) before--;
  const separator = before > 0 ? codes[before - 1]! : NUL;
  if (separator === SEMICOLON || separator === AMPERSAND || separator === QUESTION || separator === COMMA)
    return false;
  return !isOfSource(text, start, end);
}

/** odbc.ini, `UID=alice` and `PWD=…` on the line below: no directory, which begins with a slash or a letter of a drive. */
function isOfSource(text: Text, start: number, end: number): boolean {
  const { codes } = text;
  const first = codes[end + 1]!;
  if (codes[start - 1] !== LF || codes[end] !== EQUALS || first === SLASH || first === TILDE) return false;
  if (codes[end + 2] === COLON) return false;
  let line = start - 1;
  while (line > 0 && codes[line - 1] !== LF && start - line < LONGEST_LINE_OF_SOURCE) line--;
  return text.has('uid=', line) || text.has('uid =', line);
}
const LONGEST_LINE_OF_SOURCE = 96;

export function isWholeWord(codes: Uint16Array, start: number, end: number, length: number): boolean {
  if (end < length && (CLASS[codes[end]!]! & ANY_LOWER) !== 0) return false;
  if (start === 0) return true;
  const before = CLASS[codes[start - 1]!]!;
  if ((before & ANY_LOWER) !== 0) {
    return (CLASS[codes[start]!]! & ANY_UPPER) !== 0 || (start > 1 && codes[start - 2] === BACKSLASH);
  }
  return (before & ANY_UPPER) === 0;
}

/** Quick look at what follows: most words of prose that hold a stem end here. */
export function mayTie(codes: Uint16Array, at: number, length: number): boolean {
  if (at >= length) return false;
  const code = codes[at]!;
  if (CLASS[code] === 0) return code !== TILDE;
  return (
    code === PLUS ||
    code === SLASH ||
    (code === DOT && codes[at + 1] === DOT) ||
    (code === HYPHEN && codes[at + 1] === GREATER)
  );
}

/** One word of small letters, as prose has it. */
function isPlain(codes: Uint16Array, start: number, end: number): boolean {
  return isAllOf(codes, start, end, ANY_LOWER);
}

/** Prose: a word apart, right before the name, that makes the promise stronger or takes it back. */
export function withWordBefore(text: Text, start: number, end: number, name: Name): Name | undefined {
  const { codes } = text;
  if (start < 3 || codes[start - 1] !== SPACE) return name;
  let from = start - 1;
  while (from > 0 && (CLASS[codes[from - 1]!]! & LETTER) !== 0 && start - from < 24) from--;
  if (from === start - 1) return name;
  if (name.category !== 'password' && name.category !== 'passphrase' && isPlain(codes, start, end)) {
    if (deniesSecret(codes, from, start - 1)) return undefined;
    if (doubtsSecret(codes, from, start - 1)) return { ...name, promise: 'weak' };
  }
  if (name.promise === 'weak' && name.category === 'key' && makesKeySecret(codes, from, start - 1))
    return { category: 'api-key', promise: 'strong' };
  if (text.has('phrase', start) && end - start <= 7 && makesPhraseSecret(codes, from, start - 1))
    return { category: 'mnemonic', promise: 'strong' };
  return name;
}
