/**
 * Sensitive names and what stands behind them: `DB_PASSWORD=…`, `"apiKey": "…"`, `--token …`, `X-Api-Key: …`,
 * `<password>…</password>`, `the password is …`, `name: DB_PASSWORD` / `value: …`.
 *
 * In:  a text and where one of the stems of names.ts was seen.
 * Out: findings for the value; the name stays.
 */
import {
  ANY_LOWER,
  ANY_UPPER,
  BACKSLASH,
  BANG,
  CLASS,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  CLOSE_PAREN,
  COLON,
  COMMA,
  DIGIT,
  EQUALS,
  GREATER,
  HASH,
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
  PIPE,
  PLUS,
  QUESTION,
  SLASH,
  STAR,
  TILDE,
} from '../characters.ts';
import type { Place } from '../harmless.ts';
import { deniesSecret, judgeName, makesKeySecret, makesPhraseSecret, type Name } from '../names.ts';
import type { Scan } from '../scan.ts';
import { isUuid, looksMixed } from '../shape.ts';
import type { Text } from '../text.ts';
import { WordTable } from '../word-table.ts';
import { cookies } from './header.ts';
import { type Ending, isSecret, looksChosen, looksSecret, readValue, value } from './value.ts';

const LONGEST_NAME = 80;
/** A longer one is looked at more closely: it may be a secret that has a stem in it by chance. */
const LONGEST_PLAIN_NAME = 12;

/** How a name and its value are tied. */
type Tie =
  | 'equals'
  | 'colon'
  | 'arrow'
  | 'argument'
  | 'cell'
  | 'tag'
  | 'element'
  | 'space'
  | 'is'
  | 'compare';

/** A stem was seen at `[stemStart, stemEnd)`. `exact`: it counts only as a whole word. */
export function onName(scan: Scan, text: Text, stemStart: number, stemEnd: number, exact: boolean): void {
  const { codes, length } = text;
  if (exact && !isWholeWord(codes, stemStart, stemEnd, length)) return;
  let start = stemStart;
  const floor = Math.max(0, stemStart - LONGEST_NAME);
  while (start > floor && isName(codes[start - 1]!)) start--;
  let end = stemEnd;
  const ceiling = Math.min(length, stemEnd + LONGEST_NAME);
  while (end < ceiling && isName(codes[end]!)) end++;
  scan.work.left -= end - start;
  if (start === floor && floor > 0) return;
  scan.nameEnd = end;
  if (start > 0 && codes[start - 1] === BACKSLASH && (CLASS[codes[start]!]! & ANY_LOWER) !== 0) start++;
  const elementStart = start;
  while (start < stemStart && (codes[start] === HYPHEN || codes[start] === 46)) start++;
  while (end > stemEnd && (codes[end - 1] === 46 || codes[end - 1] === HYPHEN)) end--;
  if (!mayTie(codes, end, length)) return;
  if (end - start > LONGEST_PLAIN_NAME && looksMixed(codes, start, end)) return;
  let name = judgeName(codes, start, end);
  if (name === undefined) return;
  name = withWordBefore(text, start, end, name);
  if (name === undefined) return;
  tie(scan, text, name, elementStart, start, end);
}

function isWholeWord(codes: Uint16Array, start: number, end: number, length: number): boolean {
  if (end < length && (CLASS[codes[end]!]! & ANY_LOWER) !== 0) return false;
  if (start === 0) return true;
  const before = CLASS[codes[start - 1]!]!;
  if ((before & ANY_LOWER) !== 0) {
    return (CLASS[codes[start]!]! & ANY_UPPER) !== 0 || (start > 1 && codes[start - 2] === BACKSLASH);
  }
  return (before & ANY_UPPER) === 0;
}

/** Quick look at what follows: most words of prose that hold a stem end here. */
function mayTie(codes: Uint16Array, at: number, length: number): boolean {
  if (at >= length) return false;
  const code = codes[at]!;
  return (CLASS[code]! & ~32) === 0 && code !== SLASH && code !== 126;
}

/** One word of small letters, as prose has it. */
function isPlain(codes: Uint16Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((CLASS[codes[at]!]! & ANY_LOWER) === 0) return false;
  return true;
}

