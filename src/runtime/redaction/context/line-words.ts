/**
 * Lines of configuration in which other words stand between the keyword and the secret: SNMP users and communities, servers
 * of RADIUS and TACACS+, operators of IRC, PPP's secrets, Redis on the wire, passwords that Terraform drew.
 *
 * In:  a text and where the keyword ends.
 * Out: findings for the secrets.
 */
import { APOSTROPHE, CLASS, DIGIT, isGap, isName, isQuote, LF, NUL, QUOTE, STAR } from '../characters.ts';
import type { Scan } from '../scan.ts';
import { isDigits } from '../shape.ts';
import type { Text } from '../text.ts';
import { COST } from '../work.ts';
import { behindSpace, startsLine } from './places.ts';
import { isPlainWord } from './prose.ts';
import { isSecret, looksMade } from './secrecy.ts';
import { readValue, value } from './value.ts';

export type LineReader = (scan: Scan, text: Text, end: number) => void;

const MOST_WORDS = 12;
const LONGEST_LINE = 240;
/** Bounds of the words that were split last, without quotes. */
const starts = new Int32Array(MOST_WORDS);
const ends = new Int32Array(MOST_WORDS);
let count = 0;
/** True when the line ended behind them. */
let complete = false;

/** Splits the rest of the line from `from` on. */
function split(scan: Scan, text: Text, from: number): void {
  const { codes, length } = text;
  const limit = Math.min(length, from + LONGEST_LINE);
  count = 0;
  let at = behindSpace(text, from);
  while (at < limit && count < MOST_WORDS && !isGap(codes[at]!)) {
    const quote = codes[at] === QUOTE || codes[at] === APOSTROPHE ? codes[at]! : 0;
    const start = quote === 0 ? at : ++at;
    while (at < limit && (quote === 0 ? !isGap(codes[at]!) : codes[at] !== quote && codes[at] !== LF)) at++;
    starts[count] = start;
    ends[count++] = at;
    if (quote !== 0 && codes[at] === quote) at++;
    at = behindSpace(text, at);
  }
  complete = at >= length || (at < limit && isGap(codes[at]!));
  scan.work.read(at - from);
}

function word(text: Text, index: number): string {
  return index < count ? text.slice(starts[index]!, Math.min(ends[index]!, starts[index]! + 32)) : '';
}

/** Word `index` is a secret by its place, unless it is plainly none. */
function take(scan: Scan, text: Text, index: number): void {
  if (index >= count) return;
  value.start = starts[index]!;
  value.end = ends[index]!;
  value.quoted = isQuote(text.codes[value.start - 1] ?? NUL);
  value.next = value.end;
  if (isSecret(scan, text, 'code') && !isPlainWord(text)) report(scan, text, value.start, value.end);
}

/** As `take`, where the place alone says little: it must look drawn, or chosen with care. */
function takeDrawn(scan: Scan, text: Text, start: number, end: number): void {
  if (looksMade(scan, text, start, end, 8)) report(scan, text, start, end);
}

function report(scan: Scan, text: Text, start: number, end: number): void {
  scan.reportNamed(text, Math.max(0, start - 16), start, end, 'password', 'setting');
}

/** net-snmp: `createUser [-e engine] alice SHA … [AES …]`. */
function onSnmpUser(scan: Scan, text: Text, end: number): void {
  split(scan, text, end);
  scan.work.spend(COST.string * 4);
  const user = word(text, 0) === '-e' ? 2 : 0;
  if (!/^(?:MD5|SHA(?:-?\d{1,3})?)$/i.test(word(text, user + 1))) return;
  const key = word(text, user + 2).startsWith('-') ? user + 3 : user + 2;
  take(scan, text, key);
  if (!/^(?:DES|3DES|AES(?:-?\d{1,3})?C?)$/i.test(word(text, key + 1))) return;
  take(scan, text, word(text, key + 2).startsWith('-') ? key + 3 : key + 2);
}

/** net-snmp: `com2sec [-Cn context] name source …`. */
function onCommunity(scan: Scan, text: Text, end: number): void {
  split(scan, text, end);
  take(scan, text, word(text, 0) === '-Cn' ? 4 : 2);
}

/** Cisco IOS: `radius-server key 0 …`, `tacacs-server host 192.0.2.1 key …`. */
function onServerKey(scan: Scan, text: Text, end: number): void {
  split(scan, text, end);
  scan.work.spend(COST.string * 4);
  for (let i = 0; i < count; i++) {
    if (word(text, i) !== 'key') continue;
    const first = i + 1 < count && ends[i + 1]! - starts[i + 1]! === 1;
    take(scan, text, first && isDigits(text.codes, starts[i + 1]!, ends[i + 1]!) ? i + 2 : i + 1);
    return;
  }
}

/** Cisco IOS: `snmp-server user alice group v3 auth sha … priv aes 128 …`. */
function onSnmpServerUser(scan: Scan, text: Text, end: number): void {
  split(scan, text, end);
  scan.work.spend(COST.string * 8);
  for (let i = 0; i < count; i++) {
    const kind = word(text, i);
    if (kind === 'auth') take(scan, text, i + 2);
    else if (kind === 'priv') take(scan, text, /^\d{3}$/.test(word(text, i + 2)) ? i + 3 : i + 2);
  }
}

