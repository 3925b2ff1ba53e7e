/**
 * Whether the value that was read last is a secret, given the name before it; and the finding if it is.
 *
 * In:  the value (value.ts), the name and what it promises (names.ts), the place it stands in.
 * Out: a finding, or nothing.
 */
import {
  AMPERSAND,
  ANY_UPPER,
  AT,
  BACKSLASH,
  CLASS,
  COLON,
  COMMA,
  DASH,
  DIGIT,
  DOT,
  EQUALS,
  HYPHEN,
  isGap,
  isName,
  isQuote,
  LETTER,
  NUL,
  OPEN_BRACE,
  OPEN_PAREN,
  QUESTION,
  QUOTE,
  SEMICOLON,
  SPACE,
  UNDERSCORE,
} from '../characters.ts';
import type { Place } from '../harmless.ts';
import { PRIMARY_KEY, SECRET_ID } from '../names.ts';
import type { Scan } from '../scan.ts';
import { type Category, type Name, ONE_TIME } from '../sensitive-words.ts';
import { isDigits, isUuid, looksMixed, looksScrambled, looksWritten } from '../shape.ts';
import type { Text } from '../text.ts';
import { isCall, isSecret, looksChosen, looksSecret } from './secrecy.ts';
import { value } from './value.ts';
import { isKeyId, isOfOpenPgp, isOfPasswd, isTestResult, isTlsSession } from './well-known.ts';

/** A name that was found, and where it begins. */
export interface Subject {
  readonly name: Name;
  readonly start: number;
}

/** Least characters of a drawn value behind a weak name: `key` stands before much else. */
function leastOf(name: Name): number {
  return name.category === 'key' ? 16 : 12;
}

/** The word of the name, which ends before `end`, was found already, as in `mysql -pPassword123 shop`: a secret, and no flag. */
export function isFound(text: Text, { start }: Subject, end: number): boolean {
  return text.isFound(start, end);
}

/** The value is tied to the name by a sign. */
export function judge(scan: Scan, text: Text, subject: Subject, place: Place): void {
  const { name } = subject;
  if ((!value.quoted && isCalled(text)) || isOfRow(text, name) || isVersioned(text, subject.start)) return;
  if (name.promise === 'weak') {
    if (isTlsSession(text, subject.start) || isOfOpenPgp(text, subject.start)) return;
    if (isNamedWithin(text)) return;
    if (isPin(text, name)) {
      found(scan, text, subject, 'name');
      return;
    }
    const uuid = isUuid(text.codes, value.start, value.end) && mayBeUuid(text, subject);
    if (!uuid && !looksSecret(scan, text, value.start, value.end, leastOf(name))) {
      const made = text.mode === 'env' && !isSessionOfTerminal(text, subject) && isMade(scan, text);
      if (!made && scan.kindOf(text, subject.start, value.start, value.end) === undefined) return;
    }
  } else if (place === 'prose' && isLonePass(text, subject.start)) {
    if (!isTestResult(text, subject.start)) judgeNear(scan, text, subject, 'name', true, 10);
    return;
  } else if (
    !isSecret(scan, text, isArgument(text, subject) ? 'whole' : place) &&
    !isWordsOfPassword(text, subject) &&
    !isPhrase(text, name)
  )
    return;
  else if (isReference(text, name)) return;
  else if (name.category === 'password' && isOfPasswd(text, subject.start)) return;
  found(scan, text, subject, 'name');
}

/** `COMPOSER_AUTH={"http-basic":{"repo.acme.io":{"username":"ci","password":"…"}}}`: a name in the document says which part it is. */
function isNamedWithin(text: Text): boolean {
  const { start, end } = value;
  if (text.codes[start] !== OPEN_BRACE || text.codes[start + 1] !== QUOTE) return false;
  return NAMED_WITHIN.test(text.slice(start, Math.min(end, start + LONGEST_DOCUMENT)));
}
const LONGEST_DOCUMENT = 1024;
const NAMED_WITHIN = /"(?:password|token|secret|bearer)" ?: ?"/;

/** `USER_PIN=821556`: four digits or more. What pins and limits of programs are set to has fewer. */
function isPin(text: Text, name: Name): boolean {
  const size = value.end - value.start;
  return (
    name === ONE_TIME && size >= LEAST_PIN && size <= MOST_PIN && isDigits(text.codes, value.start, value.end)
  );
}
const LEAST_PIN = 4;
const MOST_PIN = 8;