/** Prose: a word apart, right before the name, that makes the promise stronger or takes it back. */
function withWordBefore(text: Text, start: number, end: number, name: Name): Name | undefined {
  const { codes } = text;
  if (start < 3 || codes[start - 1] !== 32) return name;
  let from = start - 1;
  while (from > 0 && (CLASS[codes[from - 1]!]! & LETTER) !== 0 && start - from < 24) from--;
  if (from === start - 1) return name;
  if (name.category !== 'password' && isPlain(codes, start, end) && deniesSecret(codes, from, start - 1))
    return undefined;
  if (name.promise === 'weak' && name.category === 'key' && makesKeySecret(codes, from, start - 1))
    return { category: 'api-key', promise: 'strong' };
  if (text.has('phrase', start) && end - start <= 7 && makesPhraseSecret(codes, from, start - 1))
    return { category: 'mnemonic', promise: 'strong' };
  return name;
}

function tie(scan: Scan, text: Text, name: Name, elementStart: number, start: number, end: number): void {
  const { codes, length } = text;
  let at = end;
  let keyQuoted = false;
  for (let closers = 0; closers < 10 && at < length; closers++) {
    const code = codes[at]!;
    if (isQuote(code)) keyQuoted = true;
    else if (code === BACKSLASH) {
      if (!isQuote(codes[at + 1]!) && codes[at + 1] !== BACKSLASH) break;
    } else if (code === QUESTION || code === PLUS) {
      if (codes[at + 1] !== COLON && codes[at + 1] !== EQUALS) break;
    } else if (
      code !== CLOSE_BRACKET &&
      code !== CLOSE_PAREN &&
      code !== CLOSE_BRACE &&
      code !== STAR &&
      code !== BANG
    )
      break;
    at++;
  }
  if (codes[at] === OPEN_BRACKET && codes[at + 1] === CLOSE_BRACKET) at += 2;
  const afterKey = at;
  while (at < length && isSpace(codes[at]!) && at - afterKey < 32) at++;
  const code = at < length ? codes[at]! : NUL;
  const flag = elementStart < start && isBefore(text, elementStart);
  if (code === EQUALS) {
    if (codes[at + 1] === TILDE) return;
    at++;
    const compare =
      codes[at] === EQUALS && (at - 1 > afterKey || isSpace(codes[at + 1]!) || isQuote(codes[at + 1]!));
    if (compare) while (codes[at] === EQUALS) at++;
    else if (codes[at] === GREATER) at++;
    assigned(scan, text, name, start, at, compare ? 'compare' : 'equals', flag);
  } else if (code === COLON) {
    if (codes[start - 1] === SLASH && codes[start - 2] === SLASH && codes[start - 3] === COLON) return;
    at++;
    while (codes[at] === EQUALS || codes[at] === COLON) at++;
    if (codes[at] === SLASH && codes[at + 1] === SLASH) return;
    assigned(scan, text, name, start, at, 'colon', flag);
  } else if (code === HYPHEN && codes[at + 1] === GREATER) {
    assigned(scan, text, name, start, at + 2, 'arrow', flag);
  } else if (code === 0x2192) {
    assigned(scan, text, name, start, at + 1, 'arrow', flag);
  } else if (codes[start - 1] === LESS || (codes[start - 1] === COLON && tagOpens(codes, start - 2))) {
    tagged(scan, text, name, start, at);
  } else if (elsewhere(scan, text, name, start, at)) {
    // `name: DB_PASSWORD` with its value in a neighbouring field.
  } else if (code === COMMA && keyQuoted && elementStart > 0 && isQuote(codes[elementStart - 1]!)) {
    assigned(scan, text, name, start, at + 1, 'argument', flag);
  } else if (code === PIPE || (code === COMMA && !keyQuoted)) {
    if (code === PIPE) assigned(scan, text, name, start, at + 1, 'cell', flag);
  } else if (code === NUL && at < length) {
    if (at === end) nextElement(scan, text, name, elementStart, start, at + 1, flag);
  } else if (at > afterKey || keyQuoted) {
    apart(scan, text, name, start, afterKey, at, flag);
  }
}

function tagOpens(codes: Uint16Array, from: number): boolean {
  let at = from;
  while (at > 0 && from - at < 24 && (CLASS[codes[at]!]! & LETTER) !== 0) at--;
  return codes[at] === LESS;
}

