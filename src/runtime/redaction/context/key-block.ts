/**
 * Private keys in their containers: PEM (RFC 7468) of every label, PGP armour, SSH2 (RFC 4716), PuTTY's .ppk,
 * OpenVPN's static keys.
 *
 * In:  a text and where a header line (or a footer) was seen.
 * Out: one finding over header, body and footer; a block without end goes as far as its body does.
 *      Certificates and public keys are left alone.
 *
 * The body may be on lines, on one line, with `\n` spelled out once or twice, or percent-encoded.
 */
import {
  ALNUM,
  ANY_LOWER,
  APOSTROPHE,
  BACKSLASH,
  CLASS,
  COLON,
  COMMA,
  CR,
  DOT,
  EQUALS,
  HYPHEN,
  isGap,
  LF,
  NUL,
  PERCENT,
  PLUS,
  QUOTE,
  SLASH,
  SPACE,
  UNDERSCORE,
} from '../characters.ts';
import { RANK } from '../finding.ts';
import type { Scan } from '../scan.ts';
import type { Text } from '../text.ts';
import { COST } from '../work.ts';

const LONGEST_BLOCK = 32_768;
const LONGEST_LABEL = 64;
const LONGEST_COMMENT = 96;
/** Letters and digits of a body, without which a header is only an example of one. */
const LEAST_BODY = 12;

/** `at` is where `-----BEGIN` or `---- BEGIN` begins. */
export function onKeyBegin(scan: Scan, text: Text, at: number): void {
  const { codes, length } = text;
  scan.work.spend(COST.patterns);
  let p = at;
  while (codes[p] === HYPHEN) p++;
  let label = '';
  while (p < length && p - at < LONGEST_LABEL + 16 && codes[p] !== HYPHEN && codes[p]! >= 32)
    label += String.fromCharCode(codes[p++]!);
  label = label.replace(/[+_]|%20/g, ' ');
  const secret = label.includes('PRIVATE KEY') || label.includes('OpenVPN Static key');
  if (!secret && !(p >= length && ' BEGIN PRIVATE'.startsWith(label.slice(0, 14)))) {
    if (PUBLIC.test(label)) notePublic(scan, text, p);
    return;
  }
  const end = bodyEnd(scan, text, p);
  if (bodySize(codes, p, end) < LEAST_BODY) return;
  scan.report(
    text,
    at,
    end,
    label.includes('PGP') ? 'pgp-private-key' : 'private-key',
    'format:pem',
    RANK.format,
  );
}

const PUBLIC =
  /\b(?:CERTIFICATE|CERTIFICATE REQUEST|PUBLIC KEY|PUBLIC KEY BLOCK|SIGNATURE|PGP MESSAGE|X509 CRL|DH PARAMETERS|PKCS7|CMS|AGE ENCRYPTED FILE)$/;

/**
 * Notes the lines behind a header of what is public, as far as they are of one width, which no secret is that was put among them:
 * 64 characters of base64 (RFC 7468, RFC 9580), the last one fewer. `from` is behind the label.
 */
function notePublic(scan: Scan, text: Text, from: number): void {
  const { codes, length } = text;
  let at = from;
  while (codes[at] === HYPHEN) at++;
  const limit = Math.min(length, from + LONGEST_BLOCK);
  let line = behindBreak(text, at);
  if (line === at) return;
  const start = line;
  let end = line;
  while (line < limit) {
    at = line;
    while (at < limit && at - line < WIDEST && isBase64(codes[at]!)) at++;
    const next = behindBreak(text, at);
    // The last line, and the checksum of OpenPGP behind it.
    if (at - line !== WIDTH && at - line !== WIDEST) {
      const last = at - line < WIDTH && end > start && (next > at || at >= length);
      if (last) end = codes[next] === EQUALS ? next + CHECKSUM : at;
      break;
    }
    if (next === at && at < length) break;
    end = at;
    line = next;
    if (at >= length) break;
  }
  scan.work.read(end - from);
  if (end === start) return;
  text.publicStart = start;
  text.publicEnd = Math.min(end, length);
}
const WIDTH = 64;
const WIDEST = 76;
const CHECKSUM = 5;

/** Behind the breaks of lines at `at`, as such or spelled out. */
function behindBreak(text: Text, from: number): number {
  const { codes } = text;
  let at = from;
  for (;;) {
    if (codes[at] === LF || codes[at] === CR || (at > from && codes[at] === SPACE)) at++;
    else if (codes[at] === BACKSLASH && (codes[at + 1] === SMALL_N || codes[at + 1] === SMALL_R)) at += 2;
    else return at;
  }
}
const SMALL_N = 110;
const SMALL_R = 114;

const isBase64 = (code: number): boolean =>
  (CLASS[code]! & ALNUM) !== 0 || code === PLUS || code === SLASH || code === EQUALS;

function bodySize(codes: Uint16Array, start: number, end: number): number {
  let size = 0;
  for (let at = start; at < end && size < LEAST_BODY; at++) {
    if (codes[at] === HYPHEN && codes[at + 1] === HYPHEN && size > 0) break;
    if ((CLASS[codes[at]!]! & ALNUM) !== 0) size++;
  }
  return size;
}

