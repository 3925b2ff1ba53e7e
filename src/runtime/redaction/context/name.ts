/**
 * Sensitive names, and where their values stand: `DB_PASSWORD=…`, `"apiKey": "…"`, `--token …`, `<password>…`.
 *
 * In:  a text and where one of the stems of names.ts was seen.
 * Out: the identifier around the stem, judged; what ties a value to it says which context reads on.
 */
import {
  ALNUM,
  ANY_LOWER,
  BACKSLASH,
  BANG,
  CLASS,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  CLOSE_PAREN,
  COLON,
  COMMA,
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
  isSpace,
  LESS,
  LETTER,
  LF,
  NUL,
  OPEN_BRACE,
  OPEN_BRACKET,
  OPEN_PAREN,
  PIPE,
  PLUS,
  QUESTION,
  SEMICOLON,
  SLASH,
  SPACE,
  STAR,
  TILDE,
} from '../characters.ts';
import { FewWords } from '../few-words.ts';
import { judgeName, mayBeOfAccount, PRIMARY_KEY } from '../names.ts';
import type { Scan } from '../scan.ts';
import type { Text } from '../text.ts';
import { COST } from '../work.ts';
import { onCell, onNextItem, onOtherSide, onTie } from './assigned.ts';
import { isPrinted, onLineBelow, onPrinted } from './block.ts';
import { onOwnArgument } from './call.ts';
import { onAlias, onColumn, onNextOfRow, onPairLine, onWhere } from './columns.ts';
import { goesOnDrawn } from './drawn-sign.ts';
import { onNextElement } from './element.ts';
import type { Subject } from './judgement.ts';
import { onField, onTag, opensTag } from './markup.ts';
import { isMixed, isWholeWord, isWorkingDirectory, mayTie, withWordBefore } from './name-look.ts';
import { behindSpace, startsLine, startsWord } from './places.ts';
import {
  onAsserted,
  onBracketed,
  onDelegated,
  onExpected,
  onFirstOfSeveral,
  onLastOfSeveral,
  onMember,
} from './program-text.ts';
import { onApart, onDashed } from './prose.ts';
import { mayBeRemark, onRemark } from './remark.ts';

const LONGEST_NAME = 80;

/** A stem was seen at `[stemStart, stemEnd)`. `exact`: it counts only as a whole word. */
export function onName(scan: Scan, text: Text, stemStart: number, stemEnd: number, exact: boolean): void {
  const { codes, length } = text;
  if (exact && !isWholeWord(codes, stemStart, stemEnd, length)) return;
  let end = stemEnd;
  const ceiling = Math.min(length, stemEnd + LONGEST_NAME);
  while (end < ceiling && isName(codes[end]!)) end++;
  scan.nameEnd = end;
  scan.work.read(end - stemEnd);
  while (end > stemEnd && (codes[end - 1] === DOT || codes[end - 1] === HYPHEN)) end--;
  if ((end >= length || codes[end] === LF) && mayBeRemark(scan, text, stemStart)) {
    onRemark(scan, text, stemStart, end);
    return;
  }
  if (!mayTie(codes, end, length)) return;
  let start = stemStart;
  const floor = Math.max(0, stemStart - LONGEST_NAME);
  while (start > floor && isName(codes[start - 1]!)) start--;
  scan.work.read(stemStart - start);
  if (start === floor && floor > 0) return;
  if (start > 0 && codes[start - 1] === BACKSLASH && (CLASS[codes[start]!]! & ANY_LOWER) !== 0) start++;
  const elementStart = start;
  // A property of Java's or CMake's command line: `-Ddb.password=…`.
  if (
    codes[start] === HYPHEN &&
    codes[start + 1] === 68 &&
    (CLASS[codes[start + 2]!]! & LETTER) !== 0 &&
    start + 2 <= stemStart
  )
    start += 2;
  while (start < stemStart && (codes[start] === HYPHEN || codes[start] === DOT)) start++;
  if (isMixed(codes, start, end, stemStart, stemEnd)) return;
  scan.work.spend(COST.name);
  let name = judgeName(codes, start, end);
  if (name === undefined || isWorkingDirectory(text, start, end) || text.has('checksum/', start - 9)) return;
  if (name === PRIMARY_KEY && !mayBeOfAccount(codes, end, length)) return;
  if (name.category === 'signature' && codes[end] !== EQUALS) return;
  if (isPackage(codes, stemEnd, end)) return;
  // A header of its own: `X-RapidAPI-Key`.
  if (name.category === 'key' && name.promise === 'weak' && text.has('x-', start))
    name = { category: 'api-key', promise: 'strong' };
  // The cookie of Erlang is what its nodes trust one another by.
  if (name.category === 'cookie' && (text.has('erlang', stemStart - 6) || text.has('erlang', stemStart - 7)))
    name = { category: 'secret', promise: 'strong' };
  name = withWordBefore(text, start, end, name);
  if (name === undefined) return;
  onSubject(scan, text, { name, start }, elementStart, end);
}

