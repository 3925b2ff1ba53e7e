/**
 * Credentials that a protocol's line or any program's options name by their place: `a1 LOGIN alice …`, `PASS …`,
 * `anything -u alice -p …`, `anything --user alice:…`.
 *
 * In:  a text and where the verb or the option ends.
 * Out: a finding for a word that looks drawn, or chosen as passwords are.
 */
import {
  ALNUM,
  CLASS,
  COLON,
  DIGIT,
  DOT,
  HYPHEN,
  isGap,
  isName,
  isQuote,
  LF,
  NUL,
  SLASH,
} from '../characters.ts';
import { TOOLS } from '../programs.ts';
import type { Scan } from '../scan.ts';
import { looksMixed } from '../shape.ts';
import type { Text } from '../text.ts';
import { COST } from '../work.ts';
import { isPhraseOfWords } from './judgement.ts';
import { startsLine } from './places.ts';
import { isNamed } from './scheme.ts';
import { looksChosen, looksSecret } from './secrecy.ts';
import { readValue, value } from './value.ts';

/** IMAP (RFC 9051): `tag LOGIN user password`. ` login ` ended at `end`. */
export function onLogin(scan: Scan, text: Text, start: number, end: number): void {
  const { codes, length } = text;
  let tag = start;
  while (tag > 0 && start - tag < 12 && isName(codes[tag - 1]!)) tag--;
  if (tag === start || (CLASS[codes[start - 1]!]! & DIGIT) === 0) return;
  if (codes[end - 2] !== 78 && codes[end - 2] !== 110) return;
  if (!readValue(scan, text, end, 'word')) return;
  let at = value.next;
  if (at >= length || codes[at] !== 32) return;
  at++;
  if (readValue(scan, text, at, 'word') && endsLine(text, value.next)) take(scan, text);
}

/** POP3, FTP, IRC: `PASS password`, in capitals and alone on its line. `pass ` ended at `end`. */
export function onPass(scan: Scan, text: Text, start: number, end: number): void {
  const { codes } = text;
  if (codes[start] !== 80 || codes[end - 2] !== 83) return;
  // What a client says it sends, and what it is told to: `> PASS …`, `quote PASS …`.
  if (!startsLine(text, start) && !text.has('> ', start - 2) && !text.has('quote ', start - 6)) return;
  if (!readValue(scan, text, end, 'word') || !endsLine(text, value.next)) return;
  // Behind a line with `USER` nothing else can stand there; elsewhere a runner of tests may name a file.
  if (followsUser(text, start)) {
    scan.reportNamed(text, start, value.start, value.end, 'password', 'sign-in');
    return;
  }
  let signs = 0;
  for (let at = value.start; at < value.end; at++) {
    if (codes[at] === SLASH) return;
    if (codes[at] === DOT) signs |= 1;
    else if (SIGNS.has(codes[at]!)) signs |= 2;
  }
  if (isPhraseOfWords(text)) report(scan, text);
  else if (signs !== 1) take(scan, text);
}

/** Signs that chosen passwords have and names of files do not. */
const SIGNS: ReadonlySet<number> = new Set([...'!@#$%^&*+=?~'].map((sign) => sign.charCodeAt(0)));

/** True when the line before the one at `start` is `USER name`. */
function followsUser(text: Text, start: number): boolean {
  const floor = Math.max(0, start - LONGEST_USER);
  let line = start;
  while (line > floor && isGap(text.codes[line - 1]!)) line--;
  while (line > floor && text.codes[line - 1] !== LF) line--;
  return line < start && text.has('user ', line);
}
/** Characters of the line that names the user. */
const LONGEST_USER = 128;

function endsLine(text: Text, at: number): boolean {
  const code = text.codes[at]!;
  return at >= text.length || code === LF || code === 13 || code === NUL || isQuote(code) || code === 92;
}

/** Characters of a command that are looked back over for its user. */
const FARTHEST_USER = 160;
const USER = /(?:^|[\s\0])(?:-[uU]|-l|--user(?:name)?|--login)[=\s\0][^\n;|&]*$/;

