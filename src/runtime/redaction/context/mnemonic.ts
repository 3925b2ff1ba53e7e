/**
 * Words of a wallet: twelve words or more of the BIP-39 list in a row (12, 15, 18, 21 or 24; 25 of Algorand).
 *
 * In:  a text and where the twelfth of such small words ends.
 * Out: one finding over all of them, with those that follow.
 */
import { BIP39_WORDS } from '../bip39.ts';
import {
  ANY_LOWER,
  CLASS,
  CLOSE_PAREN,
  COMMA,
  DIGIT,
  DOT,
  HYPHEN,
  isGap,
  isQuote,
  NUL,
} from '../characters.ts';
import { RANK } from '../finding.ts';
import type { Scan } from '../scan.ts';
import type { Text } from '../text.ts';
import { WordTable } from '../word-table.ts';

const WORDS = new WordTable(BIP39_WORDS.split(' ').map((word) => [word, 1]));
/** Fewest words, and most characters between two of them: a space, a line break, `", "`. */
export const LEAST_WORDS = 12;
const LONGEST_GAP = 6;
/** Words that are looked back at; those ahead are not counted. */
const MOST_WORDS = 48;

/** `end` is the end of a word: are it and the eleven before it words of a wallet? */
export function onWords(scan: Scan, text: Text, end: number): void {
  const { codes, length } = text;
  if (end <= scan.wordsEnd) return;
  let start = end;
  let at = end;
  let words = 0;
  while (at > 0 && words < MOST_WORDS) {
    const wordEnd = at;
    while (at > 0 && (CLASS[codes[at - 1]!]! & ANY_LOWER) !== 0) at--;
    scan.work.read(wordEnd - at + 4);
    if (!isWord(codes, at, wordEnd)) break;
    start = at;
    words++;
    const gap = at;
    while (at > 0 && gap - at < LONGEST_GAP && isBetween(codes[at - 1]!)) at--;
    if (at === gap || at === 0 || (CLASS[codes[at - 1]!]! & ANY_LOWER) === 0) break;
  }
  if (words < LEAST_WORDS) return;
  let stop = end;
  for (at = end; at < length; ) {
    const gap = at;
    while (at < length && at - gap < LONGEST_GAP && isBetween(codes[at]!)) at++;
    const wordStart = at;
    while (at < length && (CLASS[codes[at]!]! & ANY_LOWER) !== 0) at++;
    if (!isWord(codes, wordStart, at)) break;
    stop = at;
  }
  scan.work.read(stop - end);
  scan.wordsEnd = stop;
  scan.report(text, start, stop, 'wallet-mnemonic', 'wallet-mnemonic', RANK.format);
}

/** White space, the signs of a list, the numbers of one. */
function isBetween(code: number): boolean {
  return (
    (isGap(code) && code !== NUL) ||
    isQuote(code) ||
    code === COMMA ||
    code === DOT ||
    code === HYPHEN ||
    code === CLOSE_PAREN ||
    (CLASS[code]! & DIGIT) !== 0
  );
}

function isWord(codes: Uint16Array, start: number, end: number): boolean {
  return end - start >= 3 && end - start <= 8 && WORDS.get(codes, start, end) !== 0;
}