/** `jsonwebtoken-9.0.2 libssl3-3.0.15`: a package and its version, in a list of such. */
function isPackage(codes: Uint16Array, from: number, end: number): boolean {
  if ((CLASS[codes[end - 1]!]! & DIGIT) === 0 || !isGap(codes[end]!)) return false;
  let at = end - 1;
  let dots = 0;
  while (at > from && ((CLASS[codes[at - 1]!]! & DIGIT) !== 0 || codes[at - 1] === DOT))
    if (codes[--at] === DOT) dots++;
  return dots > 0 && at > from && codes[at - 1] === HYPHEN;
}

/** `password> …` at the start of a line or behind words, not the end of a tag. */
function isPrompt(text: Text, start: number, end: number): boolean {
  const { codes } = text;
  if (codes[end + 1] !== SPACE) return false;
  let at = start;
  while (at > 0 && start - at < LONGEST_NAME && (isSpace(codes[at - 1]!) || isName(codes[at - 1]!))) at--;
  return at === 0 || codes[at - 1] === LF;
}

/** `src/auth/token.rs:237:6: error`, `(credential-api.java:314)`: a line of a file of sources. `end` is behind its name. */
function isLineOfSource(text: Text, end: number, colon: number): boolean {
  const { codes, length } = text;
  if (colon !== end || (CLASS[codes[colon + 1]!]! & DIGIT) === 0) return false;
  if (!SOURCES.some((ending) => text.has(ending, end - ending.length))) return false;
  let at = colon;
  for (
    let numbers = 0;
    numbers < 2 && codes[at] === COLON && (CLASS[codes[at + 1]!]! & DIGIT) !== 0;
    numbers++
  ) {
    at++;
    while ((CLASS[codes[at]!]! & DIGIT) !== 0 && at - colon < LONGEST_LINE) at++;
  }
  // What `grep -n` shows of the line is read for itself.
  if (codes[at] === COLON) return true;
  return at >= length || isGap(codes[at]!) || codes[at] === CLOSE_PAREN || codes[at] === COMMA;
}
const LONGEST_LINE = 12;

/** `* src/passwd.c: do_update_age is …`: what a log of changes says of a file. */
function isFileOfChange(text: Text, start: number, end: number, colon: number): boolean {
  if (colon !== end || text.codes[end + 1] !== SPACE || text.codes[start - 1] !== SLASH) return false;
  return SOURCES.some((ending) => text.has(ending, end - ending.length));
}
const SOURCES =
  '.js .ts .mjs .cjs .jsx .tsx .vue .py .go .rs .java .kt .scala .swift .c .cc .cpp .h .hpp .cs .rb .php .ex .exs .lua .pl .sh .sql'.split(
    ' ',
  );

/** BSD: `SHA256 (token-1.2.tgz) = …`. `start` is where the file's name begins, or goes on. */
function isDigestOfFile(text: Text, start: number): boolean {
  const { codes } = text;
  let open = start;
  while (open > 0 && start - open < LONGEST_NAME && codes[open] !== OPEN_PAREN && codes[open] !== LF) open--;
  return codes[open] === OPEN_PAREN && DIGESTS.some((digest) => text.has(digest, open - digest.length));
}
const DIGESTS = ['md5 ', 'sha1 ', 'sha256 ', 'sha384 ', 'sha512 ', 'blake2b ', 'blake3 ', 'rmd160 '];

