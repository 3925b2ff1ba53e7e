/**
 * Credentials passed to functions: `setPassword("…")`, `HTTPBasicAuth("alice", "…")`, `auth=('alice', '…')`.
 *
 * In:  a text and where a function's name or a subject's name ends.
 * Out: a finding for the quoted argument that is the secret.
 */
import { CALLS } from '../calls.ts';
import {
  ANY_UPPER,
  BACKSLASH,
  CLASS,
  CLOSE_PAREN,
  COMMA,
  DOT,
  isAlnum,
  isGap,
  isName,
  isQuote,
  isSpace,
  NUL,
  OPEN_PAREN,
  PIPE,
  UNDERSCORE,
} from '../characters.ts';
import { judgeName } from '../names.ts';
import type { Scan } from '../scan.ts';
import type { Category } from '../sensitive-words.ts';
import { isUuid } from '../shape.ts';
import type { Text } from '../text.ts';
import { COST } from '../work.ts';
import { behindWrapper } from './indirect.ts';
import { found, isPhraseOfWords, isReference, judgeNear, MADE_UP, type Subject } from './judgement.ts';
import { behindGap, quoted } from './places.ts';
import { behindClosers, onBracketed, onCompared, onExpected, onReturned } from './program-text.ts';
import { namesParameter } from './scheme.ts';
import { isSecret, looksChosen, looksSecret } from './secrecy.ts';
import { readValue, value } from './value.ts';

const MOST_ARGUMENTS = 6;
const LONGEST_CALL = 1024;

/** `name("…")`: the subject is the function, its argument the value. `at` is the bracket. */
export function onOwnArgument(scan: Scan, text: Text, subject: Subject, at: number): void {
  const { codes } = text;
  const open = behindGap(text, at + 1);
  if (isSpace(codes[at - 1]!)) {
    // Prose: `password (…)`.
    if (quoted(text, open) || namesParameter(text, open) || !readValue(scan, text, open, 'prose')) return;
    if (!judgeNear(scan, text, subject, 'prose', true, 10)) onRemark(scan, text, subject, open);
    return;
  }
  if (codes[open] === CLOSE_PAREN) {
    onExpected(scan, text, subject, behindClosers(text, open)); // `assertThat(cfg.token()).isEqualTo("…")`
    onReturned(scan, text, subject, open + 1);
    return;
  }
  let word = at;
  while (word > subject.start && isName(codes[word - 1]!) && codes[word - 1] !== DOT) word--;
  if (judgeName(codes, word, at) === undefined) {
    onCompared(scan, text, subject, word, at); // A method of the value: `password.encode("…")`.
    return;
  }
  if (!quoted(text, open)) {
    if (onBracketed(scan, text, subject, at)) return;
    const close = behindParameters(text, open);
    if (codes[close] === CLOSE_PAREN) onReturned(scan, text, subject, close + 1);
    return;
  }
  if (!readValue(scan, text, open, 'word') || !value.quoted) return;
  if (subject.name.promise === 'weak') judgeNear(scan, text, subject, 'call', false, 12);
  else if (isSecret(scan, text, 'whole') && !isReference(text, subject.name)) {
    if (isTaken(scan, text, subject) || isSetter(text, word)) found(scan, text, subject, 'call');
  }
}

/** Behind names and what stands between them: `self, name`. */
function behindParameters(text: Text, from: number): number {
  const { codes } = text;
  let at = from;
  while (at - from < LONGEST_PARAMETERS && (isName(codes[at]!) || isSpace(codes[at]!) || codes[at] === COMMA))
    at++;
  return at;
}
const LONGEST_PARAMETERS = 40;

/** `Password (again): …`: the bracket says something about the name. */
function onRemark(scan: Scan, text: Text, subject: Subject, from: number): void {
  const { codes } = text;
  let at = from;
  while (at - from < 32 && (isName(codes[at]!) || codes[at] === 32)) at++;
  if (codes[at] !== CLOSE_PAREN || codes[at + 1] !== 58) return;
  if (readValue(scan, text, behindGap(text, at + 2), 'prose'))
    judgeNear(scan, text, subject, 'prose', true, 10);
}

/** `set_password("…")`: what it takes is no name of a thing to look up. */
function isSetter(text: Text, word: number): boolean {
  const next = text.codes[word + 3]!;
  return text.has('set', word) && (next === UNDERSCORE || (CLASS[next]! & ANY_UPPER) !== 0);
}

