/**
 * A name and its value with nothing but space or words between them: `--token …` in a command line, `login x password y`,
 * `ENV API_KEY …`, `the password for alice is …`, `using … as password`.
 *
 * In:  a subject and the position behind its name.
 * Out: a finding for a value; in prose only one that looks like a secret.
 */
import {
  BACKSLASH,
  BACKTICK,
  CLASS,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  DIGIT,
  DOLLAR,
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
  OPEN_BRACE,
  OPEN_PAREN,
  PIPE,
  SEMICOLON,
  SLASH,
  SPACE,
  UNDERSCORE,
} from '../characters.ts';
import { FewWords } from '../few-words.ts';
import type { Scan } from '../scan.ts';
import { isUuid } from '../shape.ts';
import type { Text } from '../text.ts';
import { WordTable } from '../word-table.ts';
import { COST } from '../work.ts';
import { endsLine, onLabel, onNextLine } from './block.ts';
import { VALUE_OPTIONS } from './element.ts';
import { onFlag } from './flag.ts';
import { found, isLonePass, isReference, judgeNear, type Subject, trimSentence } from './judgement.ts';
import { FARTHEST, isOnlyProse } from './only-prose.ts';
import { behindGap, behindSpace, quoted, startsLine } from './places.ts';
import { isResourceName, SHOWERS } from './resource.ts';
import { hasParameters, moveBehindScheme, namesParameter } from './scheme.ts';
import { isSecret } from './secrecy.ts';
import { readValue, value } from './value.ts';
import { isKeyId } from './well-known.ts';
import { onWritten } from './written.ts';

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
  if ((codes[gap - 1] === CLOSE_BRACE || codes[at] === CLOSE_BRACE) && isReferred(codes, subject.start))
    return;
  if (subject.start > 0 && codes[subject.start - 1] === EQUALS) return; // Itself a value: `-method=userpass …`.
  if (text.has('#define ', subject.start - 8) && isIdentifier(text, at)) return;
  // SQL: `GRANT SELECT ON secrets TO …`.
  if (text.has(' on ', subject.start - 4) && text.has('to ', at)) return;
  // `kubectl config set-credentials alice --token=…`: whose they are.
  if (text.has('set-credentials ', subject.start)) return;
  if (text.has('.htpasswd ', subject.start - 1)) return; // The file: `htpasswd -c .htpasswd alice`.
  // Redshift: `CREDENTIALS 'aws_access_key_id=…;…'` has names of its own.
  if (subject.name.category === 'credentials' && hasParameters(text, quoted(text, at) ? at + 1 : at)) return;
  if (flag) onFlag(scan, text, subject, at);
  else if (text.has('--plaintext ', at) || text.has('--iscrypted ', at))
    onSetting(scan, text, subject, behindSpace(text, at + 12)); // Kickstart: `rootpw --plaintext …`.
  else if (codes[at] === HYPHEN && ((CLASS[codes[at + 1]!]! & LETTER) !== 0 || codes[at + 1] === HYPHEN))
    onValueOption(scan, text, subject, at);
  else if (onWritten(scan, text, subject, at) || isOnlyProse(text, at)) return;
  else if (isShown(text, subject.start) && isResourceName(text, at)) return;
  else if (isRedisAuth(codes, subject.start, gap) && startsAuth(text, subject.start))
    onRedisAuth(scan, text, subject, at);
  else if (keyQuoted && quoted(text, at)) {
    // `user-secrets set "App:ApiKey" "…"`
    if (readValue(scan, text, at, 'word')) judgeNear(scan, text, subject, 'setting', true, 10);
  } else if (!keyQuoted && !(isSetting(text, subject.start) && onSetting(scan, text, subject, at)))
    onSentence(scan, text, subject, at);
}

/** `${TOKEN} …`, `{{ secrets.token }} …`: the value is put in there, and what stands behind is another word. */
function isReferred(codes: Uint16Array, nameStart: number): boolean {
  let at = nameStart;
  while (at > 0 && nameStart - at < LONGEST_REFERENCE && (codes[at - 1] === SPACE || isName(codes[at - 1]!)))
    at--;
  return at > 1 && codes[at - 1] === OPEN_BRACE && (codes[at - 2] === DOLLAR || codes[at - 2] === OPEN_BRACE);
}
const LONGEST_REFERENCE = 64;

