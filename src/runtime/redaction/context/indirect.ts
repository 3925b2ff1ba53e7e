/**
 * Values that program text says in a roundabout way: converted, as a default of something else, behind a type, in a format.
 *
 * In:  a subject, and the value that was read last.
 * Out: a finding for the string that is meant; true when it was such an expression.
 */
import {
  ANY_LOWER,
  BANG,
  CLASS,
  COLON,
  COMMA,
  DIGIT,
  EQUALS,
  GREATER,
  isGap,
  isName,
  isQuote,
  LESS,
  LF,
  NUL,
  OPEN_BRACKET,
  OPEN_PAREN,
  PERCENT,
  PIPE,
  QUESTION,
  SLASH,
  SPACE,
  tableOf,
} from '../characters.ts';
import type { Scan } from '../scan.ts';
import type { Text } from '../text.ts';
import { COST } from '../work.ts';
import { onValue } from './assigned.ts';
import { found, isReference, judgeNear, type Subject } from './judgement.ts';
import { behindSpace, quoted } from './places.ts';
import { isSecret } from './secrecy.ts';
import { readValue, value } from './value.ts';

/** `printf 'user=%s token=%s\\n' bob '…'`: as many words behind the format as there are conversions before this one. */
export function onFormat(scan: Scan, text: Text, subject: Subject): boolean {
  if (!text.has('%s', value.start) && !text.has('%b', value.start)) return false;
  const { codes, length } = text;
  const floor = Math.max(0, value.start - LONGEST_FORMAT);
  let from = value.start;
  while (from > floor && !isQuote(codes[from - 1]!) && codes[from - 1] !== NUL && codes[from - 1] !== LF)
    from--;
  const quote = from > 0 && isQuote(codes[from - 1]!) ? codes[from - 1]! : NUL;
  if (quote === NUL && text.mode !== 'argv')
    for (from = value.start; from > floor && !isGap(codes[from - 1]!); ) from--;
  const limit = Math.min(length, value.start + LONGEST_FORMAT);
  let end = value.start + 2;
  while (
    end < limit &&
    codes[end] !== quote &&
    (quote !== NUL || text.mode === 'argv' || !isGap(codes[end]!))
  )
    end++;
  scan.work.read(end - from);
  if (end >= limit) return false;
  let at = quote === NUL ? behindBorder(text, end) : behindSpace(text, end + 1);
  if (at === end + 1 && quote !== NUL) return false;
  for (let p = from; p < value.start; p++)
    if (codes[p] === PERCENT && (CLASS[codes[p + 1]!]! & ANY_LOWER) !== 0) at = behindWord(text, at);
  if (at >= length) return false;
  onValue(scan, text, subject, at, 'word', 'whole');
  return true;
}
const LONGEST_FORMAT = 160;

/** Where the next word begins. */
function behindWord(text: Text, from: number): number {
  const { codes } = text;
  const limit = Math.min(text.length, from + LONGEST_FORMAT);
  let at = from;
  if (isQuote(codes[at]!)) while (++at < limit && codes[at] !== codes[from]);
  while (at < limit && !isGap(codes[at]!)) at++;
  return behindBorder(text, at);
}

/** Behind the border of elements at `at`, or the spaces. */
function behindBorder(text: Text, at: number): number {
  return text.codes[at] === NUL ? at + 1 : behindSpace(text, at);
}

/** `{{ password | default('…') }}`, `<%= ENV['X'] || '…' %>`: what stands in when there is nothing else. */
export function onTemplate(scan: Scan, text: Text, subject: Subject): boolean {
  const { start } = value;
  if (!text.has('{{', start) && !text.has('<%', start)) return false;
  scan.work.spend(COST.patterns);
  const shown = text.slice(start, Math.min(text.length, start + LONGEST_TEMPLATE));
  const fallback = TEMPLATE.exec(shown);
  if (fallback === null) return false;
  onValue(scan, text, subject, start + fallback[0].length, 'word', 'whole');
  return true;
}

const LONGEST_TEMPLATE = 160;