/** Behind the body and the footer, if there is one. */
function bodyEnd(scan: Scan, text: Text, from: number): number {
  const { codes } = text;
  const limit = Math.min(text.length, from + LONGEST_BLOCK);
  let at = from;
  let last = from;
  while (at < limit) {
    const code = codes[at]!;
    if (code === HYPHEN && (text.has('-----end', at) || text.has('---- end', at))) {
      at += 8;
      while (at < limit && codes[at] !== HYPHEN && codes[at]! >= 32) at++;
      while (at < limit && codes[at] === HYPHEN) at++;
      last = at;
      break;
    }
    if (code === LF && text.has(COMMENT, at + 1)) {
      at = behindComment(text, at + 1);
      continue;
    }
    if (!isBody(text, at) || (code === HYPHEN && text.has('-----begin', at))) break;
    if (isGap(code) && wordFollows(text, at + 1)) break;
    if (code > 32) last = at + 1;
    at++;
  }
  scan.work.read((at - from) * 5);
  return last;
}

/** Header of SSH2 (RFC 4716), which may have any words between quotes. */
const COMMENT = 'comment: "';

/** The end of the line of the comment at `from`. */
function behindComment(text: Text, from: number): number {
  let at = from;
  while (at < text.length && at - from < LONGEST_COMMENT && text.codes[at] !== LF) at++;
  return at;
}

/** A word of prose behind a gap: the body of a block without a footer is over. */
function wordFollows(text: Text, from: number): boolean {
  let at = from;
  while ((CLASS[text.codes[at]!]! & ANY_LOWER) !== 0 && at - from < 16) at++;
  return (
    at > from &&
    at - from < 16 &&
    (isGap(text.codes[at]!) || text.codes[at] === COMMA || text.codes[at] === DOT)
  );
}

/** Base64, armour headers (`Proc-Type: 4,ENCRYPTED`), line breaks as such or spelled out, and quotes that join lines. */
function isBody(text: Text, at: number): boolean {
  const code = text.codes[at]!;
  if ((CLASS[code]! & ALNUM) !== 0 || (isGap(code) && code !== NUL)) return true;
  if (code === QUOTE || code === APOSTROPHE) return joinsLines(text, at);
  return (
    code === PLUS ||
    code === SLASH ||
    code === EQUALS ||
    code === BACKSLASH ||
    code === HYPHEN ||
    code === COLON ||
    code === COMMA ||
    code === DOT ||
    code === UNDERSCORE ||
    code === PERCENT
  );
}

/** A quote that ends one piece of the body and is followed by another piece. */
function joinsLines(text: Text, at: number): boolean {
  const { codes, length } = text;
  let p = at + 1;
  while (
    p < length &&
    p - at < 24 &&
    (isGap(codes[p]!) ||
      codes[p] === PLUS ||
      codes[p] === COMMA ||
      codes[p] === DOT ||
      codes[p] === BACKSLASH) &&
    codes[p] !== NUL
  )
    p++;
  return (
    p < length && p > at + 1 && (codes[p] === QUOTE || codes[p] === APOSTROPHE || codes[p - 1] === BACKSLASH)
  );
}

/** `at` is where `-----END` begins, of a block whose head was cut off: its body before it goes. */
export function onKeyEnd(scan: Scan, text: Text, at: number): void {
  const { codes, length } = text;
  let p = at + 8;
  let label = '';
  while (p < length && p - at < LONGEST_LABEL + 16 && codes[p] !== HYPHEN && codes[p]! >= 32)
    label += String.fromCharCode(codes[p++]!);
  if (!label.includes('PRIVATE KEY')) return;
  while (p < length && codes[p] === HYPHEN) p++;
  const floor = Math.max(0, at - LONGEST_BLOCK);
  let start = at;
  while (
    start > floor &&
    isBody(text, start - 1) &&
    codes[start - 1] !== HYPHEN &&
    codes[start - 1] !== COLON
  )
    start--;
  scan.work.read((at - start) * 5);
  scan.work.spend(COST.patterns);
  while (start < at && isGap(codes[start]!)) start++;
  if (bodySize(codes, start, at) < LEAST_BODY) return;
  scan.report(text, start, p, 'private-key', 'format:pem', RANK.format);
}

/** `end` is behind `Private-Lines:` or `Private-MAC:` of a PuTTY key file. */
export function onPuttyLines(scan: Scan, text: Text, end: number): void {
  const { codes } = text;
  const limit = Math.min(text.length, end + LONGEST_BLOCK);
  let at = end;
  let last = end;
  while (at < limit && isBody(text, at)) {
    if (codes[at]! > 32) last = at + 1;
    at++;
  }
  scan.work.read((at - end) * 5);
  let start = end;
  while (start < last && isGap(codes[start]!)) start++;
  scan.report(text, start, last, 'private-key', 'format:ppk', RANK.format);
}
