/**
 * Credentials in URLs: `scheme://user:password@host`, `https://token@host`, and Go's `user:password@tcp(host)`.
 *
 * In:  a text and where `://` (or `@`) stands.
 * Out: findings for the password, and for a user name that is a token. Parameters are names (name.ts).
 */
import {
  ANY_LOWER,
  AT,
  BACKSLASH,
  CLASS,
  COLON,
  DIGIT,
  DOT,
  EQUALS,
  GREATER,
  HASH,
  HEX,
  HYPHEN,
  isGap,
  isName,
  isQuote,
  LESS,
  LETTER,
  LF,
  NUL,
  OPEN_BRACKET,
  PLUS,
  QUESTION,
  SEMICOLON,
  SLASH,
  STAR,
  tableOf,
} from '../characters.ts';
import { MARKER, markerEnd, RANK } from '../finding.ts';
import { isHarmless } from '../harmless.ts';
import type { Scan } from '../scan.ts';
import { isAllOf, isUuid, looksMixed } from '../shape.ts';
import type { Text } from '../text.ts';
import { COST } from '../work.ts';
import { behindSpace, startsLine } from './places.ts';
import { looksChosen, looksMade, looksSecret } from './secrecy.ts';

const LONGEST_USERINFO = 2048;

/** 1 for what ends a URL or parts it. */
const STOPS = tableOf(
  (code) => isGap(code) || (code < 128 && '"\'`<>\\/?#:@,['.includes(String.fromCharCode(code))),
);

/** `at` is where `://` begins. */
export function onUrl(scan: Scan, text: Text, at: number): void {
  const { codes, length } = text;
  if (at === 0 || (CLASS[codes[at - 1]!]! & (LETTER | DIGIT)) === 0) return;
  const start = at + 3;
  const limit = Math.min(length, start + LONGEST_USERINFO);
  let drawn: boolean | undefined;
  let colon = -1;
  let sign = -1;
  let slash = -1;
  let p = start;
  for (; p < limit; p++) {
    const code = codes[p]!;
    if (STOPS[code] === 0) continue;
    if (code === OPEN_BRACKET && text.has(MARKER, p)) {
      p = Math.max(p, markerEnd(text, p + MARKER.length) - 1);
      continue;
    }
    if (isGap(code) || isQuote(code) || code === BACKSLASH) break;
    if (code === LESS || code === GREATER) {
      if (colon < 0 || sign >= 0) break;
      drawn ??= isDrawnBeforeSign(scan, text, colon + 1, limit);
      if (!drawn) break;
      continue;
    }
    if (code === SLASH || code === QUESTION || code === HASH) {
      if (slash < 0) slash = p;
      if (colon < 0 || sign >= 0) break;
      if (isPort(text, colon + 1, p)) {
        if (p > colon + 1) break;
        drawn ??= isDrawnBeforeSign(scan, text, p, limit);
        if (!drawn) break;
      }
    } else if (code === COLON) {
      if (colon < 0 && slash < 0) colon = p;
      else if (slash >= 0 && codes[p + 1] === SLASH) break;
    } else if (code === AT) {
      sign = p;
    } else if (
      code === 44 &&
      sign >= 0 &&
      slash < 0 &&
      codes[p + 1] !== undefined &&
      !laterSign(text, p, limit)
    ) {
      break;
    }
  }
  scan.work.read(p - start);
  scan.work.spend(COST.string);
  if (sign < 0) {
    if (goesOn(scan, text, colon, p)) scan.joints.push(p);
    else if (colon >= 0 && slash < 0) onCutUserinfo(scan, text, at, colon, p);
    onShare(scan, text, at, p);
    return;
  }
  if (colon >= 0 && colon < sign) {
    const user = colon - start;
    const literal = text.slice(colon + 1, Math.min(sign, colon + 20));
    if (literal === 'x-oauth-basic' || literal === '' || literal === 'x' || literal === 'X') {
      if (user >= 8) report(scan, text, start, colon);
      return;
    }
    if (!harmless(text, colon + 1, sign)) report(scan, text, colon + 1, sign);
    if (user >= 16 && !isNameOfEntry(text, start, colon) && looksSecret(scan, text, start, colon, 16))
      report(scan, text, start, colon);
  } else if (
    (colon < 0 || colon > sign) &&
    (slash < 0 || sign < slash) &&
    sign - start >= 12 &&
    !harmless(text, start, sign)
  ) {
    if (looksSecret(scan, text, start, sign, 12) || isUuid(codes, start, sign))
      report(scan, text, start, sign);
  }
}