/** A function of that name may also look a secret up: `password("Enter it")`, `token("name")`. */
function isTaken(scan: Scan, text: Text, subject: Subject): boolean {
  const { start, end } = value;
  return (
    isUuid(text.codes, start, end) ||
    looksSecret(scan, text, start, end, 8) ||
    (MADE_UP.has(subject.name.category) && (looksChosen(scan, text, start, end) || isPhraseOfWords(text)))
  );
}

/** `auth=('alice', '…')`: a pair. `at` is the bracket. True when it was one. */
export function onPair(scan: Scan, text: Text, subject: Subject, at: number): boolean {
  if (!PAIRS.has(subject.name.category) || !argument(scan, text, at + 1, 2) || value.start - at > 160)
    return false;
  if (!isSecret(scan, text, 'whole')) return false;
  found(scan, text, subject, 'pair');
  return true;
}

/** Names whose value is a user and a password. */
const PAIRS: ReadonlySet<Category> = new Set(['token', 'credentials', 'authorization', 'password']);

/** The name of one of `CALLS` ended at `end`. */
export function onCall(scan: Scan, text: Text, name: string, start: number, end: number): void {
  const { codes } = text;
  if (start > 0 && (isAlnum(codes[start - 1]!) || codes[start - 1] === UNDERSCORE)) return;
  if (name === 'ConvertTo-SecureString' && onPipedString(scan, text, start)) return;
  if (name === 'ConvertTo-SecureString' && onBareString(scan, text, start, end)) return;
  const open = openOf(text, end, name);
  const wanted = CALLS.get(name);
  if (open === 0 || wanted === undefined) return;
  const inner = wanted === 1 ? behindWrapper(text, open) : -1;
  if (inner >= 0 ? !readValue(scan, text, inner, 'word') : !argument(scan, text, open, wanted)) return;
  if (!isSecret(scan, text, 'whole')) return;
  scan.reportNamed(text, start, value.start, value.end, 'password', 'call');
}

/** PowerShell: `"…" | ConvertTo-SecureString`. */
function onPipedString(scan: Scan, text: Text, start: number): boolean {
  const { codes } = text;
  let at = start;
  while (at > 0 && isSpace(codes[at - 1]!)) at--;
  if (at === 0 || codes[at - 1] !== PIPE) return false;
  at--;
  while (at > 0 && isSpace(codes[at - 1]!)) at--;
  const quote = codes[at - 1]!;
  if (at < 2 || !isQuote(quote)) return false;
  const end = at - 1;
  const floor = Math.max(0, end - LONGEST_PIPED);
  let open = end - 1;
  while (open > floor && codes[open] !== quote) open--;
  if (codes[open] !== quote) return false;
  value.start = open + 1;
  value.end = end;
  value.quoted = true;
  if (isSecret(scan, text, 'whole')) scan.reportNamed(text, open, open + 1, end, 'password', 'call');
  return true;
}
const LONGEST_PIPED = 256;

/** PowerShell: `ConvertTo-SecureString … -AsPlainText`, without quotes. */
function onBareString(scan: Scan, text: Text, start: number, end: number): boolean {
  const at = behindGap(text, end);
  if (at === end || quoted(text, at) || !readValue(scan, text, at, 'word')) return false;
  if (!text.has('-asplaintext', behindGap(text, value.next)) || !isSecret(scan, text, 'code')) return false;
  scan.reportNamed(text, start, value.start, value.end, 'password', 'call');
  return true;
}

/** One of `SIGN_INS` ended at `end`: `x.login('alice', '…')`. */
export function onSignIn(scan: Scan, text: Text, start: number, end: number): void {
  const { codes } = text;
  const before = start === 0 ? 32 : codes[start - 1]!;
  const apart = before === DOT || before === 62 || before === 58 || isGap(before);
  if (!apart || codes[end] !== OPEN_PAREN) return;
  const open = end + 1;
  if (!quoted(text, behindGap(text, open)) || !argument(scan, text, open, -1) || count < 2) return;
  if (
    isSecret(scan, text, 'whole') &&
    (looksChosen(scan, text, value.start, value.end) ||
      isPhraseOfWords(text) ||
      looksSecret(scan, text, value.start, value.end, 8))
  )
    scan.reportNamed(text, start, value.start, value.end, 'password', 'call');
}