/** NTP: `authentication-key 1 md5 …`. */
function onNumberedKey(scan: Scan, text: Text, end: number): void {
  split(scan, text, end);
  // OSPF: `ip ospf authentication-key …`.
  if ((CLASS[text.codes[end]!]! & DIGIT) === 0) {
    if (text.has('ospf authentication-key', end - 24) && count > 0)
      takeDrawn(scan, text, starts[0]!, ends[0]!);
    return;
  }
  scan.work.spend(COST.string * 2);
  if (/^\d{1,5}$/.test(word(text, 0)) && /^(?:md5|sha\d?|text)$/i.test(word(text, 1))) take(scan, text, 2);
}

/** IRC: `OPER alice …`, alone on its line. */
function onOper(scan: Scan, text: Text, end: number): void {
  if (!startsLine(text, end - 'oper '.length)) return;
  split(scan, text, end);
  if (count === 2 && complete) takeDrawn(scan, text, starts[1]!, ends[1]!);
}

/** PPP: `client * … *`, a line of chap-secrets or pap-secrets. ` * ` ended at `end`. */
function onPeer(scan: Scan, text: Text, end: number): void {
  const { codes } = text;
  let start = end - ' * '.length;
  if (start === 0 || isGap(codes[start - 1]!)) return;
  const floor = Math.max(0, start - LONGEST_CLIENT);
  while (start > floor && (isName(codes[start - 1]!) || isQuote(codes[start - 1]!))) start--;
  if (!startsLine(text, start)) return;
  split(scan, text, end);
  if (count < 2 || !complete) return;
  const address = codes[starts[1]!]!;
  if (address === STAR || (address >= 48 && address <= 57)) takeDrawn(scan, text, starts[0]!, ends[0]!);
}
const LONGEST_CLIENT = 64;

/** RESP, Redis on the wire: `AUTH`, then strings with their lengths; the last of two at most is the password. */
function onRedisWire(scan: Scan, text: Text, end: number): void {
  const { codes } = text;
  let at = end;
  for (let strings = 0; strings < 2; strings++) {
    while (codes[at]! >= 48 && codes[at]! <= 57 && at - end < LONGEST_LINE) at++;
    if (codes[at] !== 13 || codes[at + 1] !== LF || !readValue(scan, text, at + 2, 'element')) return;
    if (!text.has('\r\n$', value.end)) break;
    at = value.end + 3;
  }
  if (isSecret(scan, text, 'whole')) report(scan, text, value.start, value.end);
}

/** Terraform's state: what `random_password` drew stands in `result`, somewhere behind the name of the resource. */
function onDrawn(scan: Scan, text: Text, end: number): void {
  const before = text.slice(Math.max(0, end - FARTHEST_RESOURCE), end);
  scan.work.read(before.length);
  scan.work.spend(COST.string);
  if (!before.includes('random_password') || !readValue(scan, text, behindSpace(text, end), 'word')) return;
  if (value.quoted && isSecret(scan, text, 'whole')) report(scan, text, value.start, value.end);
}
const FARTHEST_RESOURCE = 1024;

/** PostgreSQL: `crypt('…', gen_salt('bf'))`; `gen_salt(` ended at `end`. */
function onSalt(scan: Scan, text: Text, end: number): void {
  const from = Math.max(0, end - LONGEST_HASHED);
  scan.work.spend(COST.patterns);
  const before = HASHED.exec(text.slice(from, end));
  if (before === null) return;
  value.start = from + before.index + before[0].indexOf("'") + 1;
  value.end = value.start + before[1]!.length;
  value.quoted = true;
  if (isSecret(scan, text, 'whole')) report(scan, text, value.start, value.end);
}
const LONGEST_HASHED = 160;
const HASHED = /crypt\(\s?'([^'\n]{1,100})'(?:::text)?\s?,\s?gen_salt\($/i;

/** A script of ftp: `user alice …` on one of the lines below the command. */
function onFtp(scan: Scan, text: Text, end: number): void {
  scan.work.spend(COST.patterns);
  const script = FTP_USER.exec(text.slice(end, Math.min(text.length, end + LONGEST_SCRIPT)));
  if (script === null) return;
  const start = end + script[0].length - script[1]!.length;
  if (readValue(scan, text, start, 'word') && isSecret(scan, text, 'code'))
    report(scan, text, value.start, value.end);
}
const LONGEST_SCRIPT = 300;
const FTP_USER = /^[a-z]{1,4}\b[^\n]{0,120}\n(?:[^\n]{0,80}\n){0,3}?[ \t]{0,8}user \S{1,64} (\S{1,100})/;

/** Keywords, and who reads the lines that they stand in. */
export const LINES: ReadonlyMap<string, LineReader> = new Map<string, LineReader>([
  ['createuser ', onSnmpUser],
  ['com2sec ', onCommunity],
  ['radius-server ', onServerKey],
  ['tacacs-server ', onServerKey],
  ['snmp-server user ', onSnmpServerUser],
  ['authentication-key ', onNumberedKey],
  ['oper ', onOper],
  [' * ', onPeer],
  ['auth\r\n$', onRedisWire],
  ['gen_salt(', onSalt],
  ['ftp -', onFtp],
  ['result":', onDrawn],
  ['result\\":', onDrawn],
]);
