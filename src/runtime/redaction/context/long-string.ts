/**
 * Strings that are written without quotes: in brackets of their own, as of Lua (`[[…]]`, `[=[…]=]`), Perl and Ruby (`q(…)`,
 * `qq{…}`, `%q(…)`), or on a line of their own behind a mark for their end (`<<~EOS`).
 *
 * In:  a subject and the position behind the sign that ties its value to it.
 * Out: a finding for the string if it is a secret; true when one was there, and nothing else is to be looked for.
 */
import {
  CLASS,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  CLOSE_PAREN,
  EQUALS,
  HYPHEN,
  isGap,
  isName,
  isQuote,
  LESS,
  LETTER,
  LF,
  NUL,
  OPEN_BRACE,
  OPEN_BRACKET,
  OPEN_PAREN,
  PERCENT,
  TILDE,
} from '../characters.ts';
import type { Scan } from '../scan.ts';
import type { Text } from '../text.ts';
import { judgeNear, type Subject } from './judgement.ts';
import { behindSpace } from './places.ts';
import { value } from './value.ts';

/** True when such a string stands at `at`. Double brackets may be lists within a list: only when what is in them was taken. */
export function onLongString(scan: Scan, text: Text, subject: Subject, at: number): boolean {
  const code = text.codes[at]!;
  if (code === OPEN_BRACKET) return onDoubleBrackets(scan, text, subject, at);
  if (code === LESS) return onHereDocument(scan, text, subject, at);
  if ((code | 32) === SMALL_Q || code === PERCENT) return onQ(scan, text, subject, at);
  return false;
}
const SMALL_Q = 113;

function onDoubleBrackets(scan: Scan, text: Text, subject: Subject, at: number): boolean {
  const { codes } = text;
  let open = at + 1;
  while (codes[open] === EQUALS && open - at < MOST_SIGNS) open++;
  if (codes[open] !== OPEN_BRACKET) return false;
  const signs = open - at - 1;
  const end = wordEnd(scan, text, open + 1, CLOSE_BRACKET);
  let close = end + 1;
  while (codes[close] === EQUALS && close - end <= signs) close++;
  if (codes[end] !== CLOSE_BRACKET || close - end - 1 !== signs || codes[close] !== CLOSE_BRACKET)
    return false;
  return take(scan, text, subject, open + 1, end, close + 1);
}
const MOST_SIGNS = 8;

function onQ(scan: Scan, text: Text, subject: Subject, at: number): boolean {
  const { codes } = text;
  let open = codes[at] === PERCENT ? at + 1 : at;
  if ((codes[open]! | 32) !== SMALL_Q) return false;
  open++;
  if (codes[open] === SMALL_Q) open++;
  const close = CLOSERS.get(codes[open]!);
  if (close === undefined) return false;
  const end = wordEnd(scan, text, open + 1, close);
  if (codes[end] === close) take(scan, text, subject, open + 1, end, end + 1);
  return true;
}
const CLOSERS: ReadonlyMap<number, number> = new Map([
  [OPEN_PAREN, CLOSE_PAREN],
  [OPEN_BRACE, CLOSE_BRACE],
  [OPEN_BRACKET, CLOSE_BRACKET],
]);

/** `<<EOS`, `<<-'EOS'`, `<<~EOS` and the string on the next line. */
function onHereDocument(scan: Scan, text: Text, subject: Subject, at: number): boolean {
  const { codes, length } = text;
  if (codes[at + 1] !== LESS) return false;
  let end = at + 2;
  if (codes[end] === HYPHEN || codes[end] === TILDE) end++;
  const word = isQuote(codes[end]!) ? ++end : end;
  if ((CLASS[codes[word]!]! & LETTER) === 0) return false;
  while (end < length && isName(codes[end]!)) end++;
  if (isQuote(codes[end]!)) end++;
  if (codes[end] === 13) end++;
  if (codes[end] !== LF) return false;
  const start = behindSpace(text, end + 1);
  const stop = wordEnd(scan, text, start, LF);
  take(scan, text, subject, start, stop, stop);
  return true;
}

/** Where the word at `from` ends: at `close`, at a gap or a quote. */
function wordEnd(scan: Scan, text: Text, from: number, close: number): number {
  const { codes, length } = text;
  let at = from;
  while (
    at < length &&
    at - from < LONGEST_STRING &&
    codes[at] !== close &&
    !isGap(codes[at]!) &&
    !isQuote(codes[at]!) &&
    codes[at] !== NUL
  )
    at++;
  scan.work.read(at - from);
  return at;
}
const LONGEST_STRING = 512;

function take(scan: Scan, text: Text, subject: Subject, start: number, end: number, next: number): boolean {
  if (end <= start) return false;
  value.start = start;
  value.end = end;
  value.next = next;
  value.quoted = true;
  return judgeNear(scan, text, subject, 'name', subject.name.promise === 'strong', 8);
}
