/**
 * Which names promise a secret: `DB_PASSWORD`, `x-api-key`, `clientSecret`, `requirepass`.
 *
 * In:  an identifier as it stands in the text.
 * Out: its category (which names the kind) and how much it promises, or nothing: `password_file`, `max_tokens`,
 *      `public_key`, `keyboard`, `author`.
 *
 * An identifier is split into words at `_ - .`, digits and humps. The last sensitive word decides, unless a word
 * behind it says that the value is only about the secret (`_file`, `_id`, `_ttl`), or one before it that it is
 * none (`public_`, `max_`).
 */
import { ALNUM, ANY_LOWER, ANY_UPPER, CLASS, LETTER, PLUS, SLASH } from './characters.ts';
import {
  type Category,
  DENYING,
  DOUBTING,
  NAMES,
  type Name,
  PLACES_OF_USE,
  SUFFIXES,
  TABLE,
  WORD,
} from './sensitive-words.ts';

const STRONG_KEY: Name = { category: 'api-key', promise: 'strong' };
const RECOVERY_CODE: Name = { category: 'secret', promise: 'strong' };
const MNEMONIC: Name = { category: 'mnemonic', promise: 'strong' };

function sensitiveWord(codes: Uint16Array, start: number, end: number, flags: number): Name | undefined {
  const index = flags & WORD.sensitive;
  if (index !== 0) return NAMES[index];
  if (
    end - start < 7 ||
    (flags & WORD.about) !== 0 ||
    ENDINGS[ending(codes[end - 2]!, codes[end - 1]!)] === 0
  )
    return undefined;
  for (const [suffix, name] of SUFFIXES) {
    const from = end - suffix.length;
    if (from < start) continue;
    let i = 0;
    while (i < suffix.length && (codes[from + i]! | 32) === suffix.charCodeAt(i)) i++;
    if (i === suffix.length) return name;
  }
  return undefined;
}

/** Two letters, in any case. */
function ending(one: number, other: number): number {
  return ((one & 31) << 5) | (other & 31);
}
/** 1 for the last two letters of a suffix: most long words end otherwise. */
const ENDINGS = new Uint8Array(1024);
for (const [suffix] of SUFFIXES)
  ENDINGS[ending(suffix.charCodeAt(suffix.length - 2), suffix.charCodeAt(suffix.length - 1))] = 1;

/** `VAULT_SECRET_ID`: of an AppRole it is what a password is elsewhere, and a UUID. */
export const SECRET_ID: Name = { category: 'secret', promise: 'weak' };

function isNew(codes: Uint16Array, start: number, end: number): boolean {
  return (
    end - start === 3 &&
    (codes[start]! | 32) === 110 &&
    (codes[start + 1]! | 32) === 101 &&
    (codes[start + 2]! | 32) === 119
  );
}

/** `primaryKey` of a cloud's account, and of a table's row: only what is drawn and as long as the first. */
export const PRIMARY_KEY: Name = { category: 'key', promise: 'weak' };

/** A quick look behind `primary_key`: so many characters of base64 that it may be that of an account. */
export function mayBeOfAccount(codes: Uint16Array, end: number, length: number): boolean {
  let at = end;
  while (at < length && at - end < LONGEST_TIE && (CLASS[codes[at]!]! & ALNUM) === 0) at++;
  if (isValueField(codes, at)) at += VALUE_FIELD.length;
  while (at < length && at - end < 2 * LONGEST_TIE + VALUE_FIELD.length && (CLASS[codes[at]!]! & ALNUM) === 0)
    at++;
  const from = at;
  while (at < length && at - from < LEAST_OF_ACCOUNT) {
    const code = codes[at]!;
    if ((CLASS[code]! & ALNUM) === 0 && code !== PLUS && code !== SLASH) return false;
    at++;
  }
  return at - from === LEAST_OF_ACCOUNT;
}
const LONGEST_TIE = 8;
/** `"name": "primaryKey", "value": "…"`. */
const VALUE_FIELD = 'value';

function isValueField(codes: Uint16Array, at: number): boolean {
  for (let i = 0; i < VALUE_FIELD.length; i++)
    if ((codes[at + i]! | 32) !== VALUE_FIELD.charCodeAt(i)) return false;
  return true;
}
const LEAST_OF_ACCOUNT = 40;

function isPrimary(codes: Uint16Array, start: number, end: number): boolean {
  const word = 'primary';
  if (end - start !== word.length) return false;
  for (let i = 0; i < word.length; i++) if ((codes[start + i]! | 32) !== word.charCodeAt(i)) return false;
  return true;
}

const LONGEST_TAIL = 16;