/** True when nothing of the same word stands before `at`. */
function isBefore(text: Text, at: number): boolean {
  if (at === 0) return true;
  const code = text.codes[at - 1]!;
  return isGap(code) || isQuote(code) || code === OPEN_BRACKET || code === 40;
}

/** True when only `export`, `set`, `- ` or space stands before `at` on its line (or in its element). */
function startsLine(text: Text, at: number): boolean {
  const { codes } = text;
  let p = at;
  while (p > 0 && isSpace(codes[p - 1]!)) p--;
  if (p === 0 || codes[p - 1] === LF || codes[p - 1] === NUL || codes[p - 1] === 13) return true;
  if (codes[p - 1] === HYPHEN) return p === 1 || codes[p - 2]! <= 32;
  for (const word of ['export', 'set', 'env', 'declare', 'arg']) {
    const from = p - word.length;
    if (p < at && text.has(word, from) && (from === 0 || codes[from - 1]! <= 32)) return true;
  }
  return false;
}

/** A value behind `=`, `:`, `->`, `,` or in the next cell of a table. */
function assigned(
  scan: Scan,
  text: Text,
  name: Name,
  nameStart: number,
  afterTie: number,
  tie: Tie,
  flag: boolean,
): void {
  const { codes, length } = text;
  let at = afterTie;
  while (at < length && isSpace(codes[at]!) && at - afterTie < 64) at++;
  if (at >= length) return;
  const spaced = at > afterTie;
  if (codes[at]! <= 13) {
    if (codes[at] === NUL) {
      if (text.mode === 'argv' && at === afterTie)
        judgeValue(scan, text, name, nameStart, at + 1, 'element', 'whole', tie);
      return;
    }
    nextLine(scan, text, name, nameStart, at);
    return;
  }
  if (tie === 'colon' && (codes[at] === PIPE || codes[at] === GREATER) && blockFollows(text, at)) {
    block(scan, text, name, nameStart, at);
    return;
  }
  if (codes[at] === BACKSLASH && codes[at + 1] === LF) at = skipGap(text, at + 1);
  const before = nameStart > 0 ? codes[nameStart - 1]! : NUL;
  let ending: Ending;
  let place: Place;
  if (before === QUESTION || before === 38 || (before === HASH && !isSpace(codes[nameStart - 2] ?? 32))) {
    ending = 'parameter';
    place = 'code';
  } else if (text.mode !== 'text' && tie === 'equals' && isElementStart(text, nameStart)) {
    ending = text.mode === 'path' ? 'word' : 'element';
    place = 'whole';
  } else if (tie === 'colon') {
    place = spaced ? 'prose' : 'code';
    ending =
      name.category === 'mnemonic' || name.category === 'passphrase' || name.category === 'password'
        ? startsLine(text, nameStart)
          ? 'line'
          : 'word'
        : 'word';
    if (startsLine(text, nameStart) && ending === 'word') ending = 'line';
  } else {
    place = 'code';
    ending = startsLine(text, nameStart) && !spaced ? 'line' : 'word';
    if (flag) ending = 'word';
  }
  if (tie === 'argument' || tie === 'compare') {
    if (!isQuotedAt(text, at)) return;
  }
  judgeValue(scan, text, name, nameStart, at, ending, place, tie);
}

function isQuotedAt(text: Text, at: number): boolean {
  let p = at;
  while (p < text.length && text.codes[p] === BACKSLASH) p++;
  return isQuote(text.codes[p]!) || isQuote(text.codes[p + 1]!);
}

/** At the start of its element, hyphens and a leading `--option=` not counted. */
function isElementStart(text: Text, nameStart: number): boolean {
  const { codes } = text;
  let p = nameStart;
  if (p > 0 && codes[p - 1] === EQUALS) {
    p--;
    while (p > 0 && isName(codes[p - 1]!)) p--;
    if (codes[p] !== HYPHEN) return false;
  }
  while (p > 0 && codes[p - 1] === HYPHEN) p--;
  return p === 0 || codes[p - 1] === NUL;
}

/** SQL: `IDENTIFIED BY '…'`, `IDENTIFIED WITH plugin BY '…'`. */
export function onIdentified(scan: Scan, text: Text, end: number): void {
  let at = skipGap(text, end);
  const limit = Math.min(text.length, at + 48);
  while (at < limit && !isQuote(text.codes[at]!)) at++;
  if (at >= limit || !readValue(scan, text, at, 'word') || !isSecret(scan, text, 'whole')) return;
  scan.reportNamed(text, end, value.start, value.end, 'password', 'name:password');
}

