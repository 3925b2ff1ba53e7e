/**
 * The last word of a string that was cut short: it may be the head of a secret that no rule knows any more.
 *
 * In:  a text that is cut.
 * Out: a finding for its last word, when it looks drawn. Words and paths stay.
 */
import { AT, CLASS, COLON, DIGIT, DOT, isGap, PERCENT, SLASH, TILDE } from '../characters.ts';
import { RANK } from '../finding.ts';
import type { Scan } from '../scan.ts';
import { looksRandom, looksWordy, measure } from '../shape.ts';
import type { Text } from '../text.ts';

const LONGEST_TAIL = 4096;
/** Fewest characters that are enough of a secret to be worth hiding. */
const LEAST = 6;

export function onCutTail(scan: Scan, text: Text): void {
  const { codes, length } = text;
  const password = cutUserInfo(scan, text);
  if (password > 0) {
    scan.report(text, password, length, 'cut-off', 'cut', RANK.guess);
    return;
  }
  const floor = Math.max(0, length - LONGEST_TAIL);
  let start = length;
  while (start > floor && isTail(codes[start - 1]!)) start--;
  scan.work.read(length - start);
  if (length - start < LEAST || !looksCut(codes, start, length)) return;
  scan.report(text, start, length, 'cut-off', 'cut', RANK.guess);
}

/** Where the password begins in `scheme://user:passw`, which ends with the text; 0 when there is none. A port is none. */
function cutUserInfo(scan: Scan, text: Text): number {
  const { codes, length } = text;
  const floor = Math.max(0, length - LONGEST_USERINFO);
  let colon = 0;
  let digits = true;
  let at = length;
  while (at > floor && !isGap(codes[at - 1]!) && codes[at - 1] !== AT) {
    at--;
    if (codes[at] === SLASH && codes[at - 1] === SLASH && codes[at - 2] === COLON) break;
    if (codes[at] === COLON) colon = at;
    else if (colon === 0 && (CLASS[codes[at]!]! & DIGIT) === 0) digits = false;
  }
  scan.work.read(length - at);
  const authority = codes[at] === SLASH && codes[at - 1] === SLASH && codes[at - 2] === COLON;
  if (!authority || colon === 0 || digits) return 0;
  for (let p = at + 1; p < colon; p++) if (codes[p] === SLASH) return 0;
  return isPort(codes, colon + 1) ? 0 : colon + 1;
}
const LONGEST_USERINFO = 256;

/** `8080/path`. */
function isPort(codes: Uint16Array, from: number): boolean {
  let at = from;
  while ((CLASS[codes[at]!]! & DIGIT) !== 0) at++;
  return at > from && codes[at] === SLASH;
}

function isTail(code: number): boolean {
  return CLASS[code]! !== 0 || code === DOT || code === TILDE || code === PERCENT;
}

function looksCut(codes: Uint16Array, start: number, end: number): boolean {
  if (looksRandom(codes, start, end)) return true;
  const s = measure(codes, start, end);
  return s.digit > 1 && s.lower + s.upper > 1 && s.longest <= 4 && !looksWordy(codes, start, end);
}
