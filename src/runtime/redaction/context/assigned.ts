/**
 * A value behind `=`, `:`, `->` or in the next cell, on the same line or the next, quoted or not, in a block of YAML.
 *
 * In:  a subject and the position behind the sign that ties its value to it.
 * Out: a finding for the value.
 */
import {
  ALNUM,
  AMPERSAND,
  ANY_UPPER,
  APOSTROPHE,
  BACKSLASH,
  CLASS,
  CLOSE_BRACE,
  CLOSE_BRACKET,
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
  OPEN_PAREN,
  PIPE,
  QUESTION,
  QUOTE,
  SEMICOLON,
  SLASH,
} from '../characters.ts';
import type { Place } from '../harmless.ts';
import type { Scan } from '../scan.ts';
import type { Category } from '../sensitive-words.ts';
import { isUuid } from '../shape.ts';
import type { Text } from '../text.ts';
import { behindLength, behindMarkup, behindTag } from './before-value.ts';
import { onBlock, onNextLine, opensBlock } from './block.ts';
import { onPair } from './call.ts';
import { goesOnDrawn } from './drawn-sign.ts';
import { cookies } from './header.ts';
import { mayGoOn, onFallback, onFormat, onJoined, onTemplate, onTyped, onWrapped } from './indirect.ts';
import { found, judge, judgeNear, MADE_UP, type Subject, trimSentence } from './judgement.ts';
import { onLongString } from './long-string.ts';
import { onBraced, onDocument, onNested } from './nested.ts';
import { behindGap, behindSpace, quoted, startsElement, startsLine } from './places.ts';
import { hasParameters, isMount, moveBehindScheme, namesParameter } from './scheme.ts';
import { isSecret, looksChosen, looksSecret } from './secrecy.ts';
import { type Ending, readValue, value } from './value.ts';

export type Tie = 'equals' | 'colon' | 'arrow';

export function onTie(
  scan: Scan,
  text: Text,
  subject: Subject,
  afterTie: number,
  tie: Tie,
  flag: boolean,
): void {
  const { codes } = text;
  // A shell's `${DB_PASSWORD:?is missing}`: what is said when there is none.
  if (tie === 'colon' && codes[afterTie] === QUESTION && codes[subject.start - 1] === OPEN_BRACE) return;
  // `${DB_PASSWORD:-}`: nothing, where there is none.
  if (
    codes[afterTie] === CLOSE_BRACE &&
    codes[subject.start - 1] === OPEN_BRACE &&
    codes[afterTie - 1] === HYPHEN
  )
    return;
  let at = behindSpace(text, afterTie);
  if (tie === 'equals') at = behindLength(text, at);
  if (at >= text.length) return;
  if (codes[at] === NUL) {
    // `['--header=', 'value']`, `['Authorization:', 'Bearer …']`.
    if (text.mode !== 'argv' || at !== afterTie) return;
    if (tie === 'colon' && isPieceOfText(text, at + 1))
      onValue(scan, text, subject, at + 1, 'prose', 'prose');
    else onValue(scan, text, subject, at + 1, 'element', 'whole');
    return;
  }
  if (isGap(codes[at]!)) {
    onNextLine(scan, text, subject, at);
    return;
  }
  if (tie === 'colon') at = behindMarkup(text, at);
  if (tie === 'colon') at = behindTag(text, at);
  if (tie === 'colon' && (codes[at] === PIPE || codes[at] === GREATER) && opensBlock(text, at)) {
    onBlock(scan, text, subject, at);
    return;
  }
  if (onJoined(scan, text, subject, at)) return;
  // Rust: `const TOKEN: &'static str = "…"`.
  if (tie === 'colon' && text.has(STATIC, at)) at += STATIC.length;
  if (tie === 'equals' && OPENS_LONG[codes[at]! & 127] === 1 && onLongString(scan, text, subject, at)) return;
  if ((codes[at] === OPEN_BRACKET || codes[at] === LESS) && onEnclosed(scan, text, subject, at)) return;
  const spaced = at > afterTie;
  // Python puts strings in brackets together: `('ab'`, `'cd')` on the next line.
  if (codes[at] === OPEN_PAREN && isQuote(codes[at + 1]!) && !opensPair(text, at + 1)) at++;
  // An option has its sign right behind it; a quoted value behind a lone hyphen is a line that a patch takes away.
  if (flag && spaced && tie === 'equals' && !(startsPatchLine(text, subject.start) && quoted(text, at)))
    return;
  if (flag && isMount(text, subject.name, at)) return;
  if (codes[at] === BACKSLASH && codes[at + 1] === LF) at = behindGap(text, at + 1);
  const [ending, place] = endingOf(text, subject, tie, spaced, flag);
  onValue(scan, text, subject, at, ending, place);
  if (value.quoted && value.start > at) onChanged(scan, text, subject, value.next);
}

