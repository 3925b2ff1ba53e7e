/**
 * Strings within the value of a sensitive name: of an object, a list, a document in a string.
 *
 * In:  a subject, and the value that was read last.
 * Out: findings for those that are secrets.
 */
import { CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, EQUALS, isGap, OPEN_BRACE } from '../characters.ts';
import { tellsAbout } from '../names.ts';
import type { Scan } from '../scan.ts';
import type { Text } from '../text.ts';
import { found, judgeNear, MADE_UP, type Subject } from './judgement.ts';
import { behindGap, quoted } from './places.ts';
import { isSecret } from './secrecy.ts';
import { readValue, value } from './value.ts';

/** Strings of the object in the quoted value, where it is one. */
export function onDocument(scan: Scan, text: Text, subject: Subject): boolean {
  return quoted(text, behindGap(text, value.start + 1)) && onNested(scan, text, subject, true);
}

/** `;password={…};`: connection strings put braces around what has signs in it. */
export function onBraced(scan: Scan, text: Text, subject: Subject): boolean {
  const { codes } = text;
  const before = codes[subject.start - 1];
  if ((before !== 59 && before !== 32) || value.end - value.start < 4 || codes[value.end - 1] !== 125)
    return false;
  if (codes[value.end] !== 59 && value.end < text.length) return false;
  value.start++;
  value.end--;
  return judgeNear(scan, text, subject, 'name', true, 8);
}

/**
 * `"password": {"value": "…"}`, `"secrets": ["…", "…"]`: strings within the value, which is the last of them afterwards. True
 * when there was one. `sure`: each of them is a secret, unless its key says otherwise.
 */
export function onNested(scan: Scan, text: Text, subject: Subject, sure = false): boolean {
  const { codes, length } = text;
  const { name } = subject;
  // Composer: `"bearer": {"host": "…"}`, `"github-oauth": {…}`.
  const field = behindGap(text, value.start + 1);
  const inFields = text.has('"value"', field) || text.has('value =', field) || text.has('"type"', field);
  if (name.promise === 'weak' && name.category !== 'token' && !inFields) return false;
  const object = codes[value.start] === OPEN_BRACE;
  const close = object ? CLOSE_BRACE : CLOSE_BRACKET;
  let at = value.start + 1;
  let seen = false;
  for (let strings = 0; strings < MOST_NESTED; strings++) {
    at = behindGap(text, at);
    let about = false;
    if (object) {
      const keyStart = at;
      while (at < length && at - keyStart < LONGEST_KEY && codes[at] !== COLON && !isGap(codes[at]!)) at++;
      const sign = behindGap(text, at);
      if (codes[at] === COLON || (codes[sign] === EQUALS && text.has('value', keyStart))) {
        about = tellsAbout(codes, keyStart, at) && !text.has('default', keyStart + 1);
        at = behindGap(text, sign + 1);
      } else if (!seen && quoted(text, keyStart))
        at = keyStart; // A list, as Go has it: `{"…"}`.
      else break;
    }
    if (!quoted(text, at) || !readValue(scan, text, at, 'word')) break;
    const { next } = value;
    seen = true;
    if (sure && !about && isSecret(scan, text, 'whole')) found(scan, text, subject, 'name');
    else if (!about) judgeNear(scan, text, subject, 'name', MADE_UP.has(name.category), object ? 10 : 16);
    at = behindGap(text, next);
    if (codes[at] === close || codes[at] !== COMMA) break;
    at++;
  }
  return seen;
}

const MOST_NESTED = 16;

const LONGEST_KEY = 64;
