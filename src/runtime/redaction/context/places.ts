/**
 * Where in its text a position lies: at the start of an element, of a line, behind what separates words.
 * All look at a bounded number of characters.
 */
import {
  CLASS,
  EQUALS,
  HYPHEN,
  isGap,
  isName,
  isQuote,
  isSpace,
  LETTER,
  LF,
  NUL,
  OPEN_BRACKET,
  OPEN_PAREN,
} from '../characters.ts';
import type { Text } from '../text.ts';

/** True when nothing of the same word stands before `at`. */
export function startsWord(text: Text, at: number): boolean {
  if (at === 0) return true;
  const code = text.codes[at - 1]!;
  return isGap(code) || isQuote(code) || code === OPEN_BRACKET || code === OPEN_PAREN;
}

/** True when only `export`, `set`, `- ` or space stands before `at` on its line (or in its element). */
export function startsLine(text: Text, at: number): boolean {
  const { codes } = text;
  let p = at;
  while (p > 0 && isSpace(codes[p - 1]!)) p--;
  if (p === 0 || codes[p - 1] === LF || codes[p - 1] === NUL || codes[p - 1] === 13) return true;
  if (codes[p - 1] === HYPHEN) return p === 1 || isGap(codes[p - 2]!);
  if (p === at || ENDS_DECLARATION[codes[p - 1]!] !== 1) return false;
  return DECLARATIONS.some(
    (word) => text.has(word, p - word.length) && (p === word.length || isGap(codes[p - word.length - 1]!)),
  );
}
const DECLARATIONS = ['export', 'set', 'env', 'declare', 'arg'];
/** 1 for what one of them ends with. */
const ENDS_DECLARATION = new Uint8Array(128);
for (const word of DECLARATIONS)
  for (const end of [word, word.toUpperCase()]) ENDS_DECLARATION[end.charCodeAt(end.length - 1)] = 1;

/** At the start of its element, hyphens and a leading `--option=` not counted. */
export function startsElement(text: Text, at: number): boolean {
  const { codes } = text;
  let p = at;
  if (p > 0 && codes[p - 1] === EQUALS) {
    p--;
    while (p > 0 && isName(codes[p - 1]!)) p--;
    if (codes[p] !== HYPHEN) return false;
  }
  while (p > 0 && codes[p - 1] === HYPHEN) p--;
  return p === 0 || codes[p - 1] === NUL;
}

/** True when a quoted string begins at `at`, backslashes or a prefix letter before its quote. */
export function quoted(text: Text, at: number): boolean {
  const { codes, length } = text;
  let p = at;
  while (p < length && codes[p] === 92) p++;
  return p < length && (isQuote(codes[p]!) || (isQuote(codes[p + 1]!) && (CLASS[codes[p]!]! & LETTER) !== 0));
}

/** Behind the white space at `from`, line breaks included, borders of elements not. */
export function behindGap(text: Text, from: number): number {
  let at = from;
  while (at < text.length && isGap(text.codes[at]!) && text.codes[at] !== NUL && at - from < 128) at++;
  return at;
}

/** Behind the spaces and tabs at `from`. */
export function behindSpace(text: Text, from: number): number {
  let at = from;
  while (at < text.length && isSpace(text.codes[at]!) && at - from < 64) at++;
  return at;
}