/** `variable set DB_PASSWORD --body …`: an option that stands for the value; any other says nothing. */
function onValueOption(scan: Scan, text: Text, subject: Subject, at: number): void {
  const option = VALUE_OPTIONS.find((word) => text.has(word, at));
  const next = option === undefined ? 0 : at + option.length;
  if (
    next === 0 ||
    subject.name.promise !== 'strong' ||
    !(isSpace(text.codes[next]!) || text.codes[next] === EQUALS)
  )
    return;
  onFlag(scan, text, subject, text.codes[next] === EQUALS ? next + 1 : behindSpace(text, next));
}

/** `kubectl describe secret …`: the verb before the name shows something or removes it. */
function isShown(text: Text, nameStart: number): boolean {
  const { codes } = text;
  if (nameStart < 4 || codes[nameStart - 1] !== SPACE) return false;
  let start = nameStart - 1;
  while (start > 0 && isName(codes[start - 1]!) && nameStart - start < 12) start--;
  return SHOWERS.get(codes, start, nameStart - 1) !== 0;
}

/** Words of a program put together: a name for which the one before stands. */
function isIdentifier(text: Text, from: number): boolean {
  let joints = 0;
  let at = from;
  for (; isName(text.codes[at]!) && text.codes[at] !== HYPHEN; at++)
    if (text.codes[at] === UNDERSCORE) joints++;
  return joints >= 2 && (at >= text.length || isGap(text.codes[at]!));
}

function isRedisAuth(codes: Uint16Array, start: number, end: number): boolean {
  return (
    end - start === 4 &&
    codes[start] === 65 &&
    codes[start + 1] === 85 &&
    codes[start + 2] === 84 &&
    codes[start + 3] === 72
  );
}

