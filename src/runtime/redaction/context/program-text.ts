/**
 * Where program text says a value in another way than behind a sign right after its name: compared by a method or in a test, in an
 * assignment of several, by a delegate, in brackets behind the name.
 *
 * In:  a subject, and the position at which its name, or its whole expression, ends.
 * Out: a finding for a value that looks drawn, or chosen as passwords are; true when there was one.
 */
import {
  CLASS,
  CLOSE_BRACKET,
  CLOSE_PAREN,
  COLON,
  COMMA,
  DIGIT,
  DOT,
  EQUALS,
  HYPHEN,
  isGap,
  isName,
  isQuote,
  isSpace,
  LETTER,
  LF,
  OPEN_BRACE,
  OPEN_BRACKET,
  OPEN_PAREN,
  PLUS,
  SLASH,
  SPACE,
} from '../characters.ts';
import type { Scan } from '../scan.ts';
import { isUuid } from '../shape.ts';
import type { Text } from '../text.ts';
import { COST } from '../work.ts';
import { argument } from './call.ts';
import { found, judgeNear, MADE_UP, type Subject } from './judgement.ts';
import { behindGap, behindSpace, quoted } from './places.ts';
import { looksSecret } from './secrecy.ts';
import { readValue, value } from './value.ts';

/** The string that was read last stands for the name's value. */
function judgeString(scan: Scan, text: Text, subject: Subject): boolean {
  const { name } = subject;
  if (name.promise === 'strong' && isUuid(text.codes, value.start, value.end)) {
    found(scan, text, subject, 'name');
    return true;
  }
  return judgeNear(scan, text, subject, 'name', MADE_UP.has(name.category), 8);
}

/** Behind the brackets that close at `at`. */
export function behindClosers(text: Text, at: number): number {
  let end = at;
  while (text.codes[end] === CLOSE_PAREN && end - at < MOST_CLOSERS) end++;
  return end;
}
const MOST_CLOSERS = 4;

/** `expect(apiKey).toBe("…")`, `assertThat(token).isEqualTo("…")`: `dot` is behind the bracket that closes around the name. */
export function onExpected(scan: Scan, text: Text, subject: Subject, dot: number): void {
  if (text.codes[dot] === DOT) judgeCall(scan, text, subject, dot + 1, LONGEST_METHOD - 1);
}
const LONGEST_METHOD = 40;

/** The string that is given first to the method at `word`. */
function judgeCall(scan: Scan, text: Text, subject: Subject, word: number, longest: number): void {
  const { codes } = text;
  let at = word;
  while (at - word < longest && isName(codes[at]!)) at++;
  if (at > word && codes[at] === OPEN_PAREN) judgeArgument(scan, text, subject, at);
}

function judgeArgument(scan: Scan, text: Text, subject: Subject, bracket: number): void {
  const open = behindGap(text, bracket + 1);
  if (quoted(text, open) && readValue(scan, text, open, 'word') && value.quoted)
    judgeString(scan, text, subject);
}

/** `def api_key(): return "…"`, `String token() { return "…"; }`: what a function gives back that is named for it. `from` is behind `)`. */
export function onReturned(scan: Scan, text: Text, subject: Subject, from: number): void {
  const { codes, length } = text;
  const next = codes[behindSpace(text, from)]!;
  if (next !== COLON && next !== OPEN_BRACE && next !== HYPHEN && (CLASS[next]! & LETTER) === 0) return;
  const limit = Math.min(length, from + LONGEST_HEAD);
  let at = from;
  while (at < limit && codes[at] !== COLON && codes[at] !== OPEN_BRACE && codes[at]! >= SPACE) at++;
  at = behindGap(text, at + 1);
  scan.work.read(at - from);
  if (!text.has(RETURN, at)) return;
  const open = behindSpace(text, at + RETURN.length);
  if (quoted(text, open) && readValue(scan, text, open, 'word') && value.quoted)
    judgeString(scan, text, subject);
}
const RETURN = 'return ';
/** Characters between the brackets and what the function does. */
const LONGEST_HEAD = 40;

/** `password.equals("…")`: the method of the name's own value that ends before `bracket`. */
export function onCompared(scan: Scan, text: Text, subject: Subject, word: number, bracket: number): void {
  const method = text.slice(word, bracket).toLowerCase();
  if (bracket - word <= LONGEST_METHOD && COMPARISONS.has(method))
    judgeArgument(scan, text, subject, bracket);
}
const COMPARISONS: ReadonlySet<string> = new Set(
  'equals equalsignorecase eq eql equal contentequals compareto isequalto isequal equalsconstanttime'.split(
    ' ',
  ),
);

/** `assertEquals("…", cfg.getToken())`: the string before the comma before the name, in a call that asserts something. */
export function onAsserted(scan: Scan, text: Text, subject: Subject, elementStart: number): boolean {
  const { codes } = text;
  let at = elementStart - 1;
  while (isSpace(codes[at]!) && elementStart - at < 4) at--;
  if (codes[at] !== COMMA || !isQuote(codes[at - 1]!)) return false;
  const end = at - 1;
  const quote = codes[end]!;
  const floor = Math.max(0, end - LONGEST_ASSERTED);
  let open = end - 1;
  while (open > floor && codes[open] !== quote && codes[open]! >= 32) open--;
  scan.work.read(end - open);
  if (codes[open] !== quote || codes[open - 1] !== OPEN_PAREN) return false;
  let word = open - 1;
  while (word > 0 && open - word < LONGEST_METHOD && isName(codes[word - 1]!)) word--;
  if (!text.has('assert', word) && !text.has('expect', word)) return false;
  value.start = open + 1;
  value.end = end;
  value.quoted = true;
  value.next = end + 1;
  return judgeString(scan, text, subject);
}
const LONGEST_ASSERTED = 256;

