/**
 * A name and its value with nothing but space or words between them: `--token …` in a command line, `login x password y`,
 * `ENV API_KEY …`, `the password for alice is …`, `using … as password`.
 *
 * In:  a subject and the position behind its name.
 * Out: a finding for a value; in prose only one that looks like a secret.
 */
import {
  ANY_UPPER,
  BACKSLASH,
  BACKTICK,
  CLASS,
  COLON,
  COMMA,
  DIGIT,
  EQUALS,
  GREATER,
  HYPHEN,
  isGap,
  isName,
  isQuote,
  isSpace,
  LETTER,
  LF,
  NUL,
  OPEN_PAREN,
  PIPE,
  QUOTE,
  SEMICOLON,
  SLASH,
  SPACE,
  UNDERSCORE,
} from '../characters.ts';
import type { Scan } from '../scan.ts';
import { looksRandom } from '../shape.ts';
import type { Text } from '../text.ts';
import { WordTable } from '../word-table.ts';
import { COST } from '../work.ts';
import { cookies } from './header.ts';
import { found, isLonePass, isReference, judgeNear, type Subject, trimSentence } from './judgement.ts';
import { behindGap, behindSpace, quoted, startsLine } from './places.ts';
import { hasParameters, isMount, moveBehindScheme } from './scheme.ts';
import { isSecret, looksSecret } from './secrecy.ts';
import { onUserList } from './sign-in.ts';
import { readValue, value } from './value.ts';

/** Characters between a name and its value in a sentence. */
const FARTHEST = 48;

/** `name(` at `from`: what stands there is an expression. */
function callsAt(text: Text, from: number): boolean {
  let at = from;
  while (isName(text.codes[at]!)) at++;
  return at > from && text.codes[at] === OPEN_PAREN;
}

/** `keyQuoted`: the name stood in quotes, which no setting and no sentence does. */
export function onApart(
  scan: Scan,
  text: Text,
  subject: Subject,
  gap: number,
  flag: boolean,
  keyQuoted: boolean,
): void {
  const { codes, length } = text;
  let at = behindSpace(text, gap);
  if (codes[at] === BACKSLASH && (codes[at + 1] === LF || codes[at + 1] === 13)) at = behindGap(text, at + 1);
  if (at >= length || at === gap || isGap(codes[at]!)) return;
  if (subject.start > 0 && codes[subject.start - 1] === EQUALS) return; // Itself a value: `-method=userpass …`.
  if (text.has('#define ', subject.start - 8) && isIdentifier(text, at)) return;
  // Redshift: `CREDENTIALS 'aws_access_key_id=…;…'` has names of its own.
  if (subject.name.category === 'credentials' && hasParameters(text, quoted(text, at) ? at + 1 : at)) return;
  if (flag) onFlag(scan, text, subject, at);
  else if (text.has('--plaintext ', at) || text.has('--iscrypted ', at))
    onSetting(scan, text, subject, behindSpace(text, at + 12)); // Kickstart: `rootpw --plaintext …`.
  else if (codes[at] === HYPHEN && ((CLASS[codes[at + 1]!]! & LETTER) !== 0 || codes[at + 1] === HYPHEN))
    return; // An option.
  else if (isOnlyProse(text, at)) return;
  else if (isRedisAuth(codes, subject.start, gap) && startsAuth(text, subject.start))
    onRedisAuth(scan, text, subject, at);
  else if (keyQuoted && quoted(text, at)) {
    // `user-secrets set "App:ApiKey" "…"`
    if (readValue(scan, text, at, 'word')) judgeNear(scan, text, subject, 'setting', true, 10);
  } else if (!keyQuoted && !(isSetting(text, subject.start) && onSetting(scan, text, subject, at)))
    onSentence(scan, text, subject, at);
}

/** Words of a program put together: a name for which the one before stands. */
function isIdentifier(text: Text, from: number): boolean {
  let joints = 0;
  let at = from;
  for (; isName(text.codes[at]!) && text.codes[at] !== HYPHEN; at++)
    if (text.codes[at] === UNDERSCORE) joints++;
  return joints >= 2 && (at >= text.length || isGap(text.codes[at]!));
}

/** Characters in which a sentence may come to its value, and the value to what makes it one. */
const REACH = FARTHEST + 24;

/**
 * True when no word that follows could be a value, so that neither a setting nor a sentence need be read: the next one, or
 * the one behind a verb, is a plain word, and no other within reach has a digit, a sign or too many letters.
 */
