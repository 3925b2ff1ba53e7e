/**
 * What a character is, one byte per UTF-16 code unit, for scans that go over every character.
 * Nothing above ASCII belongs to any class but `WORDLIKE` (letters of other scripts are not told apart).
 */
export const LOWER_HEX = 1;
export const LOWER = 2;
export const UPPER_HEX = 4;
export const UPPER = 8;
export const DIGIT = 16;
/** `+ /`: of base64 only. */
export const BASE64 = 32;
/** `- _`: of base64url, identifiers, names. */
export const DASH = 64;

export const ANY_LOWER = LOWER_HEX | LOWER;
export const ANY_UPPER = UPPER_HEX | UPPER;
export const LETTER = ANY_LOWER | ANY_UPPER;
export const ALNUM = LETTER | DIGIT;
export const HEX = LOWER_HEX | UPPER_HEX | DIGIT;

export const CLASS = new Uint8Array(0x10000);
for (let code = 0; code < 128; code++) {
  const char = String.fromCharCode(code);
  if (/[a-f]/.test(char)) CLASS[code] = LOWER_HEX;
  else if (/[g-z]/.test(char)) CLASS[code] = LOWER;
  else if (/[A-F]/.test(char)) CLASS[code] = UPPER_HEX;
  else if (/[G-Z]/.test(char)) CLASS[code] = UPPER;
  else if (/[0-9]/.test(char)) CLASS[code] = DIGIT;
  else if (/[+/]/.test(char)) CLASS[code] = BASE64;
  else if (/[-_]/.test(char)) CLASS[code] = DASH;
}

/** Codes that the scanners name. */
export const NUL = 0;
export const TAB = 9;
export const LF = 10;
export const CR = 13;
export const ESCAPE = 27;
export const SPACE = 32;
export const BANG = 33;
export const QUOTE = 34;
export const HASH = 35;
export const DOLLAR = 36;
export const PERCENT = 37;
export const AMPERSAND = 38;
export const APOSTROPHE = 39;
export const OPEN_PAREN = 40;
export const CLOSE_PAREN = 41;
export const STAR = 42;
export const PLUS = 43;
export const COMMA = 44;
export const HYPHEN = 45;
export const DOT = 46;
export const SLASH = 47;
export const COLON = 58;
export const SEMICOLON = 59;
export const LESS = 60;
export const EQUALS = 61;
export const GREATER = 62;
export const QUESTION = 63;
export const AT = 64;
export const OPEN_BRACKET = 91;
export const BACKSLASH = 92;
export const CLOSE_BRACKET = 93;
export const CARET = 94;
export const UNDERSCORE = 95;
export const BACKTICK = 96;
export const OPEN_BRACE = 123;
export const PIPE = 124;
export const CLOSE_BRACE = 125;
export const TILDE = 126;

/** 1 for each code unit that is one. All above ASCII are what the first of them is, so that a table is made in no time. */
export function tableOf(isOne: (code: number) => boolean): Uint8Array {
  const table = new Uint8Array(0x10000).fill(isOne(128) ? 1 : 0, 128);
  for (let code = 0; code < 128; code++) if (isOne(code)) table[code] = 1;
  return table;
}

export function isAlnum(code: number): boolean {
  return (CLASS[code]! & ALNUM) !== 0;
}

export function isSpace(code: number): boolean {
  return code === SPACE || code === TAB;
}

/** White space of any kind, and the NUL between elements. */
export function isGap(code: number): boolean {
  return code <= SPACE;
}

/**
 * True when the letter before `at` belongs to what stands before it: that of an escape (`\nghp_…` as source text has it,
 * `%3Dghp_…` as a URL has it), or that of an option with its value attached (`-Sghp_…`).
 */
export function endsPrefix(codes: Uint16Array, at: number): boolean {
  const letter = codes[at - 1]!;
  const before = at > 1 ? codes[at - 2]! : SPACE;
  if (before === BACKSLASH) return letter === 110 || letter === 114 || letter === 116;
  if (at > 2 && codes[at - 3] === PERCENT) return true;
  return before === HYPHEN && (CLASS[letter]! & LETTER) !== 0 && (at < 3 || isGap(codes[at - 3]!));
}

/** A quoting character of shells, programming and markup languages. */
export function isQuote(code: number): boolean {
  return code === QUOTE || code === APOSTROPHE || code === BACKTICK;
}

/** What may stand in a name: `spring.datasource.password`, `X-Api-Key`, `_authToken`. */
export function isName(code: number): boolean {
  return NAME[code] === 1;
}
const NAME = tableOf((code) => (CLASS[code]! & (ALNUM | DASH)) !== 0 || code === DOT);
