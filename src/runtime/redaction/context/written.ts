/**
 * A word between a name and its value that says how the value is written, as network devices have it: `password 0 …`,
 * `pre-shared-key ascii-text …`, `wpa-psk ascii 0 …`.
 *
 * In:  a subject and where the words behind its name begin.
 * Out: a finding for the value.
 */
import { CLASS, DIGIT, SPACE } from '../characters.ts';
import { FewWords } from '../few-words.ts';
import type { Scan } from '../scan.ts';
import type { Text } from '../text.ts';
import { judgeNear, type Subject } from './judgement.ts';
import { behindSpace, quoted } from './places.ts';
import { readValue } from './value.ts';

const WRITTEN = new FewWords(['ascii-text ', 'ascii ', 'cleartext ', 'plaintext ', 'clear ', 'text ']);

/** True when a value was found behind such a word. */
export function onWritten(scan: Scan, text: Text, subject: Subject, from: number): boolean {
  const { codes } = text;
  if (subject.name.promise === 'weak') return false;
  const word = WRITTEN.at(text, from);
  let at = word === undefined ? from : behindSpace(text, from + word.length);
  if ((CLASS[codes[at]!]! & DIGIT) !== 0 && codes[at + 1] === SPACE) at = behindSpace(text, at + 2);
  if (at === from || (!quoted(text, at) && CLASS[codes[at]!] === 0) || !readValue(scan, text, at, 'word'))
    return false;
  return judgeNear(scan, text, subject, 'setting', true, 8);
}