function isOnlyProse(text: Text, from: number): boolean {
  const { codes, length } = text;
  const limit = Math.min(length, from + REACH);
  let at = from;
  for (let words = 0; at < limit; words++) {
    const start = at;
    let seen = 0;
    let humps = 0;
    while (at < length && codes[at]! > SPACE) {
      const code = codes[at]!;
      const flags = WORD_FLAGS[code & 127]! | (code > 127 ? WORD_OTHER : 0);
      if ((flags & WORD_UPPER) !== 0 && at > start) humps++;
      seen |= flags;
      at++;
    }
    const size = at - start;
    if ((seen & WORD_JOINS) !== 0 || (size >= 6 && (seen & (WORD_DIGIT | WORD_OTHER)) !== 0)) return false;
    if (size >= 10 && (humps > 0 || size >= 15 || looksRandom(codes, start, at))) return false;
    if (words < 2 && ((seen & (WORD_DIGIT | WORD_OTHER)) !== 0 || humps > 0) && size >= 3) return false;
    if (at >= length || codes[at] !== SPACE) return true;
    while (at < length && codes[at] === SPACE) at++;
  }
  return true;
}

const WORD_UPPER = 1;
const WORD_DIGIT = 2;
/** Signs that chosen passwords have, and whatever else no sentence is written with. */
const WORD_OTHER = 4;
/** Operators that put strings together. */
const WORD_JOINS = 8;
const WORD_FLAGS = new Uint8Array(128).fill(WORD_OTHER);
for (let code = 0; code < 128; code++) {
  const flags = CLASS[code]!;
  if ((flags & ANY_UPPER) !== 0) WORD_FLAGS[code] = WORD_UPPER;
  else if ((flags & DIGIT) !== 0) WORD_FLAGS[code] = WORD_DIGIT;
  else if ((flags & LETTER) !== 0 || '.,:;()"\'/|-'.includes(String.fromCharCode(code))) WORD_FLAGS[code] = 0;
}
for (const join of '+&\\') WORD_FLAGS[join.charCodeAt(0)] = WORD_JOINS;

function isRedisAuth(codes: Uint16Array, start: number, end: number): boolean {
  return (
    end - start === 4 &&
    codes[start] === 65 &&
    codes[start + 1] === 85 &&
    codes[start + 2] === 84 &&
    codes[start + 3] === 72
  );
}

/** At the start of a line, or behind `HELLO 3`. */
function startsAuth(text: Text, start: number): boolean {
  return startsLine(text, start) || text.has('hello ', start - 8);
}

/** `AUTH password` and `AUTH user password` of Redis: the last of two words at most. */
function onRedisAuth(scan: Scan, text: Text, subject: Subject, at: number): void {
  const { codes } = text;
  let end = at;
  while (end < text.length && !isGap(codes[end]!)) end++;
  const next = behindSpace(text, end);
  const second = next > end && next < text.length && !isGap(codes[next]!);
  onSetting(scan, text, { ...subject, name: REDIS_AUTH }, second ? next : at);
}

/** The command of Redis, at the start of a line. */
const REDIS_AUTH = { category: 'password', promise: 'strong' } as const;

function onFlag(scan: Scan, text: Text, subject: Subject, at: number): void {
  if (text.codes[at] === HYPHEN && (CLASS[text.codes[at + 1]!]! & DIGIT) === 0) return;
  if (isMount(text, subject.name, at)) return;
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
  else if (isSecret(scan, text, 'code') && !isPlainWord(text)) found(scan, text, subject, 'flag');
}

/** The kernel's audit log numbers arguments: `a1="--password" a2="…"`. */
function behindAuditKey(text: Text, from: number): number {
  const { codes } = text;
  if (codes[from] !== 97) return from;
  let at = from + 1;
  while ((CLASS[codes[at]!]! & DIGIT) !== 0) at++;
  return at > from + 1 && codes[at] === EQUALS && isQuote(codes[at + 1]!) ? at + 1 : from;
}

/** True when a value was found. */
function onSetting(scan: Scan, text: Text, subject: Subject, at: number): boolean {
  const verb = behindVerb(text, at);
  let from = verb > 0 ? verb : at;
  // Cisco IOS: a digit before the value says how it is written.
  if ((CLASS[text.codes[from]!]! & DIGIT) !== 0 && isSpace(text.codes[from + 1]!))
    from = behindSpace(text, from + 1);
  if (!readValue(scan, text, from, 'word') || !moveBehindScheme(scan, text, subject.name)) return false;
  if (subject.name.promise === 'weak') return judgeNear(scan, text, subject, 'setting', false, 12);
  if (!isSecret(scan, text, 'code') || isPlainWord(text) || isReference(text, subject.name)) return false;
  found(scan, text, subject, 'setting');
  return true;
}