/** Looks behind the name for what ties a value to it. */
function onSubject(scan: Scan, text: Text, subject: Subject, elementStart: number, end: number): void {
  const { codes } = text;
  const behind = behindKey(text, end);
  const keyQuoted = behind > end && hasQuote(codes, end, behind);
  const at = behindSpace(text, behind);
  const code = codes[at]!;
  const flag = codes[subject.start - 1] === HYPHEN && startsWord(text, elementStart);
  if (onPairLine(scan, text, subject, end) || onColumn(scan, text, subject, end)) return;
  if (keyQuoted && onWhere(scan, text, subject)) return;
  if (codes[subject.start - 1] === SPACE && onAlias(scan, text, subject)) return;
  // Looked at once for both: a place before the text costs as much as all that comes first.
  const behindComma =
    elementStart > 3 && (codes[elementStart - 1] === COMMA || codes[elementStart - 2] === COMMA);
  if (behindComma && onAsserted(scan, text, subject, elementStart)) return;
  if (code === EQUALS) {
    if (codes[end] === CLOSE_PAREN && isDigestOfFile(text, subject.start)) return;
    if (!behindComma || !onLastOfSeveral(scan, text, subject, elementStart, at))
      onEquals(scan, text, subject, at, at > behind, flag);
  } else if (code === BANG && codes[at + 1] === EQUALS)
    onOtherSide(scan, text, subject, at + (codes[at + 2] === EQUALS ? 3 : 2));
  else if (code === DOT && codes[at - 1] === CLOSE_PAREN && !keyQuoted) onExpected(scan, text, subject, at);
  else if (code === OPEN_BRACKET && at === end) onBracketed(scan, text, subject, at);
  else if (code === COLON) {
    // Not a comment: `//token: "…"`.
    const inUrl =
      codes[subject.start - 1] === SLASH &&
      codes[subject.start - 2] === SLASH &&
      (codes[at + 1] !== SPACE || codes[subject.start - 3] === COLON);
    const inUrn =
      codes[subject.start - 1] === COLON &&
      codes[at + 1] !== SPACE &&
      codes[subject.start - 2] !== SLASH &&
      !LOG_COMMANDS.some((command) => text.has(command, subject.start - command.length));
    if (codes[at + 1] === COLON && codes[at + 2] === EQUALS) {
      if (ASN1.at(text, behindSpace(text, at + 3)) !== undefined) return;
      onTie(scan, text, subject, at + 3, 'equals', flag); // make: `TOKEN ::= …`.
      return;
    }
    if (codes[at + 1] === COLON) {
      // LDIF has base64 behind two colons; a workflow sets `name=token::…`.
      const ldif = codes[at + 2] === SPACE && startsLine(text, subject.start);
      if (ldif || text.has('name=', elementStart - 5)) onTie(scan, text, subject, at + 2, 'colon', flag);
      return;
    }
    if (
      inUrn ||
      isLineOfSource(text, end, at) ||
      isFileOfChange(text, elementStart, end, at) ||
      isTagOfImage(text, elementStart, end, at) ||
      isError(text, subject.start, end, at)
    )
      return;
    if (!inUrl && codes[at + 1] !== SLASH)
      onTie(scan, text, subject, at + (isColonSign(codes, at + 1) ? 2 : 1), 'colon', flag);
    else if (!inUrl && codes[at + 2] !== SLASH) onTie(scan, text, subject, at + 1, 'colon', flag);
  } else if (code === HYPHEN && codes[at + 1] === GREATER && text.has('origin/', behindSpace(text, at + 2)))
    return; // A branch.
  else if (code === HYPHEN && codes[at + 1] === GREATER && at === end) onMember(scan, text, subject, at + 2);
  else if (code === HYPHEN && codes[at + 1] === GREATER) onTie(scan, text, subject, at + 2, 'arrow', flag);
  else if ((code === DOT && codes[at + 1] === DOT) || (code === ELLIPSIS && codes[at + 1] === COLON)) {
    const colon = behindDots(text, at);
    if (codes[colon] === COLON) onTie(scan, text, subject, colon + 1, 'colon', flag);
  } else if (
    code === LESS &&
    (codes[at + 1] === HYPHEN || (codes[at + 1] === LESS && codes[at + 2] === LESS))
  )
    onTie(scan, text, subject, at + (codes[at + 1] === HYPHEN ? 2 : 3), 'arrow', flag);
  else if (code === WIDE_COLON || code === WIDE_EQUALS) onTie(scan, text, subject, at + 1, 'colon', flag);
  else if (
    code === ARROW ||
    code === DOUBLE_ARROW ||
    ((code === LONG_DASH || code === DASH) && at > behind)
  ) {
    if ((code === LONG_DASH || code === DASH) && isText(text, at + 1)) return;
    onTie(scan, text, subject, at + 1, 'arrow', flag);
  } else if (code === OPEN_BRACE && at === end && isQuote(codes[at + 1]!))
    onTie(scan, text, subject, at + 1, 'equals', flag); // C++: `std::string password{"…"}`.
  else if (code === OPEN_PAREN) onOwnArgument(scan, text, subject, at);
  else if (opensTag(text, subject.start)) onTag(scan, text, subject, at);
  else if (onField(scan, text, subject, at)) return;
  else if (keyQuoted && at > behind && text.has('or ', at))
    onOtherSide(scan, text, subject, at + 3); // Python: `environ.get("TOKEN") or "…"`.
  else if (keyQuoted && at > behind && text.has('to ', at) && isQuote(codes[at + 3]!))
    onOtherSide(scan, text, subject, at + 3); // Kotlin: `"token" to "…"`.
  else if (keyQuoted && at > behind && text.has(WITH_VALUE, at))
    onOtherSide(scan, text, subject, at + WITH_VALUE.length);
  else if (keyQuoted && isQuote(code) && at > behind && codes[behind - 1] === CLOSE_BRACKET)
    onOtherSide(scan, text, subject, at);
  else if (
    code === COMMA &&
    keyQuoted &&
    (isQuote(codes[elementStart - 1]!) || codes[elementStart - 1] === HASH || codes[end] === CLOSE_BRACKET)
  )
    onOtherSide(scan, text, subject, at + 1);
  else if (
    code === COMMA &&
    at === end &&
    (codes[elementStart - 1] === OPEN_BRACE ||
      text.has('(:', elementStart - 2) ||
      text.has('-define(', elementStart - 8))
  )
    // Erlang: `{password, "…"}`, `-define(PASSWORD, "…")`. Ruby: `fetch(:password, "…")`.

    onOtherSide(scan, text, subject, at + 1);
  else if (code === COMMA && at === end) {
    // An item of a list is not the first.
    if (!behindComma) onFirstOfSeveral(scan, text, subject, at);
  } else if (code === SMALL_B && !keyQuoted && at > end && text.has('by ', at))
    onDelegated(scan, text, subject, at + 3);
  else if (keyQuoted && code === SEMICOLON && text.has('s:', at + 1))
    onSerialized(scan, text, subject, at + 3);
  else if (keyQuoted && code === QUESTION && codes[at + 1] === COLON)
    onOtherSide(scan, text, subject, at + 2); // PHP: `getenv("TOKEN") ?: "…"`.
  else if (keyQuoted && code === OPEN_BRACE && codes[behind - 1] === CLOSE_PAREN)
    onOtherSide(scan, text, subject, at + 1); // Ruby: `ENV.fetch("TOKEN") { "…" }`.
  else if (code === PIPE && text.has(DEFAULT, at))
    onOtherSide(scan, text, subject, at + DEFAULT.length); // Helm: `{{ .Values.token | default "…" }}`.
  else if (code === QUESTION && codes[at + 1] === EQUALS)
    onTie(scan, text, subject, at + 2, 'equals', flag); // make: `TOKEN ?= …`.
  else if ((code === PIPE || code === QUESTION) && codes[at + 1] === code) {
    if (codes[at + 2] === EQUALS) onTie(scan, text, subject, at + 3, 'equals', flag);
    else onOtherSide(scan, text, subject, at + 2);
  } else if (code === PIPE || (code === GREATER && isPrompt(text, subject.start, at)))
    onCell(scan, text, subject, at + 1); // A table, or a prompt: `password> …`.
  else if (flag && code === LF) onNextItem(scan, text, subject, at);
  else if (code === QUESTION && codes[at + 1] === LF && subject.name.promise === 'strong')
    onLineBelow(scan, text, subject, at + 2); // A question, and the answer to it.
  else if (code === SEMICOLON && at === end) onNextOfRow(scan, text, subject, at + 1);
  else if (code === LF && isPrinted(text, subject.start)) onPrinted(scan, text, subject, at + 1);
  else if (code === LF && subject.name.promise === 'strong') {
    if (!endsEncoded(text, elementStart)) onLineBelow(scan, text, subject, at + 1);
  } else if ((code === HYPHEN || code === ELLIPSIS) && at > behind && codes[at + 1] === SPACE)
    onDashed(scan, text, subject, at + 2); // `API token - …`, and what a prompt leaves behind.
  else if (code === OPEN_BRACE && text.has('{ get; ', at)) onProperty(scan, text, subject, at);
  else if (code === NUL) {
    if (at === end && at < text.length) onNextElement(scan, text, subject, elementStart, at + 1, flag);
  } else onApart(scan, text, subject, behind, flag, keyQuoted);
}

