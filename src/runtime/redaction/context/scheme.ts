/**
 * Authentication schemes before a credential: `Bearer …`, `Basic …`, `Digest response=…` (RFC 7235).
 *
 * In:  the value that was read last (value.ts).
 * Out: the value moved behind its scheme; the parts of a scheme with parameters that are secret.
 */
import {
  CLASS,
  CLOSE_PAREN,
  COLON,
  COMMA,
  DOT,
  EQUALS,
  HYPHEN,
  isAlnum,
  isGap,
  isName,
  isQuote,
  LETTER,
  LF,
  NUL,
  SEMICOLON,
  SPACE,
} from '../characters.ts';
import { RANK } from '../finding.ts';
import { judgeName } from '../names.ts';
import type { Scan } from '../scan.ts';
import type { Name } from '../sensitive-words.ts';
import { looksMixed, looksWritten, measure } from '../shape.ts';
import type { Text } from '../text.ts';
import { WordTable } from '../word-table.ts';
import { readValue, value } from './value.ts';

function words(list: string): WordTable {
  return new WordTable(list.split(' ').map((word) => [word, 1]));
}

/** Schemes whose credential is one token behind them. */
const SCHEMES = words(
  'basic bearer token negotiate ntlm apikey key jwt bot splunk ssws geniekey oauth sharedkey sharedaccesssignature sso user secret app',
);
/** Schemes whose parameters carry names of their own; so does `Token token=…`. */
const PARAMETER_SCHEMES = words('digest hawk oauth signature aws');

/** Moves the value behind a leading scheme word. False when parameters with names of their own follow. */
export function moveBehindScheme(scan: Scan, text: Text, name: Name): boolean {
  const { codes } = text;
  if (name.category === 'password' || name.category === 'mnemonic') return true;
  let end = value.start;
  while (
    end < value.end &&
    end - value.start < 32 &&
    ((CLASS[codes[end]!]! & LETTER) !== 0 || codes[end] === HYPHEN)
  )
    end++;
  if (end - value.start < 3 || end >= text.length || codes[end] !== SPACE) return true;
  let next = end;
  while (next < text.length && codes[next] === SPACE) next++;
  const digest = PARAMETER_SCHEMES.get(codes, value.start, end) !== 0;
  if ((digest || text.has('token=', next)) && hasParameters(text, next)) {
    digestResponse(scan, text, next);
    return false;
  }
  if (SCHEMES.get(codes, value.start, end) === 0 && name.category !== 'authorization') return true;
  if (value.quoted) {
    if (next < value.end) value.start = next;
    // `'Basic ' + encoded`
    return next < value.end;
  }
  if (next >= text.length || isGap(codes[next]!)) return true;
  if (!readValue(scan, text, next, text.mode === 'argv' ? 'element' : 'word')) return false;
  withoutClosing(text);
  return value.end > value.start;
}

/** In a script the header's closing quote stands behind the value, which may have quotes of its own: `'… Bearer ab''cd'`. */
function withoutClosing(text: Text): void {
  const { codes } = text;
  const last = codes[value.end - 1]!;
  if (value.quoted || !isQuote(last)) return;
  let quotes = 0;
  for (let at = value.start; at < value.end; at++) if (codes[at] === last) quotes++;
  if (quotes % 2 === 1) value.end--;
}

/** `--secret id=npm,src=…` of a build: it says which secret is mounted. */
export function isMount(text: Text, name: Name, from: number): boolean {
  if (name.category === 'secret' && (isOfManager(text, from) || isMapped(text, from))) return true;
  return (
    name.category === 'secret' && ['id=', 'type=', 'src=', 'source='].some((field) => text.has(field, from))
  );
}

/** `--set-secrets=DB_PASSWORD=orders-db:latest`: which of the secrets goes where. */
function isMapped(text: Text, from: number): boolean {
  return MAPPED.test(text.slice(from, Math.min(text.length, from + FARTHEST_COMMAND)));
}
const MAPPED = /^(?:[A-Za-z_]\w{0,40}|\/[\w./-]{1,60})=[a-z][a-z0-9-]{1,60}:(?:latest|\d{1,4})(?:$|[\s,\0])/;

/** `gcloud secrets versions access latest --secret=…`: which of the secrets is meant. */
function isOfManager(text: Text, from: number): boolean {
  const { codes } = text;
  for (let at = from - 9; at >= 0 && from - at < FARTHEST_COMMAND && codes[at] !== LF; at--)
    if (isBorder(codes[at]!) && text.has('secrets', at + 1) && text.has('gcloud', at - 6)) return true;
  return false;
}
const FARTHEST_COMMAND = 96;
const isBorder = (code: number): boolean => code === SPACE || code === NUL;

/** True when `name=` stands at `from`. */
export function hasParameters(text: Text, from: number): boolean {
  const { codes } = text;
  for (let at = from; at < text.length && at - from < 40; at++) {
    if (codes[at] === EQUALS) return !isGap(codes[at + 1]!) && !endsSentence(codes, at + 1);
    if (!isName(codes[at]!)) return false;
  }
  return false;
}

/** `… -p adminPassword=…`: the name before the sign has the value, and is looked at as such. */
export function isNamed(text: Text, start: number, end: number): boolean {
  let at = start;
  while (at < end && isName(text.codes[at]!)) at++;
  if (text.codes[at] !== EQUALS || at + 1 >= end || !namesParameter(text, start)) return false;
  return judgeName(text.codes, start, at)?.promise === 'strong';
}

/** The same, where a value is expected: what stands before the sign is a name, not the first part of a drawn password. */
export function namesParameter(text: Text, from: number): boolean {
  if (!hasParameters(text, from)) return false;
  const { codes, length } = text;
  let sign = from;
  while (codes[sign] !== EQUALS) sign++;
  let end = sign;
  while (end < length && end - from < LONGEST_DRAWN && !isGap(codes[end]!) && !isQuote(codes[end]!)) end++;
  return !looksMixed(codes, from, end) || !beginsDrawn(codes, from, sign);
}

/** Digits between letters, or letters of both cases that make no words: `KJdt3JWf`, not `any`, `userId2`. */
function beginsDrawn(codes: Uint16Array, from: number, end: number): boolean {
  const s = measure(codes, from, end);
  if (s.length < LEAST_BEGINNING) return false;
  const mixed = s.lower > 0 && s.upper > 0;
  return ((s.digit > 0 && s.changes > 1) || mixed) && !looksWritten(codes, from, end, 66);
}
const LEAST_BEGINNING = 3;
const LONGEST_DRAWN = 64;

/** What stands behind the padding of base64 that ends a sentence, a string or a bracket. */
function endsSentence(codes: Uint16Array, at: number): boolean {
  const code = codes[at]!;
  if (code === EQUALS) return true;
  const closes = code === DOT || code === COMMA || code === SEMICOLON || code === CLOSE_PAREN;
  return (closes || code === COLON || isQuote(code)) && !isAlnum(codes[at + 1]!);
}

/** RFC 7616: `response` is the proof of the password. */
function digestResponse(scan: Scan, text: Text, from: number): void {
  const limit = Math.min(text.length, from + 1024);
  scan.work.read(limit - from);
  for (let at = from; at < limit && text.codes[at]! >= SPACE; at++) {
    if (
      (text.codes[at]! | 32) === 114 &&
      text.has('response=', at) &&
      readValue(scan, text, at + 9, 'word')
    ) {
      scan.report(text, value.start, value.end, 'authorization', 'header:digest', RANK.format);
      return;
    }
  }
}
