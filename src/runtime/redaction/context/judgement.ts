/**
 * Whether the value that was read last is a secret, given the name before it; and the finding if it is.
 *
 * In:  the value (value.ts), the name and what it promises (names.ts), the place it stands in.
 * Out: a finding, or nothing.
 */
import { CLASS, COLON, COMMA, DOT, isGap, LETTER, QUESTION, SEMICOLON } from '../characters.ts';
import type { Place } from '../harmless.ts';
import type { Name } from '../names.ts';
import type { Scan } from '../scan.ts';
import { isUuid, looksWordy } from '../shape.ts';
import type { Text } from '../text.ts';
import { isSecret, looksChosen, looksSecret, value } from './value.ts';

/** A name that was found, and where it begins. */
export interface Subject {
  readonly name: Name;
  readonly start: number;
}

/** Least characters of a drawn value behind a weak name: `key` stands before much else. */
function leastOf(name: Name): number {
  return name.category === 'key' ? 16 : 12;
}

/** The value is tied to the name by a sign. */
export function judge(scan: Scan, text: Text, subject: Subject, place: Place): void {
  const { name } = subject;
  if (name.promise === 'weak') {
    const uuid = !value.quoted && name.category !== 'key' && isUuid(text.codes, value.start, value.end);
    if (!uuid && !looksSecret(scan, text, value.start, value.end, leastOf(name))) return;
  } else if (!isSecret(scan, text, place) || isReference(text, name, place)) return;
  found(scan, text, subject, 'name');
}

/** A bare word behind a name that seldom has words for values: `token = ndef`, `key: EndOfFile`. */
function isReference(text: Text, name: Name, place: Place): boolean {
  if (value.quoted || place === 'whole' || name.category === 'password' || name.category === 'passphrase')
    return false;
  for (let at = value.start; at < value.end; at++) {
    const code = text.codes[at]!;
    if ((CLASS[code]! & LETTER) === 0 && code !== 95) return false;
  }
  return value.end - value.start < 16 || looksWordy(text.codes, value.start, value.end);
}

/** The value only stands near the name: it must look drawn, or chosen with care. */
export function judgeNear(
  scan: Scan,
  text: Text,
  subject: Subject,
  rule: string,
  chosen: boolean,
  least: number,
): boolean {
  const strong = subject.name.promise === 'strong';
  const fits =
    looksSecret(scan, text, value.start, value.end, strong ? least : 16) ||
    (chosen && strong && looksChosen(scan, text, value.start, value.end));
  if (fits) found(scan, text, subject, rule);
  return fits;
}

export function found(scan: Scan, text: Text, subject: Subject, rule: string): void {
  const { category } = subject.name;
  scan.reportNamed(text, subject.start, value.start, value.end, category, `${rule}:${category}`);
}

/** Takes the punctuation of a sentence off the value's end. */
export function trimSentence(text: Text): void {
  const { codes } = text;
  if (value.end < text.length && !isGap(codes[value.end]!)) return;
  while (value.end > value.start + 1) {
    const code = codes[value.end - 1]!;
    if (code !== DOT && code !== COMMA && code !== COLON && code !== SEMICOLON && code !== QUESTION) return;
    value.end--;
  }
}
