/**
 * Lines of configuration that name no secret but are one: `rocommunity …`, `stats auth alice:…`, `ACL SETUSER alice on >…`.
 *
 * In:  a text and where one of `PLAIN_SETTINGS` ends.
 * Out: a finding for the value.
 */
import {
  BACKSLASH,
  CLOSE_BRACE,
  COLON,
  COMMA,
  EQUALS,
  GREATER,
  isGap,
  isName,
  isQuote,
  isSpace,
  QUOTE,
  SEMICOLON,
} from '../characters.ts';
import type { Scan } from '../scan.ts';
import type { Text } from '../text.ts';
import { COST } from '../work.ts';
import { BESIDE_USER } from './beside-user.ts';
import { CHARACTERS_OF } from './characters-of.ts';
import { DECODERS } from './decoder.ts';
import { LINES, type LineReader } from './line-words.ts';
import { behindSpace } from './places.ts';
import { isPlainWord } from './prose.ts';
import { isSecret, looksMade, looksSecret } from './secrecy.ts';
import { onUserList } from './sign-in.ts';
import { readValue, value } from './value.ts';

/** Lines of configuration that name no secret but are one: what follows is. */
const SETTINGS: readonly string[] = [
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
  'authentication text ',
  'pre-shared-key local ',
  'pre-shared-key remote ',
  'contraseña: ',
  'contraseña es ',
  'contraseña=',
  'contraseña = ',
  'hasło: ',
  'lösenord: ',
  'jelszó: ',
  'şifre: ',
  '비밀번호: ',
  'пароль: ',
  '密码: ',
  '密码：',
  'パスワード: ',
  'keymaterial=',
  'keymaterial>',
  '.logon ',
  'stats auth ',
  'auth_pass ',
  'password_maps = static:',
  'password_maps=static:',
  'issecret=true]',
  ': eap "',
  ': xauth "',
  '{plain}',
  '{cleartext}',
];

/** Those that are read in a way of their own. */
const READERS: ReadonlyMap<string, LineReader> = new Map<string, LineReader>([
  ['chpasswd:', onUserList],
  ['bundle_', onBundle],
  ['?code=', onCode],
  ['&code=', onCode],
  ['&p=', onShortParameter],
  ['wifi:', onNetwork],
  ...LINES,
  ...BESIDE_USER,
  ...CHARACTERS_OF,
  ...DECODERS,
]);

export const PLAIN_SETTINGS: readonly string[] = [...SETTINGS, ...READERS.keys()];

/** `setting`, one of `PLAIN_SETTINGS`, ended at `end`. */
export function onPlainSetting(scan: Scan, text: Text, setting: string, end: number): void {
  scan.work.spend(COST.string);
  const reader = READERS.get(setting);
  if (reader === undefined) onSetting(scan, text, end);
  else reader(scan, text, end);
}

/** What follows is the secret, or stands behind a user or a word. */
function onSetting(scan: Scan, text: Text, end: number): void {
  let at = end;
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
  if (text.has('auth-pass ', end - 10))
    while (at < text.length && at - end < LONGEST_USER && !isGap(text.codes[at]!)) at++;
  at = behindSpace(text, at);
  if (text.codes[end - 1] === QUOTE) at = end - 1;
  if (BEHIND_USER.test(text.slice(Math.max(0, end - 16), end))) at = behindUser(text, at);
  if (at >= text.length || !readValue(scan, text, at, 'word')) return;
  // A line of passwd(5) goes on behind it.
  if (text.codes[end - 1] === CLOSE_BRACE)
    for (let p = value.end - 1; p > value.start; p--) if (text.codes[p] === COLON) value.end = p;
  if (isSecret(scan, text, 'code') && !isPlainWord(text))
    scan.reportNamed(text, end, value.start, value.end, 'password', 'setting');
}

/** An authorization code, or the key of a function of Azure. */
function onCode(scan: Scan, text: Text, end: number): void {
  if (readValue(scan, text, end, 'parameter') && looksSecret(scan, text, value.start, value.end, LEAST_CODE))
    scan.reportNamed(text, end, value.start, value.end, 'token', 'setting');
}
const LEAST_CODE = 20;

/** `?u=alice&p=…` as databases of metrics are written to: behind the user. */
function onShortParameter(scan: Scan, text: Text, end: number): void {
  scan.work.spend(COST.string);
  if (!/[?&]u=[^&\s]{1,64}(?:&[^\s]{0,64})?&p=$/i.test(text.slice(Math.max(0, end - LONGEST_USER), end)))
    return;
  if (readValue(scan, text, end, 'parameter') && looksMade(scan, text, value.start, value.end, 8))
    scan.reportNamed(text, end, value.start, value.end, 'password', 'setting');
}

/** What the picture at a door says to a telephone: `WIFI:T:WPA;S:name;P:…;;`. */
function onNetwork(scan: Scan, text: Text, end: number): void {
  const { codes } = text;
  const limit = Math.min(text.length, end + LONGEST_NETWORK);
  let field = end;
  let at = end;
  for (; at < limit && !isGap(codes[at]!) && !isQuote(codes[at]!); at++) {
    if (codes[at] !== SEMICOLON || codes[at - 1] === BACKSLASH) continue;
    if (text.has('p:', field) && at > field + 2) {
      value.start = field + 2;
      value.end = at;
      value.quoted = true;
      if (isSecret(scan, text, 'whole')) scan.reportNamed(text, end, field + 2, at, 'password', 'setting');
      break;
    }
    field = at + 1;
  }
  scan.work.read(at - end);
}
const LONGEST_NETWORK = 160;

/** Bundler's setting for a host, the user and the password of it: `BUNDLE_GEMS__EXAMPLE__COM=alice:…`. */
function onBundle(scan: Scan, text: Text, end: number): void {
  const { codes } = text;
  let at = end;
  while (isName(codes[at]!) && at - end < LONGEST_USER) at++;
  scan.work.read(at - end + LONGEST_USER);
  if (codes[at] !== COLON && codes[at] !== EQUALS) return;
  at = behindSpace(text, at + 1);
  if (isQuote(codes[at]!)) at++;
  const from = behindUser(text, at);
  if (from < text.length && readValue(scan, text, from, 'word') && isSecret(scan, text, 'code'))
    scan.reportNamed(text, end, value.start, value.end, 'password', 'setting');
}

/** Characters of a user's name, or of a host's, before its secret. */
const LONGEST_USER = 160;

/** Settings whose value is `user:secret`. */
const BEHIND_USER = /(?:\]:\d{2,3} |digest |stats auth |\.logon |=\s?static:)$/i;

/** Behind the sign in `user:secret`, `host/user,secret` at `from`; the end of the text when there is none. */
function behindUser(text: Text, from: number): number {
  const limit = Math.min(text.length, from + LONGEST_USER);
  for (let at = from; at < limit && !isGap(text.codes[at]!); at++)
    if (text.codes[at] === COLON || text.codes[at] === COMMA) return at + 1;
  return text.length;
}