/**
 * `-Dgpg.passphrase=blue.cactus.rocket`: an element that is an option with its value, which no program reads as an expression. Of what
 * people make up themselves: a type or a class may be handed on so as a key.
 */
function isArgument(text: Text, { name, start }: Subject): boolean {
  const { codes, length } = text;
  if (text.mode !== 'argv' || value.quoted || !PHRASED.has(name.category)) return false;
  if (value.end < length && codes[value.end] !== NUL) return false;
  let at = start;
  while (at > 0 && start - at < LONGEST_VARIABLE && codes[at - 1] !== NUL && isName(codes[at - 1]!)) at--;
  return codes[at] === HYPHEN && (at === 0 || codes[at - 1] === NUL);
}

/** `--set-secrets=DB_PASSWORD=orders-db:latest`: the name of a secret and its version. */
function isVersioned(text: Text, start: number): boolean {
  if (!text.has('-secrets', start - 9)) return false;
  return VERSIONED.test(text.slice(value.start, Math.min(value.end, value.start + 80)));
}
const VERSIONED = /^[a-z][a-z0-9-]{1,60}:(?:latest|\d{1,4})$/;

/** `ADMIN_PASSWORD=HunterCoffee`: a type by its look, yet what a shell's variable of that name is set to is a password. */
function isWordsOfPassword(text: Text, { name, start }: Subject): boolean {
  const { codes } = text;
  if (value.quoted || !MADE_UP.has(name.category) || codes[value.start - 1] !== EQUALS) return false;
  for (let at = start; at < value.start - 1; at++)
    if ((CLASS[codes[at]!]! & (ANY_UPPER | DIGIT)) === 0 && codes[at] !== UNDERSCORE) return false;
  const shown = text.slice(value.start, Math.min(value.end, value.start + LONGEST_VARIABLE));
  return WORDS.test(shown) && !OF_PROGRAMS.test(shown);
}
const WORDS = /^[A-Z][a-z]{2,14}(?:[A-Z][a-z]{2,14}){1,3}$/;
/** Words of names in programs rather than of passwords. */
const OF_PROGRAMS =
  /Pass|Secret|Token|Key|Cred|Auth|Value|String|Type|Name|Config|Param|Default|Get|From|With|Your|None|Null|Env|Encrypt|Hash|File|Field|Provider|Manager/;

/**
 * Whether a UUID behind a weak name may be the secret itself. One behind `session_id` says of which session a line of a log is,
 * an agent's most of all; that of a browser stands in a cookie, which is looked at as such.
 */
function mayBeUuid(text: Text, { name, start }: Subject): boolean {
  if (name.category === 'key') return isParameterOfUrl(text, start) || isOfEnvironment(text, start);
  if (value.quoted) return name === SECRET_ID || endsInPat(text, start);
  return name.category !== 'session' || !SESSION.test(text.slice(start, value.start));
}
/** `"OVSX_PAT": "<uuid>"`: a personal access token by its name. */
function endsInPat(text: Text, start: number): boolean {
  let end = start;
  while (end - start < LONGEST_VARIABLE && isName(text.codes[end]!)) end++;
  return text.has('_pat', end - 4);
}

/** `WT_SESSION`, `TERM_SESSION_ID`: a UUID, of which window this is. */
function isSessionOfTerminal(text: Text, { name, start }: Subject): boolean {
  if (name.category !== 'session' || !isUuid(text.codes, value.start, value.end)) return false;
  return SESSION.test(text.slice(start, value.start));
}

/** Not `JSESSIONID` and `PHPSESSID`, which are cookies wherever they stand. */
const SESSION = /(?:^|[^A-Za-z])[Ss]ession|(?:^|[^A-Za-z])SESSION|[a-z]Session/;

/** `https://…/?key=…`: what a service is called with. */
function isParameterOfUrl(text: Text, start: number): boolean {
  const before = start > 0 ? text.codes[start - 1]! : 0;
  return (before === QUESTION || before === AMPERSAND) && text.has('key=', start);
}