/** `'redis://app:ab''cd@host'`, `"redis://app:ab" + "cd@host"`, or over two elements: the userinfo goes on behind `at`. */
function goesOn(scan: Scan, text: Text, colon: number, at: number): boolean {
  const { codes } = text;
  if (codes[at] === NUL) {
    if (text.mode !== 'argv' || colon < 0 || isPort(text, colon + 1, at)) return false;
    return signFollows(scan, text, at + 1);
  }
  if (!isQuote(codes[at]!)) return false;
  let next = at + 1;
  if (!isQuote(codes[next]!)) {
    next = behindSpace(text, next);
    if (codes[next] !== PLUS) return false;
    next = behindSpace(text, next + 1);
  }
  return isQuote(codes[next]!) && signFollows(scan, text, next + 1);
}
const LONGEST_PIECE = 256;

/** An `@` stands before the next slash or gap. */
function signFollows(scan: Scan, text: Text, from: number): boolean {
  const { codes } = text;
  const limit = Math.min(text.length, from + LONGEST_PIECE);
  let at = from;
  while (at < limit && codes[at] !== AT && codes[at] !== SLASH && !isGap(codes[at]!)) at++;
  scan.work.read(at - from);
  return at < limit && codes[at] === AT;
}

/** `postgres://app:…` where its element or the text ends: what an address that was cut off has before its `@`. */
function onCutUserinfo(scan: Scan, text: Text, scheme: number, colon: number, end: number): void {
  const { codes, length } = text;
  const start = colon + 1;
  if (end < length && codes[end] !== NUL) return;
  // `jdbc:sqlserver://db:1433;user=…`: a port, and pairs behind it.
  if (between(text, SEMICOLON, start, end) < end) return;
  if (looksMixed(codes, start, end) && looksSecret(scan, text, start, end, 12))
    report(scan, text, start, end);
  else if (
    !text.cut &&
    end - start >= LEAST_CUT &&
    !isPort(text, start, end) &&
    between(text, DOT, scheme + 3, colon) === colon &&
    SERVERS.test(text.slice(Math.max(0, scheme - 20), scheme)) &&
    !harmless(text, start, end)
  )
    report(scan, text, start, end);
}
const LEAST_CUT = 4;
/** Servers that people sign in to: what stands behind a colon is a port or a password. */
const SERVERS =
  /(?:^|[^a-z])(?:postgres(?:ql)?|mysql|mariadb|mongodb|rediss?|amqps?|mssql|sqlserver|clickhouse|cockroachdb|neo4j|bolt|smtps?|ftps?|sftp|mqtts?|nats|ldaps?|rtsp|stomp|ecto|oracle|snowflake|redshift|trino|cassandra|influxdb|memcached)(?:\+[a-z0-9_]{1,12})?$/;

/** LDAP's distinguished name: `cn=admin,dc=example`. */
function isNameOfEntry(text: Text, start: number, end: number): boolean {
  return between(text, EQUALS, start, Math.min(end, start + 4)) < start + 4;
}