function skipGap(text: Text, from: number): number {
  let at = from;
  while (at < text.length && isGap(text.codes[at]!) && text.codes[at] !== NUL && at - from < 128) at++;
  return at;
}

/** Reads and judges; on a scheme word (`Bearer …`) goes on behind it. */
function judgeValue(
  scan: Scan,
  text: Text,
  name: Name,
  nameStart: number,
  at: number,
  ending: Ending,
  place: Place,
  tie: Tie,
): void {
  if (at >= text.length || !readValue(scan, text, at, ending)) return;
  if (!afterScheme(scan, text, name)) return;
  if (ending === 'line' && !value.quoted) shortenLine(text, name, place);
  const sentence = place === 'prose' && !value.quoted;
  if (sentence) trimSentence(text);
  if (value.end <= value.start) return;
  if (name.category === 'cookie' && hasParameters(text, value.start)) {
    cookies(scan, text, value.start);
    return;
  }
  const first = text.codes[value.start]!;
  if (!value.quoted && (first === OPEN_BRACE || first === OPEN_BRACKET) && ending !== 'element') return;
  if (name.promise === 'weak' || tie === 'compare' || tie === 'cell') {
    const uuid =
      /secret|auth|token|api|key/.test(name.category) &&
      value.quoted === false &&
      isUuid(text.codes, value.start, value.end);
    if (!(tie === 'cell' && name.promise === 'strong' && looksChosen(scan, text, value.start, value.end)))
      if (!uuid && !looksSecret(scan, text, value.start, value.end, name.category === 'key' ? 16 : 12))
        return;
  } else if (!isSecret(scan, text, place)) return;
  scan.reportNamed(text, nameStart, value.start, value.end, name.category, `name:${name.category}`);
}

/** A line's value with spaces: a passphrase is whole, anything else ends at the first gap. */
function shortenLine(text: Text, name: Name, place: Place): void {
  const { codes } = text;
  let gap = value.start;
  while (gap < value.end && !isSpace(codes[gap]!)) gap++;
  if (gap === value.end) return;
  if (name.category === 'mnemonic') return;
  const words = text.slice(value.start, Math.min(value.end, value.start + 200)).split(/[ \t]+/);
  const phrase =
    words.length >= 3 && words.length <= 24 && words.every((word) => /^[A-Za-z]{3,10}$/.test(word));
  if (
    phrase &&
    (name.category === 'passphrase' || (name.category === 'password' && place === 'prose')) &&
    !isSentenceLike(words)
  )
    return;
  value.end = gap;
  value.next = gap;
}

function isSentenceLike(words: readonly string[]): boolean {
  return words.some((word) =>
    /^(?:the|a|an|is|are|was|be|for|and|or|not|must|with|your|you|has|have|this|that|from|does|will|can)$/i.test(
      word,
    ),
  );
}

function trimSentence(text: Text): void {
  const { codes } = text;
  while (value.end > value.start + 1) {
    const code = codes[value.end - 1]!;
    const last = value.end >= text.length || isGap(codes[value.end]!);
    if (last && (code === 46 || code === COMMA || code === COLON || code === 59 || code === QUESTION))
      value.end--;
    else break;
  }
}

/** Schemes of the Authorization header whose credential is one token behind them. */
const SCHEMES = new WordTable(
  'basic bearer token negotiate ntlm apikey key jwt bot splunk ssws geniekey oauth sharedkey sharedaccesssignature sso user secret app'
    .split(' ')
    .map((scheme) => [scheme, 1]),
);
/** Schemes whose parameters carry names of their own. */
const PARAMETER_SCHEMES = new WordTable(
  'digest hawk oauth signature aws'.split(' ').map((scheme) => [scheme, 1]),
);

