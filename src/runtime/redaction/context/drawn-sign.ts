/**
 * Signs that end a word of a shell, a pair or a tag, and yet stand within passwords that were drawn from all that can be typed.
 *
 * In:  a text and the position of such a sign.
 * Out: true when a drawn secret goes on behind it.
 */
import {
  ALNUM,
  ANY_LOWER,
  ANY_UPPER,
  CLASS,
  DIGIT,
  isGap,
  isQuote,
  NUL,
  SEMICOLON,
  tableOf,
} from '../characters.ts';
import type { Text } from '../text.ts';

/**
 * Small letters, capitals and digits right behind the sign, or two of them that change as in no word, up to a gap, a quote or the
 * end of the pair: `abc;Xk29fQ`, and not `; echo`, `|base64 -d`, `>out.log`, `;python3 x.py`, `</password>`, `;User=x`.
 */
export function goesOnDrawn(text: Text, sign: number): boolean {
  const { codes, length } = text;
  let at = sign + 1;
  let seen = 0;
  let changes = 0;
  let before = 0;
  for (; at < length && at - sign < LONGEST_REST && OF_REST[codes[at]!] === 1; at++) {
    const kind = kindOf(codes[at]!);
    if (kind !== 0 && before !== 0 && kind !== before) changes++;
    seen |= kind;
    before = kind;
  }
  if (at - sign <= LEAST_REST || (seen !== ALL && changes < MOST_CHANGES)) return false;
  const next = at < length ? codes[at]! : NUL;
  return next === SEMICOLON || isGap(next) || isQuote(next);
}
const ALL = 7;
const MOST_CHANGES = 4;

/** 1: a small letter, 2: a capital, 4: a digit, 0: none of them. */
function kindOf(code: number): number {
  const flags = CLASS[code]!;
  if ((flags & ANY_LOWER) !== 0) return 1;
  if ((flags & ANY_UPPER) !== 0) return 2;
  return (flags & DIGIT) !== 0 ? 4 : 0;
}
const LEAST_REST = 4;
const LONGEST_REST = 64;
const OF_REST = tableOf(
  (code) => (CLASS[code]! & ALNUM) !== 0 || '!#%*+^@?~'.includes(String.fromCharCode(code)),
);