/** 1 for what a string without quotes may begin with. */
const OPENS_LONG = new Uint8Array(128);
for (const sign of '[<qQ%') OPENS_LONG[sign.charCodeAt(0)] = 1;

/**
 * `['tokens:', '512,']`, `['db_password:', 'Refreshing', 'state...']`: a line of a source or a message that a shell has split
 * into its words. True for one that goes on with a bracket, ends with what ends a word of it, or is no more than such a word.
 */
function isPieceOfText(text: Text, from: number): boolean {
  const { codes, length } = text;
  let end = from;
  let letters = 0;
  for (; end < length && codes[end] !== NUL && end - from < LONGEST_WORD; end++) {
    if (isSpace(codes[end]!)) return false;
    if ((CLASS[codes[end]!]! & LETTER) !== 0) letters++;
  }
  if (end === from || (end < length && codes[end] !== NUL)) return false;
  const first = codes[from]!;
  const last = codes[end - 1]!;
  return (
    first === OPEN_BRACE ||
    first === OPEN_BRACKET ||
    last === COMMA ||
    last === SEMICOLON ||
    last === CLOSE_BRACE ||
    last === CLOSE_BRACKET ||
    (letters === end - from && (CLASS[first]! & ANY_UPPER) !== 0 && end < length)
  );
}
const LONGEST_WORD = 64;

const STATIC = "&'static ";

/** `-password = "…"` at the start of a line. */
function startsPatchLine(text: Text, start: number): boolean {
  return start > 1 && text.codes[start - 1] === HYPHEN && text.codes[start - 2] === LF;
}

/** True when a comma follows the string at `quote`: `auth=('alice', '…')`. */
function opensPair(text: Text, quote: number): boolean {
  const { codes, length } = text;
  let end = quote + 1;
  while (end < length && end - quote < LONGEST_OF_PAIR && codes[end] !== codes[quote]) end++;
  return codes[behindGap(text, end + 1)] === COMMA;
}
const LONGEST_OF_PAIR = 256;

/** Logs put brackets around values: `token=[…]`, `token: <…>`. True when what stands in them was taken. */
function onEnclosed(scan: Scan, text: Text, subject: Subject, open: number): boolean {
  const { codes, length } = text;
  const opener = codes[open]!;
  // A list of objects, whose members have names of their own.
  if (opener === OPEN_BRACKET && codes[open + 1] === OPEN_BRACE) return false;
  const close = opener === LESS ? GREATER : CLOSE_BRACKET;
  let at = open + 1;
  while (
    at < length &&
    at - open < LONGEST_ENCLOSED &&
    !isGap(codes[at]!) &&
    codes[at] !== close &&
    codes[at] !== opener
  )
    at++;
  scan.work.read(at - open);
  if (codes[at] !== close) return false;
  value.start = open + 1;
  value.end = at;
  value.next = at + 1;
  value.quoted = false;
  return (
    !quoted(text, open + 1) && judgeNear(scan, text, subject, 'name', subject.name.promise === 'strong', 8)
  );
}

const LONGEST_ENCLOSED = 512;

/** `"old" -> "…"` of a plan: behind the value stands the one that takes its place. */
function onChanged(scan: Scan, text: Text, subject: Subject, from: number): void {
  const arrow = behindSpace(text, from);
  if (text.codes[arrow] !== HYPHEN || text.codes[arrow + 1] !== GREATER) return;
  const at = behindSpace(text, arrow + 2);
  if (quoted(text, at)) onValue(scan, text, subject, at, 'word', 'whole');
}