/** At the start of a line, behind the prompt of a console, `127.0.0.1:6379> `, or behind `HELLO 3`. */
function startsAuth(text: Text, start: number): boolean {
  const { codes } = text;
  const prompt = start >= 3 && codes[start - 1] === SPACE && codes[start - 2] === GREATER;
  if (prompt && ((CLASS[codes[start - 3]!]! & DIGIT) !== 0 || codes[start - 3] === CLOSE_BRACKET))
    return true;
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

/** True when a value was found. */
function onSetting(scan: Scan, text: Text, subject: Subject, at: number): boolean {
  const verb = behindVerb(text, at);
  let from = verb > 0 ? verb : at;
  // Cisco IOS: a digit before the value says how it is written.
  if ((CLASS[text.codes[from]!]! & DIGIT) !== 0 && isSpace(text.codes[from + 1]!))
    from = behindSpace(text, from + 1);
  if (!readValue(scan, text, from, 'word') || !moveBehindScheme(scan, text, subject.name)) return false;
  // `kv put secret/token-store db_password=…`: a name of its own.
  if (!value.quoted && namesParameter(text, value.start) && !hasEarlySign(text.codes, value.start))
    return false;
  if (subject.name.promise === 'weak') return judgeNear(scan, text, subject, 'setting', false, 12);
  if (
    !isSecret(scan, text, 'code') ||
    isPlainWord(text) ||
    isPlainPair(text) ||
    isReference(text, subject.name)
  )
    return false;
  if ((subject.name.category === 'api-key' || subject.name.category === 'key') && isKeyId(text)) return false;
  found(scan, text, subject, 'setting');
  return true;
}

/** `z=6lH.qL`: chance put the sign there, no name is as short. */
function hasEarlySign(codes: Uint16Array, from: number): boolean {
  return codes[from + 1] === EQUALS || codes[from + 2] === EQUALS;
}

function onSentence(scan: Scan, text: Text, subject: Subject, at: number): void {
  const verb = behindVerb(text, at);
  if (isLonePass(text, subject.start)) {
    // Mostly the verb: `to pass an empty list`; but `the SMTP pass is …`.
    if (verb > 0 && TELLS.has(verbWord)) onWord(scan, text, subject, verb, false);
    else if (quoted(text, at)) onWord(scan, text, subject, at, false);
    else onMarked(scan, text, subject, at);
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

/** `the db pass for staging is \`…\``: what chats and pages set in another typeface, behind the verb or a colon. */
function onMarked(scan: Scan, text: Text, subject: Subject, from: number): void {
  const { codes } = text;
  const limit = Math.min(text.length, from + FARTHEST);
  let at = from;
  while (at < limit && codes[at] !== BACKTICK && codes[at]! >= SPACE) at++;
  scan.work.read(at - from);
  if (codes[at] === BACKTICK && (text.has(' is ', at - 4) || text.has(': ', at - 2)))
    onWord(scan, text, subject, at, false);
}

/** True when a word with a digit in it, of eight characters or more, stands at `at`: no word of a sentence. */
function endsWord(text: Text, at: number): boolean {
  const { codes } = text;
  let end = at;
  let digits = 0;
  while (!isGap(codes[end]!) && end - at < 128) if ((CLASS[codes[end++]!]! & DIGIT) !== 0) digits++;
  return digits > 0 && end - at >= 8;
}

/** Behind a dash: one word that looks drawn. */
export function onDashed(scan: Scan, text: Text, subject: Subject, at: number): void {
  onWord(scan, text, subject, at, false);
}

/** One word of prose, or one quoted string. `chosen`: it may be a password that someone made up. */
function onWord(scan: Scan, text: Text, subject: Subject, at: number, chosen: boolean): boolean {
  if (
    at >= text.length ||
    (text.codes[at] === SLASH && text.codes[at + 1] === SLASH) ||
    !readValue(scan, text, at, 'prose')
  )
    return false;
  if (value.quoted ? text.codes[value.next] === COLON : namesParameter(text, value.start)) return false;
  if (!value.quoted) trimSentence(text);
  // A structure that a program prints: its fields have names of their own.
  if (!value.quoted && text.codes[at] === OPEN_BRACE && text.codes[value.end - 1] !== CLOSE_BRACE)
    return false;
  return value.end > value.start && judgeNear(scan, text, subject, 'prose', chosen, 10);
}

/** `user/secret result=allow`: a field of a log, of two words. */
function isPlainPair(text: Text): boolean {
  return (
    !value.quoted &&
    value.end - value.start < 32 &&
    /^[a-z_]{2,16}=[a-z]{2,14}$/.test(text.slice(value.start, value.end))
  );
}

/** A small word of a sentence: `--password to …`. */
export function isPlainWord(text: Text): boolean {
  return (
    !value.quoted &&
    value.end - value.start < 16 &&
    /^(?:[A-Z]?[a-z]{1,14}|[A-Z]{2,6})[.,:;)]?$/.test(text.slice(value.start, value.end))
  );
}

/** `Das Passwort lautet …`, `la contrasena es …`. */
const FOREIGN_VERBS = ['ist', 'lautet', 'est', 'es', 'er', 'jest'];

const VERBS = new FewWords([
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
  ...FOREIGN_VERBS,
]);

/** Verbs that say what something is: what follows may be made up by a person. */
const TELLS: ReadonlySet<string> = new Set([
  'is',
  'is now',
  'was',
  'to',
  'equals',
  'reads',
  'becomes',
  ...FOREIGN_VERBS,
]);

let verbWord = '';

/** Behind ` is `, ` was: `, ` to ` … at `at`; 0 when there is none. */
function behindVerb(text: Text, at: number): number {
  const { codes } = text;
  for (const verb of VERBS.mayBe(text, at)) {
    const end = at + verb.length;
    if (!text.has(verb, at) || !(isSpace(codes[end]!) || codes[end] === COLON)) continue;
    verbWord = verb;
    let next = end;
    while (next < text.length && (isSpace(codes[next]!) || codes[next] === COLON)) next++;
    return next;
  }
  return 0;
}

/** `password for alice is …`, `token (production): …`: a few words between the name and what ties it to its value. */
function further(scan: Scan, text: Text, subject: Subject, from: number): void {
  const { codes } = text;
  const limit = Math.min(text.length, from + FARTHEST);
  scan.work.spend(COST.patterns);
  for (let at = from; at < limit; at++) {
    const code = codes[at]!;
    if (code === COLON && codes[at + 1] === SLASH) {
      while (at + 1 < limit && !isGap(codes[at + 1]!) && !isQuote(codes[at + 1]!)) at++; // A URL; its parameters have names of their own.
      continue;
    }
    if (code === COLON && text.has('arn:', at - 3)) return;
    if (code === COLON && isIdOf(text, subject, at)) return;
    if (code === COLON && endsLine(codes[at + 1]!)) {
      onNextLine(scan, text, subject, at + 1);
      return;
    }
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
  if (subject.name.category === 'password') onLabel(scan, text, subject, limit);
}

/** `api key id: …`: a UUID that says which key is meant. That of an AppRole's secret is one itself. */
function isIdOf(text: Text, subject: Subject, colon: number): boolean {
  if (!text.has(' id', colon - 3)) return false;
  if (text.has('secret id', subject.start) && !text.has('client ', subject.start - 7)) return false;
  const from = behindSpace(text, colon + 1);
  return isUuid(text.codes, from, from + UUID);
}
const UUID = 36;

const SETTINGS = new WordTable(
  (
    'login machine user username account set setenv setx env arg put config configure requirepass masterauth identified ' +
    'enable alter create role grant connect auth psk add default export x chap pap ppp'
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