/** davfs2 and the like keep lines of a share, a user and a password: `https://dav.example.com/x alice …`. */
function onShare(scan: Scan, text: Text, scheme: number, from: number): void {
  const { codes, length } = text;
  let line = scheme;
  while (line > 0 && scheme - line < 6 && (CLASS[codes[line - 1]!]! & LETTER) !== 0) line--;
  if (!text.has('http', line) || !startsLine(text, line)) return;
  let path = from;
  while (path < length && path - from < LONGEST_SHARE && !isGap(codes[path]!)) path++;
  const user = behindSpace(text, path);
  let at = user;
  while (at < length && at - user < LONGEST_SHARE_USER && (isName(codes[at]!) || codes[at] === AT)) at++;
  const start = behindSpace(text, at);
  if (user === path || at === user || start === at) return;
  let end = start;
  while (end < length && end - start < LONGEST_USERINFO && !isGap(codes[end]!)) end++;
  scan.work.read(end - from);
  const last = behindSpace(text, end);
  if (last < length && codes[last] !== LF && codes[last] !== 13 && codes[last] !== NUL) return;
  if (!isDigest(codes, start, end) && looksMade(scan, text, start, end, LEAST_OF_SHARE))
    report(scan, text, start, end);
}
const LONGEST_SHARE = 512;
const LONGEST_SHARE_USER = 64;
const LEAST_OF_SHARE = 8;

/** Lists of downloads have digests in their last column. */
function isDigest(codes: Uint16Array, start: number, end: number): boolean {
  return end - start >= 32 && isAllOf(codes, start, end, HEX);
}

function report(scan: Scan, text: Text, start: number, end: number): void {
  scan.reportNamed(text, Math.max(0, start - 12), start, end, 'password', 'url:userinfo');
}