/** `…EnpX/Pw` at the end of a line: two letters of a certificate rather than a name. */
function endsEncoded(text: Text, start: number): boolean {
  const { codes } = text;
  let at = start;
  let signs = 0;
  for (; at > 0 && start - at < LEAST_ENCODED; at--) {
    const code = codes[at - 1]!;
    if (code === SLASH || code === PLUS) signs++;
    else if ((CLASS[code]! & ALNUM) === 0) return false;
  }
  return signs > 0 && start - at === LEAST_ENCODED;
}
const LEAST_ENCODED = 24;

/** Two words of small letters: `$PASSWORD — takes a string`. */
function isText(text: Text, from: number): boolean {
  let at = from;
  for (let words = 0; words < 2; words++) {
    if (text.codes[at] !== SPACE) return false;
    const start = ++at;
    while ((CLASS[text.codes[at]!]! & ANY_LOWER) !== 0) at++;
    if (at === start) return false;
  }
  return isGap(text.codes[at]!);
}

/** Of a template that has a value of its own where there is no other. */
const DEFAULT = '| default ';

/** PHP: `s:8:"password";s:20:"…";`. `from` is where the length stands. */
function onSerialized(scan: Scan, text: Text, subject: Subject, from: number): void {
  let at = from;
  while ((CLASS[text.codes[at]!]! & DIGIT) !== 0 && at - from < 8) at++;
  if (at > from && text.codes[at] === COLON) onOtherSide(scan, text, subject, at + 1);
}