/** Names or values of one assignment, at most. */
const MOST_NAMES = 5;
/** Behind the first, which also stands in many a list. */
const MOST_BEHIND = 3;

/** Go, Python, Rust: `token, err := "…", nil`. `comma` is behind the first name, which is the subject. */
export function onFirstOfSeveral(scan: Scan, text: Text, subject: Subject, comma: number): void {
  const { codes } = text;
  let at = comma;
  for (let names = 1; names < MOST_BEHIND && codes[at] === COMMA; names++) {
    const from = behindSpace(text, at + 1);
    at = from;
    while (isName(codes[at]!) && at - from < LONGEST_METHOD) at++;
    if (at === from) return;
  }
  onList(scan, text, subject, behindSpace(text, at), 1);
}

/** The same where the subject is the last name: `user, password = "alice", "…"`, `[user, password] = ["alice", "…"]`. */
export function onLastOfSeveral(
  scan: Scan,
  text: Text,
  subject: Subject,
  elementStart: number,
  sign: number,
): boolean {
  const { codes } = text;
  const first = codes[behindSpace(text, sign + 1)]!;
  if (!isQuote(first) && first !== OPEN_PAREN && first !== OPEN_BRACKET) return false;
  let at = elementStart;
  let place = 1;
  while (place < MOST_NAMES) {
    let p = at;
    while (p > 0 && isSpace(codes[p - 1]!) && at - p < 4) p--;
    if (p === 0 || codes[p - 1] !== COMMA) break;
    p--;
    const end = p;
    while (p > 0 && isName(codes[p - 1]!) && end - p < LONGEST_METHOD) p--;
    if (p === end) return false;
    at = p;
    place++;
  }
  return place > 1 && onList(scan, text, subject, sign, place);
}

/** The values of an assignment of several names; `sign` is where it is made. Takes the one at `place`. */
function onList(scan: Scan, text: Text, subject: Subject, sign: number, place: number): boolean {
  const { codes } = text;
  let at = sign;
  if (codes[at] === CLOSE_PAREN || codes[at] === CLOSE_BRACKET) at = behindSpace(text, at + 1);
  if (codes[at] === COLON) at++;
  if (codes[at] !== EQUALS || codes[at + 1] === EQUALS) return false;
  at = behindSpace(text, at + 1);
  if (codes[at] === OPEN_PAREN || codes[at] === OPEN_BRACKET) at++;
  const open = behindSpace(text, at);
  if (!argument(scan, text, open, place) || (place > 1 && value.start - open > LONGEST_ASSERTED))
    return false;
  return judgeString(scan, text, subject);
}

/** Logs: `token->…`. A member of a structure stands there as a rule: only one word that none is like goes. */
export function onMember(scan: Scan, text: Text, subject: Subject, from: number): void {
  const { codes, length } = text;
  let at = from;
  let digits = 0;
  for (
    ;
    at < length &&
    at - from < LONGEST_BRACKETED &&
    (isName(codes[at]!) || codes[at] === PLUS || codes[at] === SLASH || codes[at] === EQUALS);
    at++
  )
    if ((CLASS[codes[at]!]! & DIGIT) !== 0) digits++;
  scan.work.read(at - from);
  const ends = at >= length || isGap(codes[at]!) || isQuote(codes[at]!) || codes[at] === COMMA;
  if (!ends || digits < LEAST_DIGITS || subject.name.promise !== 'strong') return;
  value.start = from;
  value.end = at;
  value.next = at;
  value.quoted = false;
  if (isUuid(codes, from, at) || looksSecret(scan, text, from, at, LEAST_MEMBER))
    found(scan, text, subject, 'name');
}
const LEAST_DIGITS = 3;
const LEAST_MEMBER = 16;

/** Kotlin: `val token by extra("…")`. `from` is behind `by`. */
export function onDelegated(scan: Scan, text: Text, subject: Subject, from: number): void {
  judgeCall(scan, text, subject, behindSpace(text, from), LONGEST_METHOD);
}

/** Logs: `TOKEN[…]`, `token(…)`, without quotes. An index and an argument are names as a rule: only what no name looks like goes. */
export function onBracketed(scan: Scan, text: Text, subject: Subject, open: number): boolean {
  const { codes, length } = text;
  if (subject.name.promise !== 'strong') return false;
  const close = codes[open] === OPEN_BRACKET ? CLOSE_BRACKET : CLOSE_PAREN;
  let at = open + 1;
  let digits = 0;
  for (; at < length && at - open < LONGEST_BRACKETED; at++) {
    const code = codes[at]!;
    if (code === close || isGap(code) || isQuote(code) || code === LF || code === COMMA) break;
    if (code === OPEN_PAREN || code === OPEN_BRACKET || code === OPEN_BRACE) break;
    if ((CLASS[code]! & DIGIT) !== 0) digits++;
  }
  scan.work.read(at - open);
  if (codes[at] !== close || digits < 2) return false;
  scan.work.spend(COST.string);
  value.start = open + 1;
  value.end = at;
  value.next = at + 1;
  value.quoted = false;
  const uuid = isUuid(codes, value.start, value.end);
  if (!uuid && !looksSecret(scan, text, value.start, value.end, LEAST_BRACKETED)) return false;
  found(scan, text, subject, 'name');
  return true;
}
const LONGEST_BRACKETED = 256;
const LEAST_BRACKETED = 12;