/** Moves the value behind a leading scheme word. False when parameters with names of their own follow. */
function afterScheme(scan: Scan, text: Text, name: Name): boolean {
  const { codes } = text;
  if (name.category === 'password' || name.category === 'mnemonic') return true;
  let end = value.start;
  while (
    end < value.end &&
    end - value.start < 32 &&
    ((CLASS[codes[end]!]! & LETTER) !== 0 || codes[end] === HYPHEN)
  )
    end++;
  const size = end - value.start;
  if (size < 3 || end >= text.length || codes[end] !== 32) return true;
  let next = end;
  while (next < text.length && codes[next] === 32) next++;
  if (PARAMETER_SCHEMES.get(codes, value.start, end) !== 0 && hasParameters(text, next)) {
    digestResponse(scan, text, next);
    return false;
  }
  const known = SCHEMES.get(codes, value.start, end) !== 0;
  if (!known && name.category !== 'authorization') return true;
  if (value.quoted) {
    if (next < value.end) value.start = next;
    return true;
  }
  if (next >= text.length || codes[next]! <= 13) return true;
  return readValue(scan, text, next, text.mode === 'argv' ? 'element' : 'word');
}

function hasParameters(text: Text, from: number): boolean {
  for (let at = from; at < text.length && at - from < 40; at++) {
    if (text.codes[at] === EQUALS)
      return at + 1 < text.length && !isGap(text.codes[at + 1]!) && text.codes[at + 1] !== EQUALS;
    if (!isName(text.codes[at]!)) return false;
  }
  return false;
}

/** RFC 7616: `response` is the proof of the password. */
function digestResponse(scan: Scan, text: Text, from: number): void {
  const limit = Math.min(text.length, from + 1024);
  for (let at = from; at < limit && text.codes[at]! >= 32; at++) {
    if (
      (text.codes[at]! | 32) === 114 &&
      text.has('response=', at) &&
      readValue(scan, text, at + 9, 'word')
    ) {
      scan.report(text, value.start, value.end, 'authorization', 'header:digest', 2);
      return;
    }
  }
}

/** YAML `|` and `>`: the value is the indented block below. */
function blockFollows(text: Text, at: number): boolean {
  let p = at + 1;
  while (p < text.length && p - at < 4 && text.codes[p]! > 32) p++;
  while (p < text.length && isSpace(text.codes[p]!)) p++;
  return p < text.length && (text.codes[p] === LF || text.codes[p] === 13);
}

function block(scan: Scan, text: Text, name: Name, nameStart: number, at: number): void {
  const { codes, length } = text;
  let p = at;
  while (p < length && codes[p] !== LF) p++;
  const indent = indentAt(text, p + 1);
  if (indent === 0 || p >= length) return;
  const start = p + 1 + indent;
  let end = start;
  while (end < length && codes[end] !== NUL) {
    if (codes[end] === LF && end + 1 < length && codes[end + 1] !== LF && indentAt(text, end + 1) < indent)
      break;
    end++;
  }
  while (end > start && isGap(codes[end - 1]!)) end--;
  scan.work.left -= end - at;
  if (name.promise === 'strong' || looksSecret(scan, text, start, end))
    scan.reportNamed(text, nameStart, start, end, name.category, `name:${name.category}`);
}

function indentAt(text: Text, from: number): number {
  let at = from;
  while (at < text.length && isSpace(text.codes[at]!)) at++;
  return at - from;
}

/** The value stands on the line below: only one that looks like a secret, or is quoted, is taken for one. */
function nextLine(scan: Scan, text: Text, name: Name, nameStart: number, lineEnd: number): void {
  let at = skipGap(text, lineEnd);
  if (at >= text.length || text.codes[at] === NUL) return;
  if (text.codes[at] === HYPHEN && isSpace(text.codes[at + 1] ?? 0)) at += 2;
  if (!readValue(scan, text, at, 'word')) return;
  if (text.codes[value.next] === COLON || text.codes[value.next] === EQUALS) return;
  if (
    value.quoted
      ? isSecret(scan, text, 'whole') && !hasTie(text, value.next)
      : looksSecret(scan, text, value.start, value.end, 10)
  )
    scan.reportNamed(text, nameStart, value.start, value.end, name.category, `name:${name.category}`);
}

function hasTie(text: Text, at: number): boolean {
  const next = skipGap(text, at);
  return text.codes[next] === COLON || text.codes[next] === EQUALS;
}