/** How a bare value ends there, and how it reads. */
function endingOf(text: Text, subject: Subject, tie: Tie, spaced: boolean, flag: boolean): [Ending, Place] {
  const { codes } = text;
  const { start, name } = subject;
  const before = start > 0 ? codes[start - 1]! : NUL;
  const inFragment = before === HASH && start > 1 && !isSpace(codes[start - 2]!);
  if (before === QUESTION || before === AMPERSAND || inFragment) return ['parameter', 'code'];
  if (tie === 'equals' && text.mode !== 'text' && startsElement(text, start))
    return [text.mode === 'path' ? 'word' : isLiteral(text, start) ? 'all' : 'element', 'whole'];
  const first = startsLine(text, start);
  if (tie === 'colon') {
    if (first && MAY_HAVE_SPACES.has(name.category)) return ['line', spaced ? 'prose' : 'code'];
    return spaced ? [first ? 'line' : 'prose', 'prose'] : ['word', 'code'];
  }
  return [first && !spaced && !flag ? 'line' : 'word', 'code'];
}

/**
 * True when the element is one assignment and nothing else: an option with its value, or `NAME=…` as a program takes it.
 * Not what stands behind `sh -c`, and no list of pairs.
 */
function isLiteral(text: Text, at: number): boolean {
  if (text.mode === 'env') return true;
  const { codes } = text;
  if (codes[at - 1] === HYPHEN) return true;
  let before = at;
  while (before > 0 && codes[before - 1] !== NUL) before--;
  // What ssh is given for the other host is a script.
  if (text.has('ssh\0', 0)) return false;
  const element = text.slice(before, Math.min(text.length, before + 300)).split('\0', 1)[0]!;
  if (!/^(?:--?[a-z-]+=)?[A-Z][A-Z0-9_]*=[^;&|()]*$/.test(element) || /,[A-Za-z_][\w.-]*=/.test(element))
    return false;
  // A script that begins with an assignment: `TOKEN=… ./run`.
  if (/ (?:\.{0,2}\/|--?[a-z]|[A-Z_]+=)/.test(element)) return false;
  return !/(?:^|\0)(?:-\w{0,3}c|[/-][Cc](?:ommand)?|--eval|eval)\0$/.test(
    text.slice(Math.max(0, before - 16), before),
  );
}

const MAY_HAVE_SPACES: ReadonlySet<Category> = new Set(['password', 'passphrase', 'mnemonic']);

/** Reads the value at `at` and judges it. */
export function onValue(
  scan: Scan,
  text: Text,
  subject: Subject,
  at: number,
  ending: Ending,
  place: Place,
): void {
  if (at >= text.length || !readValue(scan, text, at, ending)) return;
  const { name } = subject;
  if (!moveBehindScheme(scan, text, name)) return;
  // Most values begin with a letter or a digit, and no sign stands behind them: they are little of what is asked here.
  const opened = (CLASS[text.codes[value.start]!]! & ALNUM) === 0;
  if (opened && (isPattern(text) || onFormat(scan, text, subject) || onTemplate(scan, text, subject))) return;
  if (ending === 'line' && !value.quoted) endLine(text, name.category, place);
  if (place !== 'whole' && !value.quoted && text.has('...', value.end - 3)) return;
  if (!value.quoted) trimBare(text, subject, ending, place);
  const goesOn = opened || mayGoOn(text.codes[behindSpace(text, value.next)]!);
  if (value.end <= value.start || (goesOn && isParameter(text, place))) return;
  if (name.category === 'cookie' && hasParameters(text, value.start)) {
    cookies(scan, text, value.start);
    return;
  }
  const first = text.codes[value.start]!;
  if (opened && onOpened(scan, text, subject, first, place)) return;
  if (!value.quoted && place !== 'whole' && onWrapped(scan, text, subject)) return;
  if (
    !value.quoted &&
    (first === OPEN_BRACE || first === OPEN_BRACKET) &&
    ending !== 'element' &&
    ending !== 'all' &&
    !goesOnDrawn(text, value.start)
  )
    return;
  if (
    goesOn &&
    !value.quoted &&
    place !== 'whole' &&
    (onTyped(scan, text, subject) || onFallback(scan, text, subject))
  )
    return;
  // gsutil: `Credentials:gs_secret_access_key=…`; Redshift: `CREDENTIALS 'aws_access_key_id=…;…'`.
  if (name.category === 'credentials' && namesParameter(text, value.start)) return;
  if (goesOn && name.category === 'credentials' && !value.quoted && onBesideUser(scan, text, subject)) return;
  // `login/password: alice / …`, `auth-user-pass: alice / …`.
  if (goesOn && !value.quoted && name.category === 'password' && onBesideUser(scan, text, subject)) return;
  judge(scan, text, subject, place);
}