function onSentence(scan: Scan, text: Text, subject: Subject, at: number): void {
  const verb = behindVerb(text, at);
  if (isLonePass(text, subject.start)) {
    // Mostly the verb: `to pass an empty list`; but `the SMTP pass is …`.
    if (verb > 0 && TELLS.has(verbWord)) onWord(scan, text, subject, verb, false);
    else if (quoted(text, at)) onWord(scan, text, subject, at, false);
    return;
  }
  if (verb > 0) {
    if (!onWord(scan, text, subject, verb, TELLS.has(verbWord)) && subject.name.promise === 'strong')
      further(scan, text, subject, verb);
    return;
  }
  if (onWord(scan, text, subject, at, quoted(text, at) || endsWord(text, at))) return;
  if (subject.name.promise === 'strong') further(scan, text, subject, at);
}

/** True when a word with a digit in it, of eight characters or more, stands at `at`: no word of a sentence. */
function endsWord(text: Text, at: number): boolean {
  const { codes } = text;
  let end = at;
  let digits = 0;
  while (!isGap(codes[end]!) && end - at < 128) if ((CLASS[codes[end++]!]! & DIGIT) !== 0) digits++;
  return digits > 0 && end - at >= 8;
}

/** One word of prose, or one quoted string. `chosen`: it may be a password that someone made up. */
function onWord(scan: Scan, text: Text, subject: Subject, at: number, chosen: boolean): boolean {
  if (
    at >= text.length ||
    (text.codes[at] === SLASH && text.codes[at + 1] === SLASH) ||
    !readValue(scan, text, at, 'prose')
  )
    return false;
  if (value.quoted ? text.codes[value.next] === COLON : hasParameters(text, value.start)) return false;
  if (!value.quoted) trimSentence(text);
  return value.end > value.start && judgeNear(scan, text, subject, 'prose', chosen, 10);
}

/** A small word of a sentence: `--password to …`. */
function isPlainWord(text: Text): boolean {
  return (
    !value.quoted &&
    value.end - value.start < 16 &&
    /^(?:[A-Z]?[a-z]{1,14}|[A-Z]{2,6})[.,:;)]?$/.test(text.slice(value.start, value.end))
  );
}

const VERBS = [
  'is now',
  'is',
  'was',
  'are',
  'to',
  'be',
  'as',
  'of',
  'equals',
  'reads',
  'becomes',
  'ist',
  'est',
];
/** Verbs that say what something is: what follows may be made up by a person. */
const TELLS: ReadonlySet<string> = new Set([
  'is',
  'is now',
  'was',
  'to',
  'equals',
  'reads',
  'becomes',
  'ist',
  'est',
]);
let verbWord = '';

/** Behind ` is `, ` was: `, ` to ` … at `at`; 0 when there is none. */
function behindVerb(text: Text, at: number): number {
  const { codes } = text;
  for (const verb of VERBS) {
    const end = at + verb.length;
    if (!text.has(verb, at) || !(isSpace(codes[end]!) || codes[end] === COLON)) continue;
    verbWord = verb;
    let next = end;
    while (next < text.length && (isSpace(codes[next]!) || codes[next] === COLON)) next++;
    return next;
  }
  return 0;
}

/** Lines of configuration that name no secret but are one: what follows is. */
export const PLAIN_SETTINGS: readonly string[] = [
  'snmp-server community ',
  'rocommunity ',
  'rwcommunity ',
  'acl setuser ',
  ' on >',
  'sentinel auth-pass ',
  'isakmp key ',
  'x-jfrog-art-api:',
  'sonar.login=',
  'rediscli_auth=',
  'auth plain ',
  'authenticate plain ',
  'nickserv :identify ',
  'nickserv identify ',
  'addauth digest ',
  '::add-mask::',
  ']:587 ',
  ']:465 ',
  ']:25 ',
  'samlresponse=',
  'recovery code: ',
  'recovery codes: ',
  'backup code: ',
  'key-string ',
  'pre-shared-key local ',
  'pre-shared-key remote ',
  'contraseña: ',
  'пароль: ',
  '密码: ',
  '密码：',
  'パスワード: ',
  'keymaterial=',
  'keymaterial>',
  '.logon ',
  'stats auth ',
  'chpasswd:',
  'issecret=true]',
  ': eap "',
  ': xauth "',
  '?code=',
  '&code=',
  'bundle_',
];

