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
const LEAST_WORDS = 12;
const LONGEST_GAP = 6;
/** Words that are looked back at; those ahead are not counted. */
const MOST_WORDS = 48;

/** Letters of a word. */
const SHORTEST = 3;
const LONGEST = 8;
/** Characters of the shortest wallet. */
export const SHORTEST_WALLET = LEAST_WORDS * (SHORTEST + 1) - 1;

/** Behind the last thing in `[start, end)` that stands in no wallet; 0 when there is none. */
export function behindStranger(codes: Uint16Array, start: number, end: number, length: number): number {
  let wordEnd = end;
  while (wordEnd < length && (CLASS[codes[wordEnd]!]! & ANY_LOWER) !== 0) wordEnd++;
  let at = wordEnd - 1;
  for (; at >= start; at--) {
    const flags = CLASS[codes[at]!]!;
    if ((flags & ANY_LOWER) !== 0) continue;
    const size = wordEnd - at - 1;
    if (size > LONGEST || (size > 0 && size < SHORTEST)) return wordEnd;
    if ((flags & ~DIGIT) !== 0) return at + 1;
    wordEnd = at;
  }
  return wordEnd - at - 1 > LONGEST ? wordEnd : 0;
}

/** Where small words in a row from `from` on end, behind what ends them; negative when they are too few for a wallet. */
export function streakEnd(codes: Uint16Array, from: number, length: number): number {
  let words = 0;
  let start = from;
  let seen = 0;
  for (let at = from; at <= length; at++) {
    const flags = at < length ? CLASS[codes[at]!]! : 0;
    if (flags !== 0) {
      seen |= flags;
      continue;
    }
    const size = at - start;
    if (size >= SHORTEST && size <= LONGEST && (seen & ~ANY_LOWER) === 0) words++;
    else if (size >= SHORTEST || (seen & ~DIGIT) !== 0) return words < LEAST_WORDS ? -at - 1 : at + 1;
    start = at + 1;
    seen = 0;
  }
  return words < LEAST_WORDS ? -length - 1 : length + 1;
}

/** Finds the wallets in small words in a row, which begin at `from`, up to what stands in none. */
export function findWallets(scan: Scan, text: Text, from: number): void {
  const { codes, length } = text;
  let words = 0;
  let start = from;
  let seen = 0;
  for (let at = from; at <= length && !scan.work.spent; at++) {
    const flags = at < length ? CLASS[codes[at]!]! : 0;
    if (flags !== 0) {
      seen |= flags;
      continue;
    }
    const size = at - start;
    if (size >= SHORTEST && size <= LONGEST && (seen & ~ANY_LOWER) === 0) {
      if (++words >= LEAST_WORDS) onWords(scan, text, at);
    } else if (size >= SHORTEST || (seen & ~DIGIT) !== 0) return;
    start = at + 1;
    seen = 0;
  }
}

/** `end` is the end of a word: are it and the eleven before it words of a wallet? */
function onWords(scan: Scan, text: Text, end: number): void {
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
  return end - start >= SHORTEST && end - start <= LONGEST && WORDS.get(codes, start, end) !== 0;
}