/** Takes off the value's end what belongs to the text around it. */
function trimBare(text: Text, subject: Subject, ending: Ending, place: Place): void {
  const { codes } = text;
  // `GET /x?api_key=…: connection refused`
  if (place === 'prose' || ending === 'parameter') trimSentence(text);
  const last = codes[value.end - 1];
  // `export API_KEY=…; ./run.sh`, as one argument.
  if ((ending === 'element' || ending === 'line') && last === SEMICOLON && isSpace(codes[value.end]!))
    value.end--;
  // `s/API_KEY=.*/API_KEY=…/`
  else if (last === SLASH && codes[subject.start - 1] === SLASH && isQuote(codes[value.end]!)) value.end--;
  else if (text.mode === 'path') {
    const extension = EXTENSION.exec(
      text.slice(Math.max(value.start, value.end - LONGEST_EXTENSION), value.end),
    );
    if (extension !== null) value.end -= extension[0].length;
  }
}
const LONGEST_EXTENSION = 6;
const EXTENSION =
  /\.(?:txt|log|json|ya?ml|env|conf|cfg|ini|key|pem|sock|tmp|bak|sh|py|js|ts|gz|zip|tar|csv|xml|pid|lock|db|md|html)$/;

/** What begins with the bracket `first`: a document, a pair, an object or a list. */
function onOpened(scan: Scan, text: Text, subject: Subject, first: number, place: Place): boolean {
  if (value.quoted)
    // A document in a string: `"SecretString":"{\"password\":\"…\"}"`.
    return first === OPEN_BRACE && onDocument(scan, text, subject);
  if (first === OPEN_PAREN) return place === 'code' && onPair(scan, text, subject, value.start);
  if (first === OPEN_BRACE && onBraced(scan, text, subject)) return true;
  return (first === OPEN_BRACE || first === OPEN_BRACKET) && onNested(scan, text, subject);
}

/** `s/^TOKEN=.*\/TOKEN=…/`: what is looked for, up to the name that takes its place. */
function isPattern(text: Text): boolean {
  return !value.quoted && (text.has('.*', value.start) || text.has('\\s+', value.start));
}

/** `credentials: alice / …`. */
function onBesideUser(scan: Scan, text: Text, subject: Subject): boolean {
  const sign = behindSpace(text, value.next);
  if (text.codes[sign] !== SLASH || !isSpace(text.codes[sign + 1]!)) return false;
  if (!readValue(scan, text, behindSpace(text, sign + 1), 'prose')) return false;
  trimSentence(text);
  return value.end > value.start && judgeNear(scan, text, subject, 'prose', true, 10);
}

/** `password = args => …`: what was read is the parameter of a function. */
function isParameter(text: Text, place: Place): boolean {
  if (place === 'whole' || value.quoted) return false;
  const sign = behindSpace(text, value.next);
  return sign > value.next && text.codes[sign] === EQUALS && text.codes[sign + 1] === GREATER;
}

/** A line's value with spaces: the words of a phrase belong together, anything else ends at the first gap. */
function endLine(text: Text, category: Category, place: Place): void {
  const { codes } = text;
  let gap = value.start;
  while (gap < value.end && !isSpace(codes[gap]!)) gap++;
  if (gap === value.end || category === 'mnemonic') return;
  const words = text.slice(value.start, Math.min(value.end, value.start + 200)).split(/[ \t]+/);
  const phrase =
    words.length >= 3 && words.length <= 24 && words.every((word) => /^[A-Za-z]{3,10}$/.test(word));
  const may = category === 'passphrase' || (category === 'password' && place === 'prose');
  if (phrase && may && !words.some((word) => SENTENCE_WORD.test(word))) return;
  value.end = gap;
  value.next = gap;
}

