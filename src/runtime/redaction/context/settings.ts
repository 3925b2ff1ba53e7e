/**
 * Lines of configuration that name no secret but are one: `rocommunity …`, `stats auth alice:…`, `ACL SETUSER alice on >…`.
 *
 * In:  a text and where one of `PLAIN_SETTINGS` ends.
 * Out: a finding for the value.
 */
import { COLON, COMMA, EQUALS, GREATER, isGap, isName, isQuote, isSpace, QUOTE } from '../characters.ts';
import type { Scan } from '../scan.ts';
import type { Text } from '../text.ts';
import { COST } from '../work.ts';
import { behindSpace } from './places.ts';
import { isPlainWord } from './prose.ts';
import { isSecret, looksSecret } from './secrecy.ts';
import { onUserList } from './sign-in.ts';
import { readValue, value } from './value.ts';

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
  scan.work.spend(COST.string);
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
  if (text.has('auth-pass ', end - 10))
    while (at < text.length && at - end < LONGEST_USER && !isGap(text.codes[at]!)) at++;
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
const BEHIND_USER = /(?:\]:\d{2,3}|digest|stats auth|\.logon) $/i;

/** Behind the sign in `user:secret`, `host/user,secret` at `from`; the end of the text when there is none. */
function behindUser(text: Text, from: number): number {
  const limit = Math.min(text.length, from + LONGEST_USER);
  for (let at = from; at < limit && !isGap(text.codes[at]!); at++)
    if (text.codes[at] === COLON || text.codes[at] === COMMA) return at + 1;
  return text.length;
}
