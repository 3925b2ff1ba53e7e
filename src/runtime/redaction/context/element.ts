/**
 * A value in the element behind its name: `['--password', '…']`, `['config', 'set', 'api_key', '…']`.
 *
 * In:  a subject, the start of its element, and the start of the next one.
 * Out: a finding for the whole next element.
 */
import {
  ANY_LOWER,
  CLASS,
  CLOSE_BRACE,
  COLON,
  EQUALS,
  HYPHEN,
  LETTER,
  NUL,
  OPEN_BRACE,
  SLASH,
} from '../characters.ts';
import { MARKER } from '../finding.ts';
import type { Scan } from '../scan.ts';
import { looksScrambled } from '../shape.ts';
import type { Text } from '../text.ts';
import { WordTable } from '../word-table.ts';
import { cookies } from './header.ts';
import { found, isFound, judgeNear, type Subject } from './judgement.ts';
import { onNested } from './nested.ts';
import { behindGap, startsElement } from './places.ts';
import { isResourceName, SHOWERS } from './resource.ts';
import { hasParameters, isMount, moveBehindScheme, namesParameter } from './scheme.ts';
import { isSecret, looksChosen, looksSecret } from './secrecy.ts';
import { value } from './value.ts';
import { isKeyId } from './well-known.ts';

export function onNextElement(
  scan: Scan,
  text: Text,
  subject: Subject,
  elementStart: number,
  at: number,
  flag: boolean,
): void {
  const { codes, length } = text;
  if (at >= length || codes[at] === NUL || isFound(text, subject, at)) return;
  // `kubectl config set-credentials alice --token=…`: whose they are.
  if (text.has('set-credentials\0', subject.start)) return;
  // The last part of a path, `kv put app/db/password …`, when something sets it.
  const before = codes[elementStart - 1];
  const path = before === SLASH && text.mode === 'argv';
  if (!flag && !startsElement(text, elementStart) && before !== COLON && !path) return;
  if (flag && (isMount(text, subject.name, at) || isConfigKey(text, at))) return;
  if (!flag && namesParameter(text, at)) return; // A name of its own: `db:seed ADMIN_PASSWORD=…`.
  if (codes[elementStart - 1] === EQUALS) return;
  if (isOption(text, at)) {
    // `variable set DB_PASSWORD --body …`: an option that stands for the value.
    const option = VALUE_ELEMENTS.find((word) => text.has(word, at));
    if (option !== undefined && !flag && (path || startsElement(text, elementStart)))
      onNextElement(scan, text, subject, elementStart, at + option.length, true);
    return;
  }
  let end = at;
  while (end < length && codes[end] !== NUL) end++;
  scan.work.read(end - at);
  // `env add DB_PASSWORD production --value …`: a word between, that says where.
  if (!flag && end - at < LONGEST_PLACE && VALUE_ELEMENTS.some((word) => text.has(word, end + 1))) {
    onNextElement(scan, text, subject, elementStart, end + 1, flag);
    return;
  }
  // OpenSSL: what stands before the colon says where the password is.
  value.start = text.has('pass:', at) ? at + 5 : at;
  value.end = end;
  value.quoted = true;
  value.next = end;
  if (!moveBehindScheme(scan, text, subject.name)) return;
  if (flag && subject.name.category === 'api-key') moveBehindIssuer(scan, text);
  if (subject.name.category === 'cookie' && hasParameters(text, at)) {
    cookies(scan, text, at);
    return;
  }
  const sure =
    subject.name.promise === 'strong' &&
    (flag ||
      (isSet(text, path ? elementOf(text, elementStart) : elementStart) &&
        (looksChosen(scan, text, value.start, value.end) ||
          looksScrambled(text.codes, value.start, value.end))));
  if (!sure && (path || (!flag && isResource(text, elementStart)))) return;
  if (!sure) judgeNear(scan, text, subject, 'flag', false, 12);
  else if (onObject(scan, text, subject)) return;
  else if (isSecret(scan, text, 'whole') && !(subject.name.category === 'key' && isKeyId(text)))
    found(scan, text, subject, 'flag');
}