const SENTENCE_WORD =
  /^(?:the|a|an|is|are|was|be|for|and|or|not|must|with|your|you|has|have|this|that|from|does|will|can|required|invalid)$/i;

/** A quoted value behind a comma or `==`: `setenv("API_KEY", "…")`, `password == "…"`. */
export function onOtherSide(scan: Scan, text: Text, subject: Subject, from: number): void {
  let at = behindGap(text, from);
  if (text.has('<<"', at))
    at += 2; // Erlang: `{password, <<"…">>}`.
  else if (text.has('with: ', at)) at += 6; // Capybara: `fill_in 'Password', with: '…'`.
  if (!quoted(text, at) || !readValue(scan, text, at, 'word') || !moveBehindScheme(scan, text, subject.name))
    return;
  const { name } = subject;
  if (beginsAlike(text, subject.start)) return;
  if (name.promise === 'strong' && isUuid(text.codes, value.start, value.end))
    found(scan, text, subject, 'name');
  else judgeNear(scan, text, subject, 'name', MADE_UP.has(name.category), 8);
}

/** `'krb5_lucid_key', 'krb5_lucid_context'`: of a list of names, not a name and its value. */
function beginsAlike(text: Text, name: number): boolean {
  const { codes } = text;
  let size = 0;
  while (
    size < LEAST_ALIKE &&
    isName(codes[name + size]!) &&
    codes[name + size] === codes[value.start + size]
  )
    size++;
  if (size < LEAST_ALIKE) return false;
  let digits = 0;
  for (let at = value.start; at < value.end; at++) if ((CLASS[codes[at]!]! & DIGIT) !== 0) digits++;
  return digits <= MOST_NUMBERED;
}
const LEAST_ALIKE = 8;
/** Digits of a name, as in `rfc1964`. */
const MOST_NUMBERED = 6;

/** `- --token` and `- …` below it: arguments as a list of YAML. */
export function onNextItem(scan: Scan, text: Text, subject: Subject, lineEnd: number): void {
  const { codes } = text;
  const at = behindGap(text, lineEnd);
  if (codes[at] !== HYPHEN || !isSpace(codes[at + 1]!)) return;
  const item = behindSpace(text, at + 1);
  if (codes[item] !== HYPHEN) onValue(scan, text, subject, item, 'word', 'code');
}

/** The next cell of a table. */
export function onCell(scan: Scan, text: Text, subject: Subject, from: number): void {
  let at = behindSpace(text, from);
  if (isQuote(text.codes[at]!)) at++;
  if (readValue(scan, text, at, 'prose') && !isCommand(text))
    judgeNear(scan, text, subject, 'cell', true, 10);
}

/** SQL: `IDENTIFIED BY '…'`, `IDENTIFIED WITH plugin BY '…'`; `end` is behind `BY` or `WITH`. */
export function onIdentified(scan: Scan, text: Text, end: number): void {
  let at = behindGap(text, end);
  const limit = Math.min(text.length, at + 48);
  if (text.has('identified with', end - 15)) while (at < limit && !text.has('by ', at)) at++;
  if (text.has('by ', at)) at = behindGap(text, at + 3);
  const bare = text.codes[at] !== QUOTE && text.codes[at] !== APOSTROPHE;
  if (!readValue(scan, text, at, 'word') || !isSecret(scan, text, 'whole')) return;
  if (
    bare &&
    !looksChosen(scan, text, value.start, value.end) &&
    !looksSecret(scan, text, value.start, value.end, 8)
  )
    return;
  scan.reportNamed(text, end, value.start, value.end, 'password', 'name:password');
}

/** `… | base64 -d`: no cell of a table, but a program that the output before it goes to. */
function isCommand(text: Text): boolean {
  const { codes } = text;
  const option = behindSpace(text, value.end);
  const optional = option > value.end && codes[option] === HYPHEN && isName(codes[option + 1]!);
  return optional || (value.end - value.start === 6 && text.has('base64', value.start));
}
