/**
 * Words of a wallet: twelve words or more of the BIP-39 list in a row (12, 15, 18, 21 or 24; 25 of Algorand).
 *
 * In:  code units, and where such small words in a row begin.
 * Out: the bounds of each wallet in them.
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

/**
 * Walks over small words in a row, from `from` to behind what ends them or holds `limit`, which it returns. Adds the bounds of
 * each wallet in them to `wallets`.
 *
 * Twelve words on it looks back; behind one that stands in no wallet it counts anew.
 */
export function walkWords(
  codes: Uint16Array,
  from: number,
  limit: number,
  length: number,
  wallets: number[],
): number {
  let words = 0;
  let start = from;
  let seen = 0;
  let behind = from;
  for (let at = from; at <= length; at++) {
    const flags = at < length ? CLASS[codes[at]!]! : 0;
    if (flags !== 0) {
      seen |= flags;
      continue;
    }
    const size = at - start;
    if (size >= SHORTEST && size <= LONGEST && (seen & ~ANY_LOWER) === 0) {
      if (at > behind && ++words >= LEAST_WORDS) {
        words = wordsBefore(codes, at);
        if (words >= LEAST_WORDS) {
          behind = behindWords(codes, at, length);
          wallets.push(firstWord, behind);
          words = 0;
        }
      }
    } else if (size >= SHORTEST || (seen & ~DIGIT) !== 0) return at + 1;
    if (at >= limit) return at + 1;
    start = at + 1;
    seen = 0;
  }
  return length + 1;
}

/** Where the first of the words begins that `wordsBefore` has counted. */
let firstWord = 0;

/** How many words of a wallet stand in a row before `end`. */
function wordsBefore(codes: Uint16Array, end: number): number {
  let at = end;
  let words = 0;
  while (at > 0 && words < MOST_WORDS) {
    const wordEnd = at;
    while (at > 0 && (CLASS[codes[at - 1]!]! & ANY_LOWER) !== 0) at--;
    if (!isWord(codes, at, wordEnd)) break;
    firstWord = at;
    words++;
    const gap = at;
    while (at > 0 && gap - at < LONGEST_GAP && isBetween(codes[at - 1]!)) at--;
    if (at === gap || at === 0 || (CLASS[codes[at - 1]!]! & ANY_LOWER) === 0) break;
  }
  return words;
}

/** Behind the words of a wallet that follow `end`. */
function behindWords(codes: Uint16Array, end: number, length: number): number {
  let stop = end;
  for (let at = end; at < length; ) {
    const gap = at;
    while (at < length && at - gap < LONGEST_GAP && isBetween(codes[at]!)) at++;
    const wordStart = at;
    while (at < length && (CLASS[codes[at]!]! & ANY_LOWER) !== 0) at++;
    if (!isWord(codes, wordStart, at)) break;
    stop = at;
  }
  return stop;
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
