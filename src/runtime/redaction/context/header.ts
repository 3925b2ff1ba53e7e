/**
 * Credentials of HTTP that no single name announces: `Bearer …` and `Basic …` wherever they stand, and cookies.
 *
 * In:  a text and where the scheme or the header name ends.
 * Out: findings for tokens and for cookie values; schemes, cookie names and attributes stay.
 */
import {
  ALNUM,
  CLASS,
  COLON,
  COMMA,
  DOT,
  EQUALS,
  HYPHEN,
  isGap,
  isName,
  isQuote,
  isSpace,
  NUL,
  PLUS,
  SEMICOLON,
  SLASH,
  TILDE,
  UNDERSCORE,
} from '../characters.ts';
import { RANK } from '../finding.ts';
import { isHarmless } from '../harmless.ts';
import { judgeName } from '../names.ts';
import type { Scan } from '../scan.ts';
import { isLetters, looksWordy } from '../shape.ts';
import type { Text } from '../text.ts';
import { COST } from '../work.ts';
import { hasParameters } from './scheme.ts';
import { isDrawn, looksChosen, looksSecret } from './secrecy.ts';

/** RFC 6750 b64token and RFC 7235 token68. */
function isTokenCode(code: number): boolean {
  return (
    (CLASS[code]! & ALNUM) !== 0 ||
    code === HYPHEN ||
    code === DOT ||
    code === UNDERSCORE ||
    code === TILDE ||
    code === PLUS ||
    code === SLASH ||
    code === EQUALS ||
    code === COLON
  );
}

/** A scheme word ended at `end`. */
export function onScheme(scan: Scan, text: Text, start: number, end: number): void {
  const { codes, length } = text;
  if (start > 0 && (CLASS[codes[start - 1]!]! & ALNUM) !== 0 && codes[start - 2] !== 92) return;
  let at = end;
  while (at < length && (isSpace(codes[at]!) || codes[at] === NUL) && at - end < 4) at++;
  if (at === end && (codes[at] === PLUS || codes[at] === COLON)) at++;
  // A protocol of WebSocket: `bearer, …`.
  if (at === end && codes[at] === COMMA && isSpace(codes[at + 1]!)) at += 2;
  if (at === end || (codes[at] === HYPHEN && codes[at + 1] === HYPHEN)) return;
  const from = at;
  while (at < length && isTokenCode(codes[at]!)) at++;
  while (at > from && (codes[at - 1] === DOT || codes[at - 1] === COLON)) at--;
  scan.work.read(at - from);
  if (at - from < 8) {
    scan.work.spend(COST.string);
    return;
  }
  scan.work.spend(COST.patterns);
  // `token_type=bearer expires_in=3600`
  if (hasParameters(text, from) && isLetters(codes, from, from + 4)) return;
  const basic = text.has('basic', start);
  if (
    basic
      ? isBasic(text, from, at)
      : looksSecret(scan, text, from, at, 10) ||
        looksChosen(scan, text, from, at) ||
        (at - from >= 16 && !looksWordy(codes, from, at) && !isStandIn(text, from, at))
  )
    scan.report(text, from, at, 'authorization', 'header:scheme', RANK.named);
}

/** `Bearer ghp_xxxxxxxx`, `Bearer arn:aws:secretsmanager:…`: written where a token would stand. */
function isStandIn(text: Text, start: number, end: number): boolean {
  const shown = text.slice(start, Math.min(end, start + 300));
  return isHarmless(shown, 'whole') && !isDrawn(text, start, end, shown);
}

/** RFC 7617: base64 of `user:password`. */
function isBasic(text: Text, start: number, end: number): boolean {
  const decoded = Buffer.from(text.slice(start, Math.min(end, start + 1024)), 'base64').toString('latin1');
  return /^[ -~]{1,256}:[ -~]{1,512}$/.test(decoded) || /^[!-~]{2,64}:[ -~\x80-\xff]{6,512}$/.test(decoded);
}

/** Attributes of Set-Cookie, RFC 6265. */
const ATTRIBUTES =
  /^(?:path|domain|expires|max-age|samesite|secure|httponly|version|comment|priority|partitioned)$/i;
/** Cookies that only keep a choice. */
const PLAIN =
  /^(?:theme|lang|locale|language|tz|timezone|currency|consent|gdpr|cookie_?consent|_ga|_gid|_gat|_fbp|country|region|sidebar|view|sort|tab|debug|ab|variant|utm_\w+|seen|visited|darkmode|color_mode)/i;

/** `Cookie:` or `Set-Cookie:` ended at `end`, behind its colon. */
export function onCookie(scan: Scan, text: Text, end: number): void {
  const { codes, length } = text;
  let at = end;
  while (at < length && isSpace(codes[at]!) && at - end < 8) at++;
  if (codes[at] === NUL && at === end) at++;
  cookies(scan, text, at);
}

/** A cookie header's value at `at`. */
export function cookies(scan: Scan, text: Text, from: number): void {
  const { codes, length } = text;
  let at = from;
  for (let pairs = 0; pairs < 128; pairs++) {
    const nameStart = at;
    while (at < length && isName(codes[at]!)) at++;
    if (at === nameStart || codes[at] !== EQUALS) return;
    const nameEnd = at++;
    if (isQuote(codes[at] ?? 0)) at++;
    const valueStart = at;
    while (at < length && codes[at] !== SEMICOLON && !isGap(codes[at]!) && !isQuote(codes[at]!)) at++;
    scan.work.read(at - nameStart);
    scan.work.spend(COST.string * 2);
    const name = text.slice(nameStart, Math.min(nameEnd, nameStart + 64));
    if (!ATTRIBUTES.test(name) && !PLAIN.test(name)) {
      const promise = judgeName(codes, nameStart, nameEnd)?.promise;
      const size = at - valueStart;
      const known = promise !== undefined && size >= 6;
      if (
        (known &&
          !/^(?:\$|<|\{|\*|true|false|deleted)/.test(text.slice(valueStart, Math.min(at, valueStart + 8)))) ||
        looksSecret(scan, text, valueStart, at, 12) ||
        (size >= 20 && !looksWordy(codes, valueStart, at))
      )
        scan.reportNamed(text, nameStart, valueStart, at, 'cookie', 'header:cookie');
    }
    if (isQuote(codes[at] ?? 0) && codes[at + 1] !== SEMICOLON) return;
    while (at < length && (codes[at] === SEMICOLON || isSpace(codes[at]!) || isQuote(codes[at]!))) at++;
  }
}
