/**
 * What may stand between the sign and the value: a tag or an anchor of YAML, the length of a string, the end of emphasis.
 *
 * In:  a text and the position behind the sign.
 * Out: where the value begins.
 */
import { AMPERSAND, BANG, CLOSE_PAREN, EQUALS, GREATER, isName, LESS, SLASH, STAR } from '../characters.ts';
import type { Text } from '../text.ts';
import { behindGap, behindSpace, quoted } from './places.ts';

/** Behind a tag of YAML that says the value's type. Others say where the value is: `!Ref …`, `!vault |`. */
export function behindTag(text: Text, at: number): number {
  // An anchor gives the value a name: `&admin …`.
  if (text.codes[at] === AMPERSAND) {
    let end = at + 1;
    while (isName(text.codes[end]!)) end++;
    const next = behindSpace(text, end);
    // Rust: `password: &str = "…"`.
    return end > at + 1 && next > end && text.codes[next] !== EQUALS ? next : at;
  }
  const tag = text.codes[at] === BANG ? TAGS.find((word) => text.has(word, at)) : undefined;
  return tag === undefined ? at : behindSpace(text, at + tag.length);
}

const TAGS = ['!!str ', '!!binary ', '!unsafe '];

/** PHP says the length of a string before it, also on the next line: `["password"]=> string(12) "…"`. */
export function behindLength(text: Text, from: number): number {
  const { codes } = text;
  const start = behindGap(text, from);
  if (!text.has('string(', start)) return from;
  let at = start + 7;
  while (codes[at]! >= 48 && codes[at]! <= 57 && at - start < 16) at++;
  return codes[at] === CLOSE_PAREN && quoted(text, at + 2) ? at + 2 : from;
}

/** Behind what ends the emphasis of the name: `**Token:** …`, `<b>Password:</b> …`. */
export function behindMarkup(text: Text, from: number): number {
  const { codes } = text;
  if (codes[from] === STAR && codes[from + 1] === STAR) return behindSpace(text, from + 2);
  if (codes[from] !== LESS || codes[from + 1] !== SLASH) return from;
  let at = from + 2;
  while (isName(codes[at]!) && at - from < 16) at++;
  return codes[at] === GREATER ? behindSpace(text, at + 1) : from;
}