/** In messages about a field: `field 'password' with value '…'`. */
const WITH_VALUE = 'with value ';

/** C#: `public string Password { get; set; } = "…";`. */
function onProperty(scan: Scan, text: Text, subject: Subject, from: number): void {
  const { codes } = text;
  let at = from;
  while (at < text.length && at - from < 64 && codes[at] !== CLOSE_BRACE) at++;
  const sign = behindSpace(text, at + 1);
  if (codes[sign] === EQUALS) onTie(scan, text, subject, sign + 1, 'equals', false);
}

/** `Password........: …`: dots that lead to the value. */
function behindDots(text: Text, from: number): number {
  const { codes } = text;
  let at = from;
  while (at - from < MOST_DOTS && (codes[at] === DOT || codes[at] === ELLIPSIS || codes[at] === SPACE)) at++;
  return at;
}
const MOST_DOTS = 64;

/** Before a message of a workflow. */
const LOG_COMMANDS = ['::debug::', '::notice::', '::warning::', '::error::'];

const SMALL_B = 98;

/** `acme/secrets:5721ea2cbff4`: an image, by a short id of a commit. */
function isTagOfImage(text: Text, start: number, end: number, colon: number): boolean {
  const { codes } = text;
  if (colon !== end || codes[start - 1] !== SLASH || (CLASS[codes[start - 2]!]! & ALNUM) === 0) return false;
  let at = colon + 1;
  while ((CLASS[codes[at]!]! & HEX) !== 0 && at - colon < 14) at++;
  return at - colon > 7 && at - colon < 14 && isGap(codes[at]!);
}

