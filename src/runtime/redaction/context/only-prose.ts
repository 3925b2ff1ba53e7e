/**
 * The quick look at a sentence: whether any of its words could be a value at all.
 *
 * In:  a text and where the words behind a sensitive name begin.
 * Out: true when none could, so that nothing more need be read.
 */
import { ANY_UPPER, CLASS, COLON, DIGIT, LETTER, SPACE } from '../characters.ts';
import { looksRandom } from '../shape.ts';
import type { Text } from '../text.ts';

/** Characters between a name and its value in a sentence. */
export const FARTHEST = 48;

/** Characters in which a sentence may come to its value, and the value to what makes it one. */
const REACH = FARTHEST + 24;

/**
 * True when no word that follows could be a value, so that neither a setting nor a sentence need be read: the next one, or
 * the one behind a verb, is a plain word, and no other within reach has a digit, a sign or too many letters.
 */
export function isOnlyProse(text: Text, from: number): boolean {
  const { codes, length } = text;
  const limit = Math.min(length, from + REACH);
  let at = from;
  for (let words = 0; at < limit; words++) {
    const start = at;
    let seen = 0;
    let humps = 0;
    while (at < length && codes[at]! > SPACE) {
      const code = codes[at]!;
      const flags = WORD_FLAGS[code & 127]! | (code > 127 ? WORD_OTHER : 0);
      if ((flags & WORD_UPPER) !== 0 && at > start) humps++;
      seen |= flags;
      at++;
    }
    const size = at - start;
    if ((seen & WORD_JOINS) !== 0 || (size >= 6 && (seen & (WORD_DIGIT | WORD_OTHER)) !== 0)) return false;
    if (size >= 10 && (humps > 0 || size >= 15 || looksRandom(codes, start, at))) return false;
    if (words < 2 && ((seen & (WORD_DIGIT | WORD_OTHER)) !== 0 || humps > 0) && size >= 3) return false;
    // What the line says stands below it: `… the following password:`.
    if (at >= length || codes[at] !== SPACE) return at >= length || codes[at - 1] !== COLON;
    while (at < length && codes[at] === SPACE) at++;
  }
  return true;
}

const WORD_UPPER = 1;

const WORD_DIGIT = 2;

/** Signs that chosen passwords have, and whatever else no sentence is written with. */
const WORD_OTHER = 4;

/** Operators that put strings together. */
const WORD_JOINS = 8;

const WORD_FLAGS = new Uint8Array(128).fill(WORD_OTHER);

for (let code = 0; code < 128; code++) {
  const flags = CLASS[code]!;
  if ((flags & ANY_UPPER) !== 0) WORD_FLAGS[code] = WORD_UPPER;
  else if ((flags & DIGIT) !== 0) WORD_FLAGS[code] = WORD_DIGIT;
  else if ((flags & LETTER) !== 0 || '.,:;()"\'/|-'.includes(String.fromCharCode(code))) WORD_FLAGS[code] = 0;
}

for (const join of '+&\\') WORD_FLAGS[join.charCodeAt(0)] = WORD_JOINS;