/** `<password>…</password>`, with attributes or not, CDATA or not. */
function tagged(scan: Scan, text: Text, name: Name, nameStart: number, from: number): void {
  const { codes, length } = text;
  let at = from;
  while (at < length && at - from < 120 && codes[at] !== GREATER && codes[at] !== LESS) at++;
  if (codes[at] !== GREATER || codes[at - 1] === SLASH) return;
  at++;
  if (text.has('<![cdata[', at)) at += 9;
  at = skipGap(text, at);
  let end = at;
  while (end < length && end - at < 16_384 && codes[end] !== LESS && codes[end] !== NUL) {
    if (codes[end] === CLOSE_BRACKET && codes[end + 1] === CLOSE_BRACKET && codes[end + 2] === GREATER) break;
    end++;
  }
  while (end > at && isGap(codes[end - 1]!)) end--;
  scan.work.left -= end - from;
  if (end <= at) return;
  value.start = at;
  value.end = end;
  value.quoted = true;
  if (name.promise === 'weak' ? looksSecret(scan, text, at, end) : isSecret(scan, text, 'whole'))
    scan.reportNamed(text, nameStart, at, end, name.category, `name:${name.category}`);
}

const VALUE_FIELDS = ['value', 'val', 'string', 'content', 'default', 'data'];

/** `"name": "DB_PASSWORD", "value": "…"` and its like in YAML, XML, property lists and multipart bodies. */
function elsewhere(scan: Scan, text: Text, name: Name, nameStart: number, from: number): boolean {
  const { codes, length } = text;
  const first = codes[from]!;
  if (
    first !== COMMA &&
    first !== SLASH &&
    first !== LESS &&
    first !== GREATER &&
    first !== LF &&
    first !== 13 &&
    first !== OPEN_BRACE &&
    !isVWord(codes, from)
  )
    return false;
  let at = from;
  const limit = Math.min(length, from + 64);
  if ((first === LF || first === 13 || first === SLASH_SEMI) && multipart(scan, text, name, nameStart, from))
    return true;
  while (at < limit) {
    const code = codes[at]!;
    if (code === NUL) return false;
    if ((CLASS[code]! & LETTER) !== 0) {
      for (const field of VALUE_FIELDS) {
        if (text.has(field, at) && !isName(codes[at + field.length] ?? 0))
          return valueOfField(scan, text, name, nameStart, at + field.length);
      }
      let p = at;
      while (p < limit && isName(codes[p]!)) p++;
      const size = p - at;
      const passes =
        text.has('key', at) ||
        text.has('type', at) ||
        text.has('secret', at) ||
        text.has('sensitive', at) ||
        text.has('dict', at);
      if (size > 12 || !passes) return false;
      at = p;
      continue;
    }
    if (code > 127) return false;
    at++;
  }
  return false;
}
const SLASH_SEMI = 59;

function isVWord(codes: Uint16Array, at: number): boolean {
  return (
    (codes[at]! | 32) === 118 || (codes[at]! | 32) === 100 || (codes[at]! | 32) === 99 || codes[at] === HYPHEN
  );
}

function valueOfField(scan: Scan, text: Text, name: Name, nameStart: number, from: number): boolean {
  const { codes, length } = text;
  let at = from;
  while (
    at < length &&
    at - from < 12 &&
    (isQuote(codes[at]!) || isSpace(codes[at]!) || codes[at] === BACKSLASH)
  )
    at++;
  if (codes[at] === GREATER) {
    const saved = text.has('<', from - 7) || text.has('<', from - 6);
    if (!saved) return false;
    tagged(scan, text, name, nameStart, at);
    return true;
  }
  if (codes[at] !== COLON && codes[at] !== EQUALS) return false;
  at++;
  while (at < length && isSpace(codes[at]!)) at++;
  judgeValue(scan, text, name, nameStart, at, 'word', 'whole', 'equals');
  return true;
}

/** `name="password"` in a multipart body: the value follows the empty line. */
function multipart(scan: Scan, text: Text, name: Name, nameStart: number, from: number): boolean {
  const { codes, length } = text;
  if (!text.has('name=', nameStart - 6) && !text.has('name=', nameStart - 5)) return false;
  let at = from;
  let breaks = 0;
  while (at < length && isGap(codes[at]!) && codes[at] !== NUL) if (codes[at++] === LF) breaks++;
  if (breaks < 2) return false;
  judgeValue(scan, text, name, nameStart, at, 'line', 'whole', 'equals');
  return true;
}

