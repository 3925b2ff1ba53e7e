/**
 * A value below its name: a block of YAML, or alone on the next line.
 *
 * In:  a subject and where its line goes on, or ends.
 * Out: a finding for the value.
 */
import { CLASS, COLON, CR, EQUALS, HEX, HYPHEN, isGap, isSpace, LF, NUL, SPACE } from '../characters.ts';
import { FewWords } from '../few-words.ts';
import type { Scan } from '../scan.ts';
import { isUuid } from '../shape.ts';
import type { Text } from '../text.ts';
import { found, isReference, judgeNear, type Subject } from './judgement.ts';
import { behindGap, behindSpace } from './places.ts';
import { namesParameter } from './scheme.ts';
import { isSecret, looksSecret } from './secrecy.ts';
import { readValue, value } from './value.ts';

/** YAML `|` and `>`: the value is the indented block below. */
export function opensBlock(text: Text, at: number): boolean {
  let p = at + 1;
  while (p < text.length && p - at < 4 && !isGap(text.codes[p]!)) p++;
  p = behindSpace(text, p);
  return text.codes[p] === LF || text.codes[p] === 13;
}

export function onBlock(scan: Scan, text: Text, subject: Subject, at: number): void {
  const { codes, length } = text;
  let p = at;
  while (p < length && codes[p] !== LF) p++;
  const indent = behindSpace(text, p + 1) - (p + 1);
  if (indent <= 0 || p >= length) return;
  const start = p + 1 + indent;
  let end = start;
  while (end < length && codes[end] !== NUL) {
    if (codes[end] === LF && codes[end + 1] !== LF && behindSpace(text, end + 1) - (end + 1) < indent) break;
    end++;
  }
  while (end > start && isGap(codes[end - 1]!)) end--;
  scan.work.read(end - at);
  value.start = start;
  value.end = end;
  if (subject.name.promise === 'strong' || looksSecret(scan, text, start, end))
    found(scan, text, subject, 'block');
}

/** The value stands on the line below: one that looks like a secret, or a quoted one with no name before it. */
export function onNextLine(scan: Scan, text: Text, subject: Subject, lineEnd: number): void {
  const { codes } = text;
  let at = behindGap(text, lineEnd);
  if (at >= text.length || codes[at] === NUL) return;
  if (codes[at] === HYPHEN && isSpace(codes[at + 1]!)) at += 2;
  if (isSpace(codes[at - 1]!) && CHILDREN.at(text, at) !== undefined) {
    onChildren(scan, text, subject, at);
    return;
  }
  if (!readValue(scan, text, at, 'word')) return;
  const next = behindGap(text, value.next);
  if (codes[next] === COLON || codes[next] === EQUALS) return;
  if (!value.quoted) judgeNear(scan, text, subject, 'name', false, 10);
  else if (isSecret(scan, text, 'whole') && subject.name.promise === 'strong')
    found(scan, text, subject, 'name');
}

/** `DB_PASSWORD:` with `value: …` or `Default: …` on one of the lines below it, behind what else is said of it. */
function onChildren(scan: Scan, text: Text, subject: Subject, from: number): void {
  const { codes, length } = text;
  let at = from;
  for (let lines = 0; lines < MOST_CHILDREN; lines++) {
    const field = CHILDREN.at(text, at);
    if (field === undefined) return;
    at = behindSpace(text, at + field.length);
    if (field === 'value:' || field === 'default:') {
      if (!readValue(scan, text, at, 'line')) return;
      if (subject.name.promise !== 'strong') judgeNear(scan, text, subject, 'block', false, 12);
      else if (isSecret(scan, text, 'code') && !isReference(text, subject.name))
        found(scan, text, subject, 'block');
      return;
    }
    const limit = Math.min(length, at + LONGEST_CHILD);
    while (at < limit && codes[at] !== LF) at++;
    scan.work.read(LONGEST_CHILD);
    at = behindSpace(text, at + 1);
  }
}
const CHILDREN = new FewWords([
  'value:',
  'default:',
  'type:',
  'description:',
  'noecho:',
  'sensitive:',
  'secret:',
  'required:',
]);
const MOST_CHILDREN = 5;
const LONGEST_CHILD = 160;

/** `printenv DB_PASSWORD`, `echo $DB_PASSWORD`: what the line below says is the value. */
export function isPrinted(text: Text, nameStart: number): boolean {
  return text.has('printenv ', nameStart - 9) || text.has('echo $', nameStart - 6);
}

export function onPrinted(scan: Scan, text: Text, subject: Subject, from: number): void {
  const at = behindSpace(text, from);
  if (at >= text.length || !readValue(scan, text, at, 'word')) return;
  const { end } = value;
  if ((end < text.length && !endsLine(text.codes[end]!)) || judgeNear(scan, text, subject, 'prose', true, 10))
    return;
  if (isUuid(text.codes, at, end)) found(scan, text, subject, 'prose');
}

/** The name ends its line, and the next line is one word that looks drawn and is no digest: as people pass secrets on. */
export function onLineBelow(scan: Scan, text: Text, subject: Subject, from: number): void {
  const { codes, length } = text;
  const at = behindSpace(text, from);
  // A line of its own: `creds` above `api_token=…`.
  if (namesParameter(text, at)) return;
  let end = at;
  let hex = true;
  for (; end < length && codes[end]! > SPACE; end++) if ((CLASS[codes[end]!]! & HEX) === 0) hex = false;
  scan.work.read(end - at);
  if (hex || (end < length && !endsLine(codes[end]!)) || !readValue(scan, text, at, 'word')) return;
  if (value.end === end && looksSecret(scan, text, at, end, LEAST_BELOW)) found(scan, text, subject, 'prose');
}
const LEAST_BELOW = 16;

/** A line that is the label of the one below it: `Password for the elastic user (reset with …):`. */
export function onLabel(scan: Scan, text: Text, subject: Subject, from: number): void {
  const { codes } = text;
  const limit = Math.min(text.length, from + LONGEST_LABEL);
  let at = from;
  while (at < limit && codes[at]! >= SPACE) at++;
  scan.work.read(at - from);
  if (at < limit && codes[at - 1] === COLON) onNextLine(scan, text, subject, at);
}
const LONGEST_LABEL = 80;

export const endsLine = (code: number): boolean => code === LF || code === CR;
