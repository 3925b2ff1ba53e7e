/**
 * What well-known programs write behind a name that promises a secret, and is none: results of tests, packages and databases
 * that are called `passwd`, ids of OpenPGP keys.
 *
 * In:  the value that was read last (value.ts), and where the name before it begins.
 * Out: true when it may stay.
 */
import { DIGIT, DOT, HEX, isGap, isName, SLASH, UPPER_HEX } from '../characters.ts';
import { isAllOf } from '../shape.ts';
import type { Text } from '../text.ts';
import { startsLine } from './places.ts';
import { value } from './value.ts';

/** `PASS: gas/all/warn-1.s`, `PASS: DWARF2 19`: a test and what it is called. A password has no slash and ends its line. */
export function isTestResult(text: Text, start: number): boolean {
  const { codes, length } = text;
  if (codes[start] !== CAPITAL_P || codes[start + 3] !== CAPITAL_S || !startsLine(text, start)) return false;
  for (let at = value.start; at < value.end; at++) if (codes[at] === SLASH || codes[at] === DOT) return true;
  return value.end < length && isGap(codes[value.end]!) && codes[value.end]! >= 32;
}
const CAPITAL_P = 80;
const CAPITAL_S = 83;

/** `passwd:amd64`, `passwd: files systemd`, `passwd_1%3a4.13_amd64.deb`: Debian's package, and the database of users. */
export function isOfPasswd(text: Text, start: number): boolean {
  if (value.quoted || value.end - value.start > LONGEST_OF_PASSWD) return false;
  // A package's file may have a number before its name.
  let at = start;
  while (at < value.start && !text.has('passwd', at)) at++;
  if (at === value.start || isName(text.codes[at + 6]!) !== (text.codes[at + 6] === 95)) return false;
  return OF_PASSWD.test(text.slice(value.start, value.end));
}
const LONGEST_OF_PASSWD = 80;
const OF_PASSWD =
  /^(?:amd64|arm64|armhf|armel|i386|riscv64|s390x|ppc64el|all|any|uid|gid|chauthtok|files|compat|systemd|sss|ldap|nis|winbind|db|x:\d{1,6}:.{0,64})$|^\d[\w.+~]*-[\w.+~]*_(?:amd64|arm64|armhf|i386|all)\.u?deb$/;

/** The id or the fingerprint of an OpenPGP key, as its tools write them: 16 or 40 hex digits, capitals. */
export function isKeyId(text: Text): boolean {
  const size = value.end - value.start;
  return (size === 16 || size === 40) && isHexInCapitals(text);
}

const FINGERPRINTS = /^[0-9A-F]{40}(?:[ ,]+[0-9A-F]{40})*$/;
const LONGEST_LIST = 1024;

/** `GPG_KEY=…` of an image: the fingerprint of who signs its releases. */
export function isOfOpenPgp(text: Text, start: number): boolean {
  let at = start;
  while (at < value.start && !text.has('gpg', at) && !text.has('pgp', at)) at++;
  if (at === value.start) return false;
  return (
    isKeyId(text) ||
    FINGERPRINTS.test(text.slice(value.start, Math.min(value.end, value.start + LONGEST_LIST)))
  );
}

/**
 * `Session-ID: …` as OpenSSL prints it: what resumes a session of TLS is its key, not its name. 32 bytes in capitals, or in a
 * line that speaks of TLS before it.
 */
export function isTlsSession(text: Text, start: number): boolean {
  if (value.end - value.start !== 64 || !text.has('session-id', start)) return false;
  if (isHexInCapitals(text)) return true;
  const said = /\bTLS|cipher/.test(text.slice(Math.max(0, start - FARTHEST_SAID), start));
  return said && isAllOf(text.codes, value.start, value.end, HEX);
}
const FARTHEST_SAID = 96;

function isHexInCapitals(text: Text): boolean {
  return isAllOf(text.codes, value.start, value.end, UPPER_HEX | DIGIT);
}