/** `GRAPHHOPPER_KEY`: a key of something, as the variables of an environment are named. */
function isOfEnvironment(text: Text, start: number): boolean {
  const { codes } = text;
  let at = start;
  let joints = 0;
  for (; at - start < LONGEST_VARIABLE; at++) {
    const flags = CLASS[codes[at]!]!;
    if (codes[at] === UNDERSCORE) joints++;
    else if ((flags & (ANY_UPPER | DIGIT)) === 0) break;
  }
  return joints > 0 && text.has('_key', at - 4) && !isName(codes[at]!);
}
const LONGEST_VARIABLE = 64;

/** In an environment, behind a name that is a key at least: a UUID, or what is neither word nor number. */
function isMade(scan: Scan, text: Text): boolean {
  const { start, end } = value;
  if (isUuid(text.codes, start, end)) return true;
  return end - start >= 8 && looksChosen(scan, text, start, end) && !looksWritten(text.codes, start, end, 66);
}

/** `pass` alone is also what tests and people do. */
export function isLonePass(text: Text, start: number): boolean {
  return (
    text.has('pass', start) &&
    !isName(text.codes[start + 4]!) &&
    (start === 0 || !isName(text.codes[start - 1]!))
  );
}

/** Words behind a name whose values people do not make up: `token = ndef`, `key: EndOfFile`, `KEY = 'v1_client'`. */
export function isReference(text: Text, name: Name): boolean {
  if (MADE_UP.has(name.category)) return false;
  let digits = 0;
  let joints = 0;
  if (repeatsName(text)) return true;
  for (let at = value.start; at < value.end; at++) {
    const code = text.codes[at]!;
    const flags = CLASS[code]!;
    if ((flags & DIGIT) !== 0) {
      // A digit within a word, `v1_client`; behind one it is someone's choice, `lantern42`.
      digits++;
      if (at + 1 >= value.end || (CLASS[text.codes[at + 1]!]! & (LETTER | DASH)) === 0) return false;
    } else if ((flags & LETTER) === 0) {
      joints++;
      if ((flags & DASH) === 0 && code !== DOT && code !== COMMA && code !== SEMICOLON) return false;
    }
  }
  // A digit here and one there in a single short word, `9COA4roQ`: chance put them there.
  const size = value.end - value.start;
  if (digits >= 2 && joints === 0 && size >= LEAST_TOKEN && size <= LONGEST_SHORT) return false;
  return (
    digits <= 2 &&
    value.end - value.start < 80 &&
    looksWritten(text.codes, value.start, value.end, digits > 0 ? 80 : 66)
  );
}
const LEAST_TOKEN = 8;
const LONGEST_SHORT = 13;
/** `PrivateKey = PrivateKey_1`: an identifier that begins as the one before the sign does. */
function repeatsName(text: Text): boolean {
  const { codes } = text;
  if (value.quoted) return false;
  let name = value.start;
  while (name > 0 && !isName(codes[name - 1]!) && value.start - name < 4) name--;
  let size = 0;
  while (name > size && isName(codes[name - size - 1]!) && size < 64) size++;
  if (size < 6 || value.end - value.start < size) return false;
  for (let i = 0; i < size; i++) if (codes[name - size + i] !== codes[value.start + i]) return false;
  return true;
}

/** What people make up themselves, out of words as well. */
export const MADE_UP: ReadonlySet<Category> = new Set([
  'password',
  'passphrase',
  'secret',
  'mnemonic',
  'authorization',
  'credentials',
]);

/** The value only stands near the name: it must look drawn, or chosen with care. */
export function judgeNear(
  scan: Scan,
  text: Text,
  subject: Subject,
  rule: string,
  chosen: boolean,
  least: number,
): boolean {
  const strong = subject.name.promise === 'strong';
  if (subject.name.category === 'session' && isTlsSession(text, subject.start)) return false;
  if (value.quoted && isResource(text, subject)) return false;
  if ((KEYS.has(subject.name.category) && isKeyId(text)) || isOfRow(text, subject.name)) return false;
  if (value.quoted ? hasSpace(text) || text.codes[value.start] === OPEN_BRACE : isCalled(text)) return false;
  const fits =
    ((strong ||
      subject.name === SECRET_ID ||
      isOfEnvironment(text, subject.start) ||
      (rule === 'prose' && text.has('invalid ', subject.start - 8))) &&
      isUuid(text.codes, value.start, value.end)) ||
    looksSecret(scan, text, value.start, value.end, strong ? least : 16) ||
    (strong &&
      ((chosen && looksChosen(scan, text, value.start, value.end)) ||
        (chosen && PHRASED.has(subject.name.category) && isNumber(text)) ||
        (PHRASED.has(subject.name.category) && isPhraseOfWords(text)) ||
        (value.quoted && looksScrambled(text.codes, value.start, value.end))));
  if (fits) found(scan, text, subject, rule);
  return fits;
}