/** One of `CLIENTS` and its bracket ended at `end`: `new WebClient("…")`, `Client("AC0123", "…")`. */
export function onClient(scan: Scan, text: Text, start: number, end: number): void {
  if (!quoted(text, behindGap(text, end))) return;
  for (let wanted = 1; wanted <= MOST_KEYS; wanted++) {
    if (!argument(scan, text, end, wanted)) return;
    if (!looksSecret(scan, text, value.start, value.end, LEAST_KEY)) continue;
    scan.reportNamed(text, start, value.start, value.end, 'api-key', 'call');
    return;
  }
}
/** Arguments that are looked at, and characters that a key of a service has at least. */
const MOST_KEYS = 3;
const LEAST_KEY = 16;

/** Functions that are called without brackets, too. */
const COMMANDS: ReadonlySet<string> = new Set([
  'ConvertTo-SecureString',
  'basic_auth',
  'sp_addlogin',
  'sp_password',
  'sp_addlinkedsrvlogin',
]);

/** Where the arguments begin: behind `(`, `.create(`, or white space before a quote. 0: nowhere. */
function openOf(text: Text, end: number, name: string): number {
  const { codes } = text;
  let at = end;
  if (codes[at] === DOT) {
    at++;
    if (!['create(', 'of(', 'from(', 'new('].some((method) => text.has(method, at))) return 0;
    while (isAlnum(codes[at]!)) at++;
  }
  if (codes[at] === OPEN_PAREN) return at + 1;
  if (!isSpace(codes[at]!) || !COMMANDS.has(name)) return 0;
  while (isSpace(codes[at]!)) at++;
  // PowerShell names its parameters.
  if (text.has('-string ', at)) at += 8;
  return quoted(text, at) ? at : 0;
}

/** Arguments seen by the last `argument`. */
let count = 0;

/** Reads argument `wanted` of those that begin at `from`. True when it is there and quoted; then it is the value. */
export function argument(scan: Scan, text: Text, from: number, wanted: number): boolean {
  const { codes, length } = text;
  const limit = Math.min(length, from + LONGEST_CALL);
  let at = from;
  let start = -1;
  let end = -1;
  for (count = 1; count <= MOST_ARGUMENTS; count++) {
    at = behindGap(text, at);
    const isString = quoted(text, at) && readValue(scan, text, at, 'word') && value.quoted;
    if (isString) {
      start = value.start;
      end = value.end;
      at = value.next;
    } else start = -1;
    if (count === wanted) return isString;
    at = behindArgument(text, at, limit);
    scan.work.read(at - from);
    if (at >= limit || codes[at] !== COMMA) break;
    at++;
  }
  if (wanted > 0 || start < 0) return false;
  value.start = start;
  value.end = end;
  value.quoted = true;
  return true;
}

/** The comma or the bracket that ends the argument at `from`; what is quoted or bracketed within it is stepped over. */
function behindArgument(text: Text, from: number, limit: number): number {
  const { codes } = text;
  let depth = 0;
  let quote = 0;
  for (let at = from; at < limit; at++) {
    const code = codes[at]!;
    if (code === NUL || (isGap(code) && code !== 32 && code !== 9 && depth === 0 && code !== 10))
      return limit;
    if (quote !== 0) {
      if (code === quote) quote = 0;
    } else if (isQuote(code)) quote = code;
    else if (code === OPEN_PAREN || code === 123 || code === 91) depth++;
    else if (code === CLOSE_PAREN || code === 125 || code === 93) {
      if (depth === 0) return at;
      depth--;
    } else if (code === COMMA && depth === 0) return at;
  }
  return limit;
}

/** Expect: `send "…\\r"` in answer to a prompt for a password. `end` is behind the opening quote. */
export function onSend(scan: Scan, text: Text, end: number): void {
  scan.work.spend(COST.patterns);
  const before = text.slice(Math.max(0, end - 160), end);
  const bare = !isQuote(text.codes[end - 1]!);
  if (bare && quoted(text, end)) return;
  const at = bare ? end : end - 1;
  if (!/ass(?:word|phrase|code)/i.test(before) || !readValue(scan, text, at, 'word')) return;
  // The string ends at its own quote: behind it stands the one around the script.
  for (let at = value.start; at < value.end; at++)
    if (text.codes[at] === text.codes[end - 1] && text.codes[at - 1] !== 92) value.end = at;
  while (
    value.end - value.start > 2 &&
    text.codes[value.end - 2] === 92 &&
    [110, 114].includes(text.codes[value.end - 1]!)
  )
    value.end -= 2;
  // Within a string of a shell every backslash is doubled: `send \"…\\r\"`.
  while (value.end - value.start > 1 && text.codes[value.end - 1] === BACKSLASH) value.end--;
  if (isSecret(scan, text, 'whole')) scan.reportNamed(text, end, value.start, value.end, 'password', 'call');
}
