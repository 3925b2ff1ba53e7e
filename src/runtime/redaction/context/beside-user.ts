/**
 * A password beside its user, and nothing that names it: `login: alice / …`, `logged in as alice with …`, `u: alice p: …`.
 *
 * In:  a text and where the words before the user, or before the password, end.
 * Out: a finding for a word that looks drawn, or chosen as passwords are.
 */
import { AT, BACKSLASH, COLON, isName, isSpace, SLASH } from '../characters.ts';
import type { Scan } from '../scan.ts';
import type { Text } from '../text.ts';
import { COST } from '../work.ts';
import { trimSentence } from './judgement.ts';
import type { LineReader } from './line-words.ts';
import { behindSpace } from './places.ts';
import { looksMade } from './secrecy.ts';
import { readValue, value } from './value.ts';

const LONGEST_USER = 64;

/** Behind the user's name at `from`. */
function behindUser(text: Text, from: number): number {
  const { codes } = text;
  let at = from;
  while (
    at - from < LONGEST_USER &&
    (isName(codes[at]!) || codes[at] === AT || (codes[at] === BACKSLASH && codes[at + 1] !== 110))
  )
    at++;
  return at;
}

function take(scan: Scan, text: Text, at: number): void {
  if (at >= text.length || !readValue(scan, text, at, 'prose')) return;
  if (!value.quoted) trimSentence(text);
  const { start, end } = value;
  if (looksMade(scan, text, start, end, 8))
    scan.reportNamed(text, Math.max(0, start - 16), start, end, 'password', 'beside-user');
}

/** `login: alice / …` */
function onSlash(scan: Scan, text: Text, end: number): void {
  const { codes } = text;
  const user = behindSpace(text, end);
  const at = behindUser(text, user);
  scan.work.read(at - end);
  const sign = behindSpace(text, at);
  if (at > user && sign > at && codes[sign] === SLASH && isSpace(codes[sign + 1]!))
    take(scan, text, behindSpace(text, sign + 1));
}

/** Words between a user and its password. */
const BETWEEN = ['with ', 'using ', '/ ', ': '];

/** `logged in as alice with …` */
function onSignedIn(scan: Scan, text: Text, end: number): void {
  const at = behindUser(text, end);
  scan.work.spend(COST.string);
  const next = text.codes[at] === COLON ? at : behindSpace(text, at);
  const word = at > end ? BETWEEN.find((between) => text.has(between, next)) : undefined;
  if (word !== undefined) take(scan, text, behindSpace(text, next + word.length));
}

/** `u: alice p: …`; ` p: ` ended at `end`. */
function onShort(scan: Scan, text: Text, end: number): void {
  scan.work.spend(COST.string);
  if (USER_BEFORE.test(text.slice(Math.max(0, end - LONGEST_USER), end))) take(scan, text, end);
}
const USER_BEFORE = /\bu(?:ser(?:name)?)?: ?\S{1,48},? ?\/? p: $/i;

export const BESIDE_USER: ReadonlyMap<string, LineReader> = new Map<string, LineReader>([
  ...['login: ', 'sign-in: ', 'user: ', 'account: ', 'user-pass: '].map((word): [string, LineReader] => [
    word,
    onSlash,
  ]),
  ...['logged in as ', 'log in as ', 'login as ', 'sign in as ', 'signed in as '].map(
    (word): [string, LineReader] => [word, onSignedIn],
  ),
  [' p: ', onShort],
]);