/** `The password is 8196011889`: more digits than counts and ports have, and no date or second of an epoch. */
function isNumber(text: Text): boolean {
  const { start, end } = value;
  if (end - start < LEAST_NUMBER || end - start > MOST_NUMBER || !isDigits(text.codes, start, end))
    return false;
  return !/^(?:1[5-9]\d{8}|(?:19|20)\d{6})$/.test(text.slice(start, end));
}
const LEAST_NUMBER = 8;
const MOST_NUMBER = 12;

/** Behind the name of a password: `--password river.stone.falcon.winter`, which reads as a member of something. */
export function isPhrase(text: Text, name: Name): boolean {
  return !value.quoted && PHRASED.has(name.category) && isPhraseOfWords(text);
}

/** `secret "agent-token-xlti3" not found`: what a cluster calls it. */
function isResource(text: Text, { start }: Subject): boolean {
  if (!text.has('secret "', start) || value.start - start !== 8) return false;
  return RESOURCE.test(text.slice(value.start, Math.min(value.end, value.start + 80)));
}
const RESOURCE = /^[a-z]{2,24}(?:-[a-z]{2,24}){1,4}-[a-z0-9]{5}$/;

/** `river-stone-falcon-winter`: words that were drawn, four or more, none of them as sentences and labels have them. */
export function isPhraseOfWords(text: Text): boolean {
  const { start, end } = value;
  if (end - start < LEAST_PHRASE || end - start > MOST_PHRASE) return false;
  const shown = text.slice(start, end);
  return PHRASE.test(shown) && !LABEL.test(shown) && !HOST.test(shown);
}
const LEAST_PHRASE = 18;
const MOST_PHRASE = 64;
const PHRASE = /^[a-z]{3,10}(?:([-_.])[a-z]{3,10})(?:\1[a-z]{3,10}){2,6}\d{0,4}$/;
const LABEL =
  /(?:^|[-_.])(?:pass\w*|pwd|secrets?|tokens?|keys?|auth\w*|login|user|admin|your|the|for|with|and|not|must|has|from|file|path|name|url|env|prod\w*|dev|test\w*|stag\w*|config\w*|default|example|change\w*|reset|invalid|expired?|required|missing|policy|database|service|server|client|app|api|cluster|role|group|min|max|least|most|contain\w*|should|match|field|input|value|string|error|page|form|hash\w*|encrypt\w*|manag\w*|credential\w*|account|backup|params?|props|args?|opts?|options?|self|this|req(?:uest)?|resp(?:onse)?|body|data|state|obj|ctx|context|session|settings?|attrs?|process|vars?)(?=$|[-_.\d])/;
/** `cdn.shop.example.net`. */
const HOST = /\.(?:com|net|org|io|dev|local|localdomain|internal|cloud|svc|test|example|app|info)$/;
const PHRASED: ReadonlySet<Category> = new Set(['password', 'passphrase']);

/** The key of a table's row rather than that of a cloud's account. */
function isOfRow(text: Text, name: Name): boolean {
  return name === PRIMARY_KEY && !looksMixed(text.codes, value.start, value.end);
}

/** What may be the name of a public key as well. */
const KEYS: ReadonlySet<Category> = new Set(['key', 'api-key', 'signature']);

/** `EC_KEY *d2i_EC_PUBKEY_fp(FILE …`: a declaration, or a call. */
function isCalled(text: Text): boolean {
  const { start, end } = value;
  for (let at = start; at < end && at - start < 96; at++)
    if (text.codes[at] === OPEN_PAREN)
      return !hasSigns(text) && isCall(text, start, end, text.slice(start, Math.min(end, start + 120)));
  return false;
}

