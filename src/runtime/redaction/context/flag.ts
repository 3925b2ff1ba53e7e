/**
 * A flag and its value with a space between them, in one string: `--token …`.
 *
 * In:  a subject that is a flag, and where its value may begin.
 * Out: a finding for the value.
 */
import { CLASS, DIGIT, EQUALS, HYPHEN, isQuote } from '../characters.ts';
import type { Scan } from '../scan.ts';
import type { Text } from '../text.ts';
import { cookies } from './header.ts';
import { found, isFound, isPhrase, judgeNear, type Subject } from './judgement.ts';
import { quoted } from './places.ts';
import { isPlainWord } from './prose.ts';
import { hasParameters, isMount, moveBehindScheme } from './scheme.ts';
import { isSecret } from './secrecy.ts';
import { readValue, value } from './value.ts';

export function onFlag(scan: Scan, text: Text, subject: Subject, at: number): void {
  if (text.codes[at] === HYPHEN && (CLASS[text.codes[at + 1]!]! & DIGIT) === 0) return;
  if (isMount(text, subject.name, at) || isFound(text, subject, at)) return;
  const list = quoted(text, at) ? at + 1 : at;
  if (subject.name.category === 'cookie' && hasParameters(text, list)) {
    cookies(scan, text, list);
    return;
  }
  if (!readValue(scan, text, behindAuditKey(text, at), 'word') || !moveBehindScheme(scan, text, subject.name))
    return;
  // OpenSSL: what stands before the colon says where the password is.
  if (text.has('pass:', value.start)) value.start += 5;
  if (subject.name.promise === 'weak') judgeNear(scan, text, subject, 'flag', false, 10);
  else if ((isSecret(scan, text, 'code') && !isPlainWord(text)) || isPhrase(text, subject.name))
    found(scan, text, subject, 'flag');
}

/** The kernel's audit log numbers arguments: `a1="--password" a2="…"`. */
function behindAuditKey(text: Text, from: number): number {
  const { codes } = text;
  if (codes[from] !== 97) return from;
  let at = from + 1;
  while ((CLASS[codes[at]!]! & DIGIT) !== 0) at++;
  return at > from + 1 && codes[at] === EQUALS && isQuote(codes[at + 1]!) ? at + 1 : from;
}