const TEMPLATE =
  /^(?:\{\{-?\s?(?="[^"\s]{8,120}"\s?-?\}\}|'[^'\s]{8,120}'\s?-?\}\}))|^(?:\{\{|<%)[^\n%}]{0,120}?(?:\|\|\s?|\bor\s|\bdefault[( ]\s?)(?=["'])/;

/** `process.env.TOKEN || "…"`, `getpass() or '…'`: what stands in when there is nothing else. */
export function onFallback(scan: Scan, text: Text, subject: Subject): boolean {
  const { codes } = text;
  const sign = behindSpace(text, value.next);
  const or =
    (codes[sign] === PIPE || codes[sign] === QUESTION) &&
    (codes[sign + 1] === codes[sign] || (codes[sign] === QUESTION && codes[sign + 1] === COLON));
  if (!or && !text.has('or ', sign)) return onChoice(scan, text, subject, sign);
  const at = behindSpace(text, sign + 2);
  if (!quoted(text, at)) return false;
  onValue(scan, text, subject, at, 'word', 'whole');
  return true;
}

/** `x != "" ? x : "…"`: the second of the two that are chosen from. */
function onChoice(scan: Scan, text: Text, subject: Subject, from: number): boolean {
  const { codes } = text;
  if (!beginsChoice(codes[from]!)) return false;
  const limit = Math.min(text.length, from + LONGEST_CHOICE);
  scan.work.read(limit - from);
  let question = 0;
  for (let at = from; at < limit && codes[at]! >= SPACE; at++) {
    if (codes[at] === QUESTION && codes[at - 1] === SPACE && codes[at + 1] === SPACE) question = at;
    // `debug ? "…" : null`
    if (question > 0 && at === question + 2 && quoted(text, at)) {
      onValue(scan, text, subject, at, 'word', 'whole');
      return true;
    }
    if (question === 0 || codes[at] !== COLON || codes[at - 1] !== SPACE) continue;
    const value = behindSpace(text, at + 1);
    if (!quoted(text, value)) return false;
    onValue(scan, text, subject, value, 'word', 'whole');
    return true;
  }
  return false;
}
const LONGEST_CHOICE = 120;
const SMALL_O = 111;
const CAPITAL_O = 79;

/**
 * True for what may follow a value, spaces apart, when it is none itself but a type, a parameter, a user, or what another value
 * stands in for: signs, and the first letter of `or`.
 */
export function mayGoOn(code: number): boolean {
  return GOES_ON[code] === 1;
}
const GOES_ON = tableOf(
  (code) =>
    code === EQUALS ||
    code === SLASH ||
    code === PIPE ||
    code === SMALL_O ||
    code === CAPITAL_O ||
    beginsChoice(code),
);

/** The question itself, or what compares the value with something first. */
function beginsChoice(code: number): boolean {
  return code === QUESTION || code === BANG || code === EQUALS || code === LESS || code === GREATER;
}

/** `"".join(["…", "…"])`: pieces that a program puts together, up to the last one. True when it was such a list. */
function onPieces(scan: Scan, text: Text, subject: Subject, from: number): boolean {
  const { codes } = text;
  const limit = Math.min(text.length, from + LONGEST_PIECES);
  let at = from;
  let end = 0;
  while (at < limit && quoted(text, at) && readValue(scan, text, at, 'word') && value.quoted) {
    end = value.end;
    at = behindSpace(text, value.next);
    if (codes[at] !== COMMA) break;
    at = behindSpace(text, at + 1);
  }
  if (end === 0) return false;
  value.start = from + 1;
  value.end = end;
  value.quoted = true;
  value.next = end + 1;
  if (isSecret(scan, text, 'whole')) found(scan, text, subject, 'name');
  return true;
}
const LONGEST_PIECES = 2048;
const EMPTY_JOIN = /^(?:""|'')\.join\(\s?[[(]\s?/;
const JOINED_LIST = /^\[\s?(?:["'][^"'\n]{1,256}["'],?\s?){2,24}\]\.join\(\s?(?:""|'')/;

/** Pieces in a list that are joined with nothing between: of Python, of JavaScript and Ruby. */
export function onJoined(scan: Scan, text: Text, subject: Subject, at: number): boolean {
  const first = text.codes[at]!;
  if (isQuote(first) && text.codes[at + 1] === first && text.has('.join(', at + 2)) {
    const shown = text.slice(at, Math.min(text.length, at + 16));
    const open = EMPTY_JOIN.exec(shown);
    return open !== null && onPieces(scan, text, subject, at + open[0].length);
  }
  if (first !== OPEN_BRACKET || !isQuote(text.codes[at + 1]!)) return false;
  scan.work.spend(COST.patterns);
  return (
    JOINED_LIST.test(text.slice(at, Math.min(text.length, at + LONGEST_JOINED))) &&
    onPieces(scan, text, subject, at + 1)
  );
}
const LONGEST_JOINED = 512;

/** `secret = []byte("…")`, `Buffer.from("…")`, `new SecretString("…")`: the string within is the value. */
export function onWrapped(scan: Scan, text: Text, subject: Subject): boolean {
  if (!mayBeCall(text.codes, value.start, Math.max(value.end, value.start + LONGEST_WRAPPER))) return false;
  const start = behindWrapper(text, value.start);
  if (start < 0) return onMade(scan, text, subject);
  if (!quoted(text, start) || !readValue(scan, text, start, 'word')) return true;
  if (isSecret(scan, text, 'whole') && !isReference(text, subject.name)) found(scan, text, subject, 'name');
  return true;
}

/** A quick look: a name stands at `at`, and an opening bracket behind it. Most values are no more than a word. */
function mayBeCall(codes: Uint16Array, from: number, limit: number): boolean {
  let at = from;
  // Go: `[]byte("…")`.
  if (codes[at] === OPEN_BRACKET) at += 2;
  while (at < limit && (isName(codes[at]!) || codes[at] === COLON)) at++;
  // `new SecretString("…")`.
  if (codes[at] === SPACE && at - from === 3)
    for (at++; at < limit && (isName(codes[at]!) || codes[at] === COLON); ) at++;
  return codes[at] === OPEN_PAREN;
}

/** Where the string begins that the conversion at `at` is given; -1 when there is none. */
export function behindWrapper(text: Text, at: number): number {
  if (!mayBeCall(text.codes, at, at + LONGEST_WRAPPER)) return -1;
  const wrapper = WRAPPER.exec(text.slice(at, Math.min(text.length, at + LONGEST_WRAPPER)));
  return wrapper === null ? -1 : at + wrapper[0].length;
}

/** `token = unquote("…")`: any other function may also look its argument up, so that has to look drawn. */
function onMade(scan: Scan, text: Text, subject: Subject): boolean {
  const { codes } = text;
  const { start, end, next } = value;
  let open = start;
  while (open < end && (isName(codes[open]!) || codes[open] === COLON)) open++;
  if (open === start || codes[open] !== OPEN_PAREN || !isQuote(codes[open + 1]!)) return false;
  // A quick look: most strings are the name of what is looked up.
  let digits = 0;
  let at = open + 2;
  for (; codes[at] !== codes[open + 1] && !isGap(codes[at]!) && at - open < LONGEST_WRAPPER; at++)
    if ((CLASS[codes[at]!]! & DIGIT) !== 0) digits++;
  if (digits === 0 || at - open - 2 < LEAST_MADE) return false;
  if (
    readValue(scan, text, open + 1, 'word') &&
    value.quoted &&
    judgeNear(scan, text, subject, 'name', false, LEAST_MADE)
  )
    return true;
  value.start = start;
  value.end = end;
  value.next = next;
  value.quoted = false;
  return false;
}
const LEAST_MADE = 12;

const LONGEST_WRAPPER = 48;

/** Conversions of a string into what takes a secret; nothing that looks one up. */
const WRAPPER =
  /^(?:\[\]byte\(|(?:new )?(?:[A-Za-z]{1,20}(?:\.|::)){0,2}(?:Buffer\.from|String::from|(?:Secret|SecretString|SecretBox|Zeroizing)::(?:new|from)|SecretStr(?:ing)?|SecureString|GuardedString|Secret|QStringLiteral|QLatin1String|TEXT|_T|Some|String|(?:w?string|string_view|QString)|str|bytes|bytearray|b64decode|base64_decode|atob|hex2bin|unhexlify|fromhex|to_vec|toCharArray|Encoding\.UTF8\.GetBytes)\(|(?:Pydantic)?Field\((?:default\s?=\s?)?)(?=\s{0,2}[bBrR]?["'])/;

/** `password: &str = "…"`: what was read is the type, the value stands behind the equals sign. */
export function onTyped(scan: Scan, text: Text, subject: Subject): boolean {
  const { codes } = text;
  const sign = behindSpace(text, value.end);
  if (sign === value.end || codes[sign] !== EQUALS || codes[sign + 1] === EQUALS) return false;
  const at = behindSpace(text, sign + 1);
  value.start = at;
  if (onWrapped(scan, text, subject)) return true;
  if (!quoted(text, at)) return false;
  onValue(scan, text, subject, at, 'word', 'whole');
  return true;
}