/** aider: `--api-key openai=…`, the issuer before the key. */
function moveBehindIssuer(scan: Scan, text: Text): void {
  const { codes } = text;
  let at = value.start;
  while (at < value.end && at - value.start < LONGEST_ISSUER && (CLASS[codes[at]!]! & ANY_LOWER) !== 0) at++;
  if (at === value.start || codes[at] !== EQUALS) return;
  // The second look finds the first one's marker there.
  if (text.has(MARKER, at + 1) || looksSecret(scan, text, at + 1, value.end, 12)) value.start = at + 1;
}
const LONGEST_ISSUER = 24;

/** `config set --secret app:dbPassword …`: the flag says what kind of setting this is, its key follows. */
function isConfigKey(text: Text, at: number): boolean {
  const { codes, length } = text;
  if (!text.has('--secret', at - 9) || codes[at - 1] !== NUL) return false;
  let end = at;
  let colons = 0;
  for (; end < length && codes[end] !== NUL; end++) {
    if (codes[end] === COLON) colons++;
    else if ((CLASS[codes[end]!]! & LETTER) === 0 && codes[end] !== HYPHEN) return false;
  }
  return colons === 1 && end + 1 < length;
}

/** `kubectl get secret web-token-x7k2p`: behind a verb that shows or removes a resource, its name as clusters write it. */
function isResource(text: Text, elementStart: number): boolean {
  const { codes } = text;
  const verb = elementOf(text, elementStart - 1);
  if (elementStart < 2 || SHOWERS.get(codes, verb, elementStart - 1) === 0) return false;
  return isResourceName(text, value.start);
}

/** `--secret-string {"user": "app", "password": "…"}`: its keys stay. True when all of it was read. */
function onObject(scan: Scan, text: Text, subject: Subject): boolean {
  const { start, end } = value;
  if (text.codes[start] !== OPEN_BRACE || text.codes[end - 1] !== CLOSE_BRACE) return false;
  const read = onNested(scan, text, subject, true) && behindGap(text, value.next) === end - 1;
  value.start = start;
  value.end = end;
  value.quoted = true;
  return read;
}

/** That stand for the value of the name before them: `variable set DB_PASSWORD --body …`. */
export const VALUE_OPTIONS = ['--body', '--value', '--data'];
const VALUE_ELEMENTS = [...VALUE_OPTIONS, '-b', '-v'].flatMap((option) => [`${option}\0`, `${option}=`]);

const LONGEST_PLACE = 24;

/** Where the element that `at` lies in begins. */
function elementOf(text: Text, at: number): number {
  let start = at;
  while (start > 0 && text.codes[start - 1] !== NUL && at - start < LONGEST_PATH) start--;
  return start;
}
const LONGEST_PATH = 256;

/** An option: one or two hyphens and small letters, or one letter. */
function isOption(text: Text, at: number): boolean {
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
  'arg argjson set put add config configure env setenv setx export update create write login secrets password passwd secret default'
    .split(' ')
    .map((word) => [word, 1]),
);

/** True when one of the three elements before is a verb that sets something, alone or at its beginning or end. */
function isSet(text: Text, elementStart: number): boolean {
  const { codes } = text;
  let end = elementStart - 1;
  for (let elements = 0; elements < 3 && end > 0; elements++) {
    let start = end;
    while (start > 0 && codes[start - 1] !== NUL && end - start < 64) start--;
    let wordEnd = start;
    while (wordEnd < end && (CLASS[codes[wordEnd]!]! & LETTER) !== 0) wordEnd++;
    let wordStart = end;
    while (wordStart > start && (CLASS[codes[wordStart - 1]!]! & LETTER) !== 0) wordStart--;
    if (SETTERS.get(codes, start, wordEnd) !== 0 || SETTERS.get(codes, wordStart, end) !== 0) return true;
    end = start - 1;
  }
  return false;
}