/** The next element of an argument vector. */
function nextElement(
  scan: Scan,
  text: Text,
  name: Name,
  elementStart: number,
  nameStart: number,
  at: number,
  flag: boolean,
): void {
  const { codes, length } = text;
  if (at >= length || codes[at] === NUL) return;
  const stands = flag || isElementStart(text, elementStart) || codes[elementStart - 1] === COLON;
  if (!stands) return;
  if (isFlag(text, at)) return;
  let end = at;
  while (end < length && codes[end] !== NUL) end++;
  scan.work.left -= end - at;
  value.start = at;
  value.end = end;
  value.quoted = true;
  value.next = end;
  if (!afterScheme(scan, text, name)) return;
  const strong =
    name.promise === 'strong' &&
    (flag || (isSet(text, elementStart) && looksChosen(scan, text, value.start, value.end)));
  if (
    strong ? isSecret(scan, text, 'whole') : looksSecret(scan, text, value.start, value.end, flag ? 10 : 12)
  )
    scan.reportNamed(text, nameStart, value.start, value.end, name.category, `flag:${name.category}`);
}

/** An option: one or two hyphens and small letters. */
function isFlag(text: Text, at: number): boolean {
  const { codes, length } = text;
  if (codes[at] !== HYPHEN) return false;
  let p = at + 1;
  if (codes[p] === HYPHEN) p++;
  const from = p;
  while (p < length && codes[p] !== NUL && codes[p] !== EQUALS) {
    if ((CLASS[codes[p]!]! & ANY_LOWER) === 0 && codes[p] !== HYPHEN)
      return p - from === 1 && codes[p] === NUL;
    p++;
  }
  return p > from;
}

const SETTERS = new WordTable(
  'set put add config configure env setenv setx export update create write login secrets password passwd secret default'
    .split(' ')
    .map((word) => [word, 1]),
);

/** True when an element shortly before is a verb that sets something: `config set password x`. */
function isSet(text: Text, at: number): boolean {
  const { codes } = text;
  let end = at - 1;
  for (let elements = 0; elements < 3 && end > 0; elements++) {
    let start = end;
    while (start > 0 && codes[start - 1] !== NUL && end - start < 64) start--;
    let wordEnd = start;
    while (wordEnd < end && (CLASS[codes[wordEnd]!]! & LETTER) !== 0) wordEnd++;
    if (SETTERS.get(codes, start, wordEnd) !== 0) return true;
    let from = end;
    while (from > start && (CLASS[codes[from - 1]!]! & LETTER) !== 0) from--;
    if (from > start && SETTERS.get(codes, from, end) !== 0) return true;
    end = start - 1;
  }
  return false;
}

/** Only space between name and value: a flag in a command line, a line of a configuration, or prose. */
function apart(
  scan: Scan,
  text: Text,
  name: Name,
  nameStart: number,
  gapStart: number,
  at: number,
  flag: boolean,
): void {
  const { codes, length } = text;
  if (at >= length) return;
  if (codes[at]! <= 13 && codes[at] !== NUL) {
    if (codes[at - 1] === BACKSLASH) at = skipGap(text, at);
    else return;
  }
  if (codes[at] === BACKSLASH && codes[at + 1] === LF) at = skipGap(text, at + 1);
  if (flag) {
    if (codes[at] === HYPHEN && (CLASS[codes[at + 1] ?? 0]! & DIGIT) === 0) return;
    if (!readValue(scan, text, at, 'word') || !afterScheme(scan, text, name)) return;
    if (
      name.promise === 'strong'
        ? isSecret(scan, text, 'code') && !isProseWord(text)
        : looksSecret(scan, text, value.start, value.end, 10)
    )
      scan.reportNamed(text, nameStart, value.start, value.end, name.category, `flag:${name.category}`);
    return;
  }
  if (gapStart === at) return;
  const verb = verbAt(text, at);
  if (verb > 0) {
    let next = verb;
    while (next < length && (isSpace(codes[next]!) || codes[next] === COLON)) next++;
    judgeProse(scan, text, name, nameStart, next);
    return;
  }
  if (isQuotedAt(text, at) && name.promise === 'strong') {
    if (
      readValue(scan, text, at, 'word') &&
      value.quoted &&
      codes[value.next] !== COLON &&
      isSecret(scan, text, 'whole') &&
      (isSetting(text, nameStart) || looksChosen(scan, text, value.start, value.end))
    )
      scan.reportNamed(text, nameStart, value.start, value.end, name.category, `name:${name.category}`);
    return;
  }
  if (isSetting(text, nameStart)) {
    if (
      readValue(scan, text, at, 'word') &&
      (name.promise === 'strong'
        ? isSecret(scan, text, 'whole') && !isProseWord(text)
        : looksSecret(scan, text, value.start, value.end))
    )
      scan.reportNamed(text, nameStart, value.start, value.end, name.category, `name:${name.category}`);
    return;
  }
  if (readValue(scan, text, at, 'prose')) {
    trimSentence(text);
    if (looksSecret(scan, text, value.start, value.end, name.promise === 'strong' ? 10 : 16)) {
      scan.reportNamed(text, nameStart, value.start, value.end, name.category, `name:${name.category}`);
      return;
    }
  }
  if (name.promise === 'strong') further(scan, text, name, nameStart, at);
}