/** `auth.InvalidPassword: alice`: an error, and whom it is about. */
function isError(text: Text, start: number, end: number, colon: number): boolean {
  const { codes } = text;
  if (colon !== end || codes[colon + 1] !== SPACE || !ERROR.test(text.slice(start, end))) return false;
  let at = colon + 2;
  while ((CLASS[codes[at]!]! & ANY_LOWER) !== 0 || codes[at] === HYPHEN) at++;
  return isGap(codes[at]!);
}
const ERROR =
  /(?:^|[.:])(?:Invalid|Wrong|Bad|Missing|Incorrect|Expired|Unknown|Weak|Empty)(?:[A-Z][a-z]+){1,3}$/;

/** What a type of ASN.1 is defined as: `SecretBag ::= SEQUENCE {`. */
const ASN1 = new FewWords(['sequence ', 'choice ', 'octet ', 'integer', 'bit ', 'set ', 'enumerated', '[']);

const ARROW = 0x2192;

const DOUBLE_ARROW = 0x21d2;

const DASH = 0x2013;
const LONG_DASH = 0x2014;
const ELLIPSIS = 0x2026;

const WIDE_COLON = 0xff1a;
const WIDE_EQUALS = 0xff1d;

/** `:=`, and `:-` before a default. */
function isColonSign(codes: Uint16Array, at: number): boolean {
  return codes[at] === EQUALS || (codes[at] === HYPHEN && codes[at + 1] !== HYPHEN && codes[at + 1] !== LF);
}

function onEquals(
  scan: Scan,
  text: Text,
  subject: Subject,
  at: number,
  spaced: boolean,
  flag: boolean,
): void {
  const { codes } = text;
  let behind = at + 1;
  if (codes[behind] === TILDE && !goesOnDrawn(text, behind)) return;
  if (codes[behind] === GREATER) {
    if (codes[subject.start - 1] === OPEN_BRACE && isRenamed(codes, behind + 1)) return;
    behind++;
  } else if (
    codes[behind] === EQUALS &&
    (spaced || isSpace(codes[behind + 1]!) || isQuote(codes[behind + 1]!))
  ) {
    while (codes[behind] === EQUALS) behind++;
    onOtherSide(scan, text, subject, behind);
    return;
  }
  // pip: `token==3.5.20`.
  if (codes[behind] === EQUALS && isVersion(codes, behind + 1)) return;
  onTie(scan, text, subject, behind, 'equals', flag);
}

/** git: `src/{token => key}/index.ts`. */
function isRenamed(codes: Uint16Array, from: number): boolean {
  let at = from;
  while (at - from < LONGEST_NAME && (codes[at] === SPACE || codes[at] === SLASH || isName(codes[at]!))) at++;
  return (
    codes[at] === CLOSE_BRACE && (codes[at + 1] === SLASH || codes[at + 1] === DOT || codes[at + 1] === SPACE)
  );
}

/** Digits and dots, one of them at least, and nothing else up to a gap or a bracket. */
function isVersion(codes: Uint16Array, from: number): boolean {
  let at = from;
  let dots = 0;
  for (; at - from < LONGEST_VERSION && ((CLASS[codes[at]!]! & DIGIT) !== 0 || codes[at] === DOT); at++)
    if (codes[at] === DOT) dots++;
  return dots > 0 && (isGap(codes[at]!) || codes[at] === CLOSE_PAREN || codes[at] === SEMICOLON);
}
const LONGEST_VERSION = 24;

/** Behind what closes the name: quotes, brackets of an index, `?` of an optional member, `**` of emphasis. */
function behindKey(text: Text, end: number): number {
  const { codes } = text;
  let at = end;
  for (let closers = 0; closers < 10; closers++) {
    const code = codes[at]!;
    const next = codes[at + 1]!;
    if (code === BACKSLASH) {
      if (!isQuote(next) && next !== BACKSLASH) return at;
    } else if (code === QUESTION || code === PLUS) {
      if (next !== COLON && next !== EQUALS) return at;
    } else if (code === OPEN_BRACKET) {
      if (next !== CLOSE_BRACKET) return at;
    } else if (!isQuote(code) && !isCloser(code)) return at;
    at++;
  }
  return at;
}

function isCloser(code: number): boolean {
  return (
    code === CLOSE_BRACKET || code === CLOSE_PAREN || code === CLOSE_BRACE || code === STAR || code === BANG
  );
}

function hasQuote(codes: Uint16Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (isQuote(codes[at]!)) return true;
  return false;
}