/** One of `PLAIN_SETTINGS` ended at `end`. */
export function onPlainSetting(scan: Scan, text: Text, end: number): void {
  let at = end;
  if (text.has('chpasswd:', end - 9)) {
    onUserList(scan, text, end);
    return;
  }
  // Redis: `ACL SETUSER alice on >password`.
  if (text.has('acl setuser ', end - 12)) {
    while (
      at < text.length &&
      at - end < 200 &&
      !(isSpace(text.codes[at]!) && text.codes[at + 1] === GREATER)
    )
      at++;
    at += 2;
  }
  // The name of the master stands before its password.
  if (text.has('auth-pass ', end - 10)) while (at < text.length && !isGap(text.codes[at]!)) at++;
  if (text.has('bundle_', end - 7)) {
    onBundle(scan, text, end);
    return;
  }
  at = behindSpace(text, at);
  if (text.has('code=', end - 5)) {
    // An authorization code, or the key of a function of Azure.
    if (readValue(scan, text, at, 'parameter') && looksSecret(scan, text, value.start, value.end, LEAST_CODE))
      scan.reportNamed(text, end, value.start, value.end, 'token', 'setting');
    return;
  }
  if (text.codes[end - 1] === QUOTE) at = end - 1;
  if (BEHIND_USER.test(text.slice(Math.max(0, end - 16), end))) at = behindUser(text, at);
  if (
    at < text.length &&
    readValue(scan, text, at, 'word') &&
    isSecret(scan, text, 'code') &&
    !isPlainWord(text)
  )
    scan.reportNamed(text, end, value.start, value.end, 'password', 'setting');
}

const LEAST_CODE = 20;

/** Bundler's setting for a host, the user and the password of it: `BUNDLE_GEMS__EXAMPLE__COM=alice:…`. */
function onBundle(scan: Scan, text: Text, end: number): void {
  const { codes } = text;
  let at = end;
  while (isName(codes[at]!)) at++;
  if (codes[at] !== COLON && codes[at] !== EQUALS) return;
  at = behindSpace(text, at + 1);
  if (isQuote(codes[at]!)) at++;
  const from = behindUser(text, at);
  if (from < text.length && readValue(scan, text, from, 'word') && isSecret(scan, text, 'code'))
    scan.reportNamed(text, end, value.start, value.end, 'password', 'setting');
}

/** Settings whose value is `user:secret`. */
const BEHIND_USER = /(?:\]:\d{2,3}|digest|stats auth|\.logon) $/i;

/** Behind the sign in `user:secret`, `host/user,secret` at `from`; the end of the text when there is none. */
function behindUser(text: Text, from: number): number {
  let at = from;
  for (; at < text.length && !isGap(text.codes[at]!); at++)
    if (text.codes[at] === COLON || text.codes[at] === COMMA) return at + 1;
  return text.length;
}

/** `password for alice is …`, `token (production): …`: a few words between the name and what ties it to its value. */
function further(scan: Scan, text: Text, subject: Subject, from: number): void {
  const { codes } = text;
  const limit = Math.min(text.length, from + FARTHEST);
  scan.work.spend(COST.patterns);
  for (let at = from; at < limit; at++) {
    const code = codes[at]!;
    if (code === COLON && codes[at + 1] === SLASH) continue; // Of a URL.
    if (code === COLON || code === EQUALS) {
      if (!callsAt(text, behindSpace(text, at + 1)))
        onWord(scan, text, subject, behindSpace(text, at + 1), isSpace(codes[at + 1]!));
      return;
    }
    if (code === SPACE) {
      if (isQuote(codes[at + 1]!) && codes[at + 1] !== BACKTICK && onWord(scan, text, subject, at + 1, false))
        return;
      const verb = behindVerb(text, at + 1);
      if (verb > 0 && onWord(scan, text, subject, verb, TELLS.has(verbWord))) return;
    } else if (code < SPACE || code === SEMICOLON || code === COMMA || code === PIPE) return;
  }
}

const SETTINGS = new WordTable(
  (
    'login machine user username account set setenv setx env arg put config configure requirepass masterauth identified ' +
    'enable alter create role grant connect auth psk add default export x'
  )
    .split(' ')
    .map((word) => [word, 1]),
);

/** True when one of the four words before the name makes it a setting: `login x password y`, `ENV API_KEY y`. */
function isSetting(text: Text, nameStart: number): boolean {
  const { codes } = text;
  if (text.has('requirepass', nameStart) || text.has('masterauth', nameStart)) return true;
  // Cisco IOS: `password 7 …` on a line of its own.
  if (text.has('password 7 ', nameStart) && startsLine(text, nameStart)) return true;
  const floor = Math.max(0, nameStart - 96);
  let end = nameStart;
  for (let words = 0; words < 4 && end > floor; words++) {
    while (end > floor && !isName(codes[end - 1]!)) {
      const code = codes[end - 1]!;
      if (code === NUL || code === SEMICOLON || code === PIPE) return false;
      end--;
    }
    let start = end;
    while (start > floor && isName(codes[start - 1]!)) start--;
    let from = start;
    while (from < end && codes[from] === HYPHEN) from++;
    if (SETTINGS.get(codes, from, end) !== 0) return true;
    end = start;
  }
  return false;
}