/** What the identifier in `[start, end)` promises, or undefined. */
export function judgeName(codes: Uint16Array, start: number, end: number): Name | undefined {
  let found: Name | undefined;
  let before = 0;
  let last = start;
  let pass = false;
  let wordBefore = start;
  let endBefore = start;
  let at = start;
  while (at < end) {
    if ((CLASS[codes[at]!]! & LETTER) === 0) {
      at++;
      continue;
    }
    const wordStart = at;
    at = wordEnd(codes, at, end);
    let flags = TABLE.get(codes, wordStart, at);
    // `max_new_tokens`: the word before counts.
    if (flags === 0 && (before & WORD.not) !== 0 && isNew(codes, wordStart, at)) continue;
    const name = sensitiveWord(codes, wordStart, at, flags);
    if (name !== undefined) {
      if ((before & WORD.not) !== 0 && name.category !== 'password')
        found = name.category === 'key' && isPrimary(codes, wordBefore, endBefore) ? PRIMARY_KEY : undefined;
      else if (
        name.category === 'key' &&
        name.promise === 'weak' &&
        ((before & WORD.keyOf) !== 0 || found?.promise === 'strong')
      )
        found = STRONG_KEY;
      // `otp_seed`, `AUTH_SALT`: two words that promise little alone.
      else if (
        name.category === 'secret' &&
        name.promise === 'weak' &&
        (found?.category === 'token' || found?.category === 'password') &&
        found.promise === 'weak'
      )
        found = RECOVERY_CODE;
      else if (found === undefined || found.promise === 'weak' || name.promise === 'strong') found = name;
      if ((before & WORD.not) !== 0 && name.category !== 'password') flags |= WORD.not;
    } else if ((before & WORD.phraseOf) !== 0 && isPhrase(codes, wordStart, at)) {
      found = MNEMONIC;
      last = at;
    } else if ((before & WORD.phraseOf) !== 0 && isCode(codes, wordStart, at)) {
      found = RECOVERY_CODE;
      last = at;
    } else if ((flags & WORD.about) !== 0) {
      // `session_id`, `secret_id` may be as good as the thing itself.
      const identified = found !== undefined && isId(codes, wordStart, at) && IDENTIFIED.has(found.category);
      if (!identified) found = undefined;
      else found = found!.category === 'secret' ? SECRET_ID : { ...found!, promise: 'weak' };
    }
    if (name !== undefined) {
      last = at;
      pass = isPass(codes, wordStart, at);
    }
    before = flags;
    wordBefore = wordStart;
    endBefore = at;
  }
  // What goes on for long behind its sensitive word is a value that has the word in it, no name.
  if (found === undefined || end - last > LONGEST_TAIL) return undefined;
  // `pass` is a password at the end of a name only: elsewhere it is a compiler's, a season's or a test's.
  return pass && last < end && !isPlaceOfUse(codes, last, end) ? undefined : found;
}

/** Nothing but where it is used stands behind the word: `DEFAULT_PASS_STAGING`. */
function isPlaceOfUse(codes: Uint16Array, from: number, end: number): boolean {
  let at = from;
  while (at < end) {
    if ((CLASS[codes[at]!]! & LETTER) === 0) {
      at++;
      continue;
    }
    const wordStart = at;
    at = wordEnd(codes, at, end);
    if (PLACES_OF_USE.get(codes, wordStart, at) === 0) return false;
  }
  return true;
}

/** End of the word that begins at `at`: before a non-letter, before a hump, before the last capital of `APIKey`. */
function wordEnd(codes: Uint16Array, start: number, end: number): number {
  let at = start + 1;
  if ((CLASS[codes[start]!]! & ANY_UPPER) !== 0 && at < end && (CLASS[codes[at]!]! & ANY_UPPER) !== 0) {
    while (at < end && (CLASS[codes[at]!]! & ANY_UPPER) !== 0) at++;
    if (at < end && (CLASS[codes[at]!]! & ANY_LOWER) !== 0 && at - start > 1) at--;
    return at;
  }
  while (at < end && (CLASS[codes[at]!]! & ANY_LOWER) !== 0) at++;
  return at;
}

const IDENTIFIED: ReadonlySet<Category> = new Set(['session', 'secret', 'token']);

function isId(codes: Uint16Array, start: number, end: number): boolean {
  return end - start === 2 && (codes[start]! | 32) === 105;
}

function isPass(codes: Uint16Array, start: number, end: number): boolean {
  return (
    end - start === 4 &&
    (codes[start]! | 32) === 112 &&
    (codes[start + 1]! | 32) === 97 &&
    (codes[end - 1]! | 32) === 115
  );
}

/** `recovery_code`, `backup_codes`. */
function isCode(codes: Uint16Array, start: number, end: number): boolean {
  const size = end - start;
  return (size === 4 || size === 5) && (codes[start]! | 32) === 99 && (codes[start + 3]! | 32) === 101;
}

function isPhrase(codes: Uint16Array, start: number, end: number): boolean {
  const word = 'phrase';
  if (end - start < word.length || end - start > word.length + 1) return false;
  for (let i = 0; i < word.length; i++) if ((codes[start + i]! | 32) !== word.charCodeAt(i)) return false;
  return true;
}

/** True when the last word of the identifier says that its value only tells something about what it names: `zone_id`. */
export function tellsAbout(codes: Uint16Array, start: number, end: number): boolean {
  let about = false;
  for (let at = start; at < end; ) {
    if ((CLASS[codes[at]!]! & LETTER) === 0) {
      at++;
      continue;
    }
    const wordStart = at;
    at = wordEnd(codes, at, end);
    about = (TABLE.get(codes, wordStart, at) & WORD.about) !== 0;
  }
  return about;
}

/** True when the word, standing apart before a sensitive word of prose, says that there is no secret: `unexpected token`. */
export function deniesSecret(codes: Uint16Array, start: number, end: number): boolean {
  return DENYING.get(codes, start, end) !== 0;
}

/** True when the word, standing apart before it, says that something is wrong with what follows: `invalid token`. */
export function doubtsSecret(codes: Uint16Array, start: number, end: number): boolean {
  return DOUBTING.get(codes, start, end) !== 0;
}
/** True when the word, standing apart before `key`, makes it a secret: `api key`, `access key`. */
export function makesKeySecret(codes: Uint16Array, start: number, end: number): boolean {
  return (TABLE.get(codes, start, end) & WORD.keyOf) !== 0;
}

export const makesPhraseSecret = (codes: Uint16Array, start: number, end: number): boolean =>
  (TABLE.get(codes, start, end) & WORD.phraseOf) !== 0;