function isProseWord(text: Text): boolean {
  return (
    !value.quoted &&
    /^[a-z]{1,14}[.,:;)]?$/.test(text.slice(value.start, Math.min(value.end, value.start + 20)))
  );
}

/** End of ` is `, ` was `, ` to ` … at `at`, or 0. */
function verbAt(text: Text, at: number): number {
  for (const verb of [
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
  ]) {
    if (
      text.has(verb, at) &&
      (isSpace(text.codes[at + verb.length] ?? 0) || text.codes[at + verb.length] === COLON)
    )
      return at + verb.length;
  }
  return 0;
}

/** A value of prose, behind a verb or at some distance: it must look like one. */
function judgeProse(scan: Scan, text: Text, name: Name, nameStart: number, at: number): boolean {
  if (at >= text.length || text.codes[at] === SLASH || !readValue(scan, text, at, 'prose')) return false;
  if (!value.quoted) trimSentence(text);
  if (value.end <= value.start) return false;
  const fits =
    name.promise === 'strong'
      ? value.quoted
        ? (isSecret(scan, text, 'whole') && looksChosen(scan, text, value.start, value.end)) ||
          looksSecret(scan, text, value.start, value.end, 8)
        : looksChosen(scan, text, value.start, value.end) ||
          looksSecret(scan, text, value.start, value.end, 8)
      : looksSecret(scan, text, value.start, value.end, 16);
  if (fits)
    scan.reportNamed(text, nameStart, value.start, value.end, name.category, `prose:${name.category}`);
  return fits;
}

/** `password for alice is …`, `token (production): …`: a few words between the name and what ties it to its value. */
function further(scan: Scan, text: Text, name: Name, nameStart: number, from: number): void {
  const { codes } = text;
  const limit = Math.min(text.length, from + 48);
  for (let at = from; at < limit; at++) {
    const code = codes[at]!;
    if (code === COLON || code === EQUALS) {
      let next = at + 1;
      while (next < text.length && isSpace(codes[next]!)) next++;
      judgeProse(scan, text, name, nameStart, next);
      return;
    }
    if (code === 32) {
      const verb = verbAt(text, at + 1);
      if (verb > 0) {
        let next = verb;
        while (next < text.length && (isSpace(codes[next]!) || codes[next] === COLON)) next++;
        if (judgeProse(scan, text, name, nameStart, next)) return;
      }
      continue;
    }
    if (code < 32 || code === 59 || code === COMMA || code === PIPE) return;
  }
}

const SETTINGS = new WordTable(
  (
    'login machine user username account set setenv setx env arg put config configure define requirepass masterauth with identified ' +
    'enable alter create role grant connect auth psk add default export x'
  )
    .split(' ')
    .map((word) => [word, 1]),
);

/** True when the line before the name is that of a setting: `login x password y`, `ENV API_KEY y`, `setenv TOKEN y`. */
function isSetting(text: Text, nameStart: number): boolean {
  const { codes } = text;
  if (text.has('requirepass', nameStart) || text.has('masterauth', nameStart)) return true;
  let end = nameStart;
  const floor = Math.max(0, nameStart - 96);
  let words = 0;
  while (end > floor && words < 4) {
    while (end > floor && !isName(codes[end - 1]!)) {
      const code = codes[end - 1]!;
      if (code === NUL || code === 59 || code === PIPE) return false;
      end--;
    }
    let start = end;
    while (start > floor && isName(codes[start - 1]!)) start--;
    let from = start;
    while (from < end && codes[from] === HYPHEN) from++;
    words++;
    if (SETTINGS.get(codes, from, end) !== 0) return true;
    end = start;
  }
  return false;
}