/** ` -p ` ended at `end`: what stands behind is no port, where the command has named a user before it or it looks drawn. */
export function onLoneOption(scan: Scan, text: Text, end: number): void {
  const { codes, length } = text;
  if (end >= length || codes[end] === HYPHEN || isGap(codes[end]!)) return;
  if (!readValue(scan, text, end, text.mode === 'argv' ? 'element' : 'word')) return;
  if (isNamed(text, value.start, value.end)) return;
  // Most words behind it are names and numbers.
  const key = isKey(
    text,
    codes[end - 2]! === LOWER_T || codes[end - 2]! === LOWER_K ? LEAST_DRAWN : LEAST_LONE,
  );
  if (key) take(scan, text);
  if (key || codes[end - 2] !== LOWER_P || value.end - value.start < LEAST_CHOSEN) return;
  // A path or ports, unless it is drawn: base64 has slashes too.
  if (signIn(text) && !looksSecret(scan, text, value.start, value.end, LEAST_DRAWN)) return;
  scan.work.spend(COST.string);
  const before = text.slice(Math.max(0, end - FARTHEST_USER), end - 3);
  if (!USER.test(before)) return;
  if (mayBeSecret(scan, text) && !asksForIt(before)) report(scan, text);
}

/** Drawn of small letters, capitals and digits, with nothing in it that joins words of names, unless it is long. */
function isKey(text: Text, least: number): boolean {
  const { codes } = text;
  const { start, end } = value;
  if (end - start < least) return false;
  for (let at = start; at < end; at++) {
    const code = codes[at]!;
    if (
      (CLASS[code]! & ALNUM) === 0 &&
      !SIGNS.has(code) &&
      !(end - start >= LONG_KEY && isName(code) && code !== DOT)
    )
      return false;
  }
  return looksMixed(codes, start, end);
}
/** Fewest characters of a password that only its look tells behind an option. */
const LEAST_LONE = 14;
const LONG_KEY = 24;
/** Fewest characters of any. */
const LEAST_CHOSEN = 6;
const LOWER_K = 107;
const LOWER_P = 112;
const LOWER_T = 116;
const LEAST_DRAWN = 20;

/** `mysqldump -u root -p shop`: a program whose `-p` has its password attached, and asks for it when it stands alone. */
function asksForIt(before: string): boolean {
  return before
    .split(/[\s\0"'/;|&]/)
    .some((word) => TOOLS.get(word)?.tools.some((tool) => tool.options.get('-p') === 'attached'));
}

function signIn(text: Text): boolean {
  for (let at = value.start; at < value.end; at++)
    if (text.codes[at] === SLASH || text.codes[at] === COLON) return true;
  return false;
}

/** `--user` or `--proxy-user` ended at `end`, behind what separates it from its value: `name:secret` is a pair. */
export function onUserOption(scan: Scan, text: Text, end: number): void {
  const { codes, length } = text;
  let at = end;
  if (isQuote(codes[at]!)) at++;
  const from = at;
  while (at < length && isName(codes[at]!) && at - from < 64) at++;
  if (at === from || codes[at] !== COLON || codes[at + 1] === COLON || codes[at + 1] === SLASH) return;
  if (!readValue(scan, text, at + 1, text.mode === 'argv' ? 'element' : 'word')) return;
  for (let p = value.start; p < value.end; p++) if (codes[p] === SLASH) return;
  take(scan, text);
}

/** cloud-init: `chpasswd:` with a list of lines `user:password`. `end` is behind the colon. */
export function onUserList(scan: Scan, text: Text, end: number): void {
  const { codes, length } = text;
  let at = end;
  const near = Math.min(length, end + FARTHEST_LIST);
  while (at < near && codes[at] !== NUL && !text.has('list:', at)) at++;
  scan.work.spend(COST.patterns);
  for (let lines = 0; lines < MOST_USERS && at < length; lines++) {
    const limit = Math.min(length, at + LONGEST_USER);
    while (at < limit && codes[at] !== LF) at++;
    while (at < limit && (isGap(codes[at]!) || codes[at] === HYPHEN)) at++;
    while (at < limit && isName(codes[at]!)) at++;
    scan.work.read(LONGEST_USER);
    if (codes[at] !== COLON || !readValue(scan, text, at + 1, 'word')) return;
    take(scan, text);
    at = value.next;
  }
}
const FARTHEST_LIST = 80;
const MOST_USERS = 16;

function take(scan: Scan, text: Text): void {
  if (mayBeSecret(scan, text)) report(scan, text);
}

function mayBeSecret(scan: Scan, text: Text): boolean {
  const { start, end } = value;
  return looksSecret(scan, text, start, end, 8) || looksChosen(scan, text, start, end);
}

function report(scan: Scan, text: Text): void {
  scan.reportNamed(text, Math.max(0, value.start - 16), value.start, value.end, 'password', 'sign-in');
}