function harmless(text: Text, start: number, end: number): boolean {
  const shown = text.slice(start, Math.min(end, start + 300));
  return (
    /^(?:\$\{|\$\(|\$[A-Z_]+$|\{\{|<[^<>]*>$|%[A-Z_]+%$|\*{2,}|x{3,}$|\[[^\]]*\]$|\.{3}|:$|\{[a-z_]+\}$)/.test(
      shown,
    ) || isPlaceholderWord(shown)
  );
}

/** Passwords of documentation, in URLs of documentation. */
function isPlaceholderWord(shown: string): boolean {
  return (
    /^(?:pass(?:word|wd)?|pw|pwd|secret|token|api_?key|your[-_]?\w*|PASS(?:WORD)?|TOKEN|SECRET|KEY)$/.test(
      shown,
    ) && isHarmless(shown, 'whole')
  );
}

function isPort(text: Text, start: number, end: number): boolean {
  if (end - start > 5) return false;
  for (let at = start; at < end; at++) if ((CLASS[text.codes[at]!]! & DIGIT) === 0) return false;
  return true;
}

/** Signs of tags, paths and queries are signs of a password where all up to the next `@` was drawn. */
function isDrawnBeforeSign(scan: Scan, text: Text, from: number, limit: number): boolean {
  const { codes } = text;
  let at = from;
  while (at < limit && codes[at] !== AT && !isGap(codes[at]!) && !isQuote(codes[at]!)) at++;
  scan.work.read(at - from);
  return at < limit && codes[at] === AT && looksMixed(codes, from, at);
}

function laterSign(text: Text, from: number, limit: number): boolean {
  for (let at = from; at < limit; at++) {
    const code = text.codes[at]!;
    if (code === AT) return true;
    if (code === SLASH || isGap(code) || isQuote(code)) return false;
  }
  return false;
}

/** `jdbc:oracle:thin:scott/tiger@host`: `end` is behind the driver's name. */
export function onOracle(scan: Scan, text: Text, end: number): void {
  const { codes, length } = text;
  const limit = Math.min(length, end + 256);
  let slash = -1;
  let sign = end;
  for (; sign < limit && codes[sign] !== AT; sign++) {
    if (isGap(codes[sign]!)) return;
    if (codes[sign] === SLASH && slash < 0) slash = sign;
  }
  if (sign >= limit || slash <= end) return;
  if (!harmless(text, slash + 1, sign)) report(scan, text, slash + 1, sign);
}

/** 1 for what may end the way back from an `@`, and for the colon on it. */
const BEFORE_AT = tableOf((code) => isGap(code) || isQuote(code) || code === 40 || code === COLON);

/** `at` is an `@`. `user:password@tcp(host)`, `domain/user:password@host`: without a scheme before them. */
export function onAt(scan: Scan, text: Text, at: number): void {
  const { codes, length } = text;
  const floor = Math.max(0, at - 512);
  let colon = -1;
  let start = at;
  while (start > floor) {
    const code = codes[start - 1]!;
    if (BEFORE_AT[code] !== 0) {
      if (code !== COLON || (codes[start] === SLASH && isFlattened(text, start - 1))) break;
      colon = start - 1;
    }
    start--;
  }
  scan.work.read((at - start) * 2);
  if (codes[start] === COLON) {
    // CVS: `:pserver:alice:…@host:/cvsroot`.
    if (text.has(':pserver:', start)) onRoot(scan, text, start + 9, at);
    return;
  }
  if (codes[at + 1] === SLASH && codes[at + 2] === SLASH && colon < 0) {
    onEasyConnect(scan, text, start, at);
    return;
  }
  for (let p = start; p < colon; p++) if (codes[p] === 61 || codes[p] === 44) start = p + 1;
  if (colon <= start || colon + 1 === at || at + 1 >= length || codes[colon + 1] === SLASH) return;
  // The password may end with an `@` of its own.
  if (codes[at - 1] === AT && !isBeforeAddress(text, at)) return;
  if (codes[at + 1] === AT || text.has('_z', colon + 1)) return; // A symbol of C++ and its version: `FUNC:_ZNSs5eraseEmm@GLIBCXX_3.4`.
  for (let p = start; p < colon; p++)
    if (!isName(codes[p]!) && codes[p] !== SLASH && codes[p] !== BACKSLASH) return;
  scan.work.spend(COST.patterns);
  if (codes[start] === SLASH && codes[start - 1] === COLON) {
    if (between(text, SLASH, colon, at) === at && isHost(text, at + 1) && !harmless(text, colon + 1, at))
      report(scan, text, colon + 1, at);
    return;
  }
  const goDsn = isBeforeAddress(text, at) || text.has('@(', at) || opensGoDsn(text, start, at);
  if (!goDsn && SCHEMES_OF_PEOPLE.test(text.slice(Math.max(start, colon - 20), colon))) return;
  if (goDsn ? !harmless(text, colon + 1, at) : isBeforeHost(scan, text, start, colon, at))
    scan.report(text, colon + 1, at, 'password', 'url:bare-userinfo', RANK.named);
}

/** `/srv/mirror/https:/alice:…@host`: an address that was made a part of a path, which has no two slashes in a row. */
function isFlattened(text: Text, colon: number): boolean {
  return text.codes[colon + 2] !== SLASH && (text.has('https', colon - 5) || text.has('http', colon - 4));
}

/** Go's way to say where a database is: `@tcp(db:3306)`. */
function isBeforeAddress(text: Text, at: number): boolean {
  return text.has('tcp(', at + 1) || text.has('unix(', at + 1);
}

/** `"alice:…@/app"`: Go's way to say a database of this host, a string of its own. */
function opensGoDsn(text: Text, start: number, at: number): boolean {
  const { codes } = text;
  return (
    codes[at + 1] === SLASH &&
    start > 0 &&
    isQuote(codes[start - 1]!) &&
    (CLASS[codes[at + 2]!]! & LETTER) !== 0
  );
}

/** The root of CVS: `alice:…` before its host. */
function onRoot(scan: Scan, text: Text, start: number, at: number): void {
  const colon = between(text, COLON, start, at);
  if (colon > start && colon < at - 1 && !harmless(text, colon + 1, at)) report(scan, text, colon + 1, at);
}

/** Oracle's easy connect: `scott/…@//db:1521/service`. */
function onEasyConnect(scan: Scan, text: Text, start: number, at: number): void {
  const slash = between(text, SLASH, start, at);
  if (slash > start && slash < at - 1 && !harmless(text, slash + 1, at)) report(scan, text, slash + 1, at);
}

/** Where `code` stands in `[from, to)`; `to` when it does not. */
function between(text: Text, code: number, from: number, to: number): number {
  let at = from;
  while (at < to && text.codes[at] !== code) at++;
  return at;
}

/** `mailto:alice@host`: what stands before the colon says what the address is for. */
const SCHEMES_OF_PEOPLE =
  /(?:mailto|jdbc|sips?|xmpp|acct|user|group|serviceaccount|domain|principal|email|e-mail|from|to|cc|bcc|by|author|contact|ssh|npm|git)$/i;

/** A host name with a dot, an address, or localhost; and what follows ends it. */
function isHost(text: Text, from: number): boolean {
  const { codes, length } = text;
  let at = from;
  let dots = 0;
  while (at < length && isName(codes[at]!)) if (codes[at++] === 46) dots++;
  if (at === from) return false;
  if (dots === 0 && !text.has('localhost', from) && !(hasPort(text, at) && !text.has('sha', from)))
    return false;
  if (isVersion(codes, from, at)) return false;
  return (
    at >= length || isGap(codes[at]!) || codes[at] === COLON || codes[at] === SLASH || isQuote(codes[at]!)
  );
}

function isBeforeHost(scan: Scan, text: Text, start: number, colon: number, at: number): boolean {
  if (isHost(text, at + 1)) return looksChosen(scan, text, colon + 1, at);
  return isLoneHost(text, start, at + 1) && looksMade(scan, text, colon + 1, at, LEAST_BEFORE_LONE_HOST);
}

/** `alice:…@smb`: one word in small letters, that nothing goes on behind. `image:v1.2@sha256:…` and `a:b@v4` are none. */
function isLoneHost(text: Text, start: number, from: number): boolean {
  const { codes, length } = text;
  let at = from;
  while (at < length && at - from < LONGEST_LABEL && (CLASS[codes[at]!]! & ANY_LOWER) !== 0) at++;
  if (at === from || codes[from] === 118 || text.has('sha', from)) return false;
  for (let p = start; p < from && codes[p] !== COLON; p++)
    if (codes[p] === SLASH || codes[p] === DOT || codes[p] === HYPHEN) return false;
  return (
    at >= length || isGap(codes[at]!) || isQuote(codes[at]!) || codes[at] === COLON || codes[at] === SLASH
  );
}
const LONGEST_LABEL = 63;
const LEAST_BEFORE_LONE_HOST = 10;

/** `:5432` at `at`, and nothing of a word behind it. */
function hasPort(text: Text, at: number): boolean {
  if (text.codes[at] !== COLON) return false;
  let end = at + 1;
  while ((CLASS[text.codes[end]!]! & DIGIT) !== 0) end++;
  return end - at >= 3 && end - at <= 6 && (CLASS[text.codes[end]!]! & LETTER) === 0;
}

/** `tag@1.2.3`: digits and dots, but not four of them as an address has. */
function isVersion(codes: Uint16Array, start: number, end: number): boolean {
  let dots = 0;
  for (let at = start; at < end; at++) {
    if (codes[at] === 46) dots++;
    else if ((CLASS[codes[at]!]! & DIGIT) === 0) return false;
  }
  return dots !== 3;
}

/** A line of .pgpass, `host:port:database:user:password`: `end` is behind the port, or behind `port:database`. */
export function onPasswordFile(scan: Scan, text: Text, end: number): void {
  const { codes, length } = text;
  let at = end;
  let colons = text.has(':*:*:', end - 5) ? 1 : 0;
  while (at < length && colons < 2 && !isGap(codes[at]!) && at - end < 160)
    if (codes[at++] === COLON) colons++;
  const start = at;
  while (at < length && !isGap(codes[at]!) && !isQuote(codes[at]!)) at++;
  scan.work.read(at - end);
  scan.work.spend(COST.string);
  if (
    colons === 2 &&
    !harmless(text, start, at) &&
    text.codes[start] !== STAR &&
    !text.slice(Math.max(end, start - 32), start).includes('$')
  )
    scan.report(text, start, at, 'password', 'format:pgpass', RANK.named);
}