/** So many signs that operators are never without spaces: the secret of a framework, drawn from all that can be typed. */
function hasSigns(text: Text): boolean {
  if (value.end - value.start < LEAST_SIGNED) return false;
  let signs = 0;
  for (let at = value.start; at < value.end; at++) if (SIGNS.has(text.codes[at]!)) signs++;
  return signs >= MOST_OPERATORS;
}
const LEAST_SIGNED = 24;
const MOST_OPERATORS = 5;
const SIGNS: ReadonlySet<number> = new Set([...'!@#$%^*+=~-'].map((sign) => sign.charCodeAt(0)));

function hasSpace(text: Text): boolean {
  for (let at = value.start; at < value.end; at++) if (text.codes[at] === SPACE) return true;
  return false;
}

/** `\\fIrole\\fR`, `\\f5HOME/.kube/config\\fR`: what the page of a manual sets in a typeface of its own stands for something. */
function isInRoff(text: Text): boolean {
  const { codes } = text;
  if (codes[value.start] !== BACKSLASH || codes[value.start + 1] !== SMALL_F) return false;
  const face = codes[value.start + 2]!;
  return face === CAPITAL_I || face === CAPITAL_B || face === DIGIT_FIVE;
}
const SMALL_F = 102;
const CAPITAL_I = 73;
const CAPITAL_B = 66;
const DIGIT_FIVE = 53;

export function found(scan: Scan, text: Text, subject: Subject, rule: string): void {
  if (isInRoff(text)) return;
  const { category } = subject.name;
  // Names within the value go with it, but for one at its end that has a value of its own: `…&password: …`.
  scan.nameEnd = Math.max(scan.nameEnd, beforeLastName(text));
  const user = category === 'password' && USER_AND_PASS.test(text.slice(subject.start, value.start));
  if (category === 'credentials' || category === 'authorization' || category === 'token' || user)
    moveBehindUser(text);
  scan.reportNamed(text, subject.start, value.start, value.end, category, `${rule}:${category}`);
}

/** `user_pass=alice:…`, `chpasswd <<< "alice:…"`. */
const USER_AND_PASS = /^chpasswd\s?<<<?\s?["']?$|^(?:\w{1,24}[-_.])?user[-_]?pass["']?\s?[=:]\s?["']?$/i;

/** The value's end, or where the name begins that stands there, before what ties a value to it. */
function beforeLastName(text: Text): number {
  const { codes } = text;
  const { start } = value;
  // A colon or a sign of equality behind the name may have been taken for a sign of the value.
  const tied = codes[value.end - 1] === COLON || codes[value.end - 1] === EQUALS;
  const end = tied ? value.end - 1 : value.end;
  const next = codes[end]!;
  if (next !== EQUALS && next !== COLON && next !== SPACE && !isQuote(next)) return value.end;
  let at = end;
  while (at > start && end - at < LONGEST_SWALLOWED && isName(codes[at - 1]!)) at--;
  if (at === end || at === start || end - at === LONGEST_SWALLOWED) return value.end;
  const option = codes[at] === HYPHEN && codes[at + 1] === HYPHEN;
  return next !== SPACE || option ? at : value.end;
}
const LONGEST_SWALLOWED = 40;

/** `credentials: alice:…`: the user stays. */
function moveBehindUser(text: Text): void {
  const { codes } = text;
  let at = value.start;
  while (at < value.end && at - value.start < 32 && (CLASS[codes[at]!]! & (LETTER | DASH)) !== 0) at++;
  if (at > value.start && codes[at] === COLON && value.end - at > 4 && codes[at + 1] !== COLON)
    value.start = at + 1;
  else return;
  // Go: `alice:…@tcp(db:3306)/app`.
  for (let sign = value.start + 1; sign < value.end; sign++)
    if (codes[sign] === AT && (text.has('tcp(', sign + 1) || text.has('unix(', sign + 1))) value.end = sign;
}

/** Takes the punctuation of a sentence off the value's end. */
export function trimSentence(text: Text): void {
  const { codes } = text;
  if (value.end < text.length && !isGap(codes[value.end]!)) return;
  while (value.end > value.start + 1) {
    const code = codes[value.end - 1]!;
    if (code !== DOT && code !== COMMA && code !== COLON && code !== SEMICOLON && code !== QUESTION) return;
    value.end--;
  }
}
