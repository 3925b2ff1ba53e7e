/**
 * Strings that Java is given as characters, `"…".toCharArray()`: passwords are, as one can be wiped and a string cannot.
 *
 * In:  a text and where the call ends.
 * Out: a finding for the string before it when it looks drawn, or chosen as passwords are. Alphabets stay.
 */
import { BACKSLASH, isQuote } from '../characters.ts';
import type { Scan } from '../scan.ts';
import type { Text } from '../text.ts';
import type { LineReader } from './line-words.ts';
import { looksMade } from './secrecy.ts';

const LONGEST = 256;
/** Neighbours in the order of an alphabet, at least so many in a row: `0123456789abcdef` is no password. */
const ALPHABET_ROW = 6;

function onCharacters(scan: Scan, text: Text, end: number): void {
  const { codes } = text;
  let close = end - TO_CHARACTERS.length - 1;
  if (close < 1 || !isQuote(codes[close]!)) return;
  const quote = codes[close]!;
  const floor = Math.max(0, close - LONGEST);
  let start = close;
  while (start > floor && codes[start - 1] !== quote) start--;
  scan.work.read(close - start);
  if (start === floor && floor > 0) return;
  if (codes[close - 1] === BACKSLASH) close--;
  if (isAlphabet(codes, start, close) || !looksMade(scan, text, start, close, 8)) return;
  scan.reportNamed(text, start, start, close, 'password', 'characters-of');
}

function isAlphabet(codes: Uint16Array, start: number, end: number): boolean {
  let row = 1;
  for (let at = start + 1; at < end; at++) {
    row = codes[at] === codes[at - 1]! + 1 ? row + 1 : 1;
    if (row >= ALPHABET_ROW) return true;
  }
  return false;
}

const TO_CHARACTERS = '.tochararray(';

export const CHARACTERS_OF: ReadonlyMap<string, LineReader> = new Map([[TO_CHARACTERS, onCharacters]]);
