/**
 * The last word of a string that was cut short: it may be the head of a secret that no rule knows any more.
 *
 * In:  a text that is cut.
 * Out: a finding for its last word, when it looks drawn. Words and paths stay.
 */
import { CLASS, DOT, PERCENT, TILDE } from '../characters.ts';
import { RANK } from '../finding.ts';
import type { Scan } from '../scan.ts';
import { looksRandom, looksWordy, measure } from '../shape.ts';
import type { Text } from '../text.ts';

const LONGEST_TAIL = 4096;
/** Fewest characters that are enough of a secret to be worth hiding. */
const LEAST = 6;

export function onCutTail(scan: Scan, text: Text): void {
  const { codes, length } = text;
  const floor = Math.max(0, length - LONGEST_TAIL);
  let start = length;
  while (start > floor && isTail(codes[start - 1]!)) start--;
  scan.work.read(length - start);
  if (length - start < LEAST || !looksCut(codes, start, length)) return;
  scan.report(text, start, length, 'cut-off', 'cut', RANK.guess);
}

function isTail(code: number): boolean {
  return CLASS[code]! !== 0 || code === DOT || code === TILDE || code === PERCENT;
}

function looksCut(codes: Uint16Array, start: number, end: number): boolean {
  if (looksRandom(codes, start, end)) return true;
  const s = measure(codes, start, end);
  return s.digit > 1 && s.lower + s.upper > 1 && s.longest <= 4 && !looksWordy(codes, start, end);
}
