/**
 * Pieces of a secret that stand apart: quotes, concatenation, continued lines and borders of elements between them, and a
 * view without those, as a shell or a program puts them together again. Only for secrets that are known by their shape.
 *
 * In:  a text, and where an anchor was under way when such a joint came.
 * Out: the words in which the joints lie, joined.
 */
import {
  AMPERSAND,
  ANY_LOWER,
  ANY_UPPER,
  APOSTROPHE,
  BACKSLASH,
  BACKTICK,
  CARET,
  CLASS,
  COLON,
  COMMA,
  DIGIT,
  DOLLAR,
  DOT,
  EQUALS,
  HYPHEN,
  isAlnum,
  isGap,
  isName,
  isQuote,
  isSpace,
  LETTER,
  LF,
  NUL,
  OPEN_PAREN,
  PIPE,
  PLUS,
  QUOTE,
  SLASH,
  TILDE,
  UNDERSCORE,
} from './characters.ts';
import { looksRandom } from './shape.ts';
import type { Text } from './text.ts';

/** What may stand between two pieces of one secret. */
export function isGlue(code: number): boolean {
  return code === QUOTE || code === APOSTROPHE || code === BACKSLASH || code === BACKTICK || code === CARET;
}

/** What a character may be around a joint: a part of a secret, an operator between quotes. */
const PIECE = 1;

const OPERATOR = 2;

const JOINT = new Uint8Array(0x10000);

for (let code = 0; code < 128; code++) if (isAlnum(code)) JOINT[code] = PIECE;

for (const code of [UNDERSCORE, HYPHEN, DOT, SLASH, PLUS, EQUALS, TILDE, COLON, DOLLAR]) JOINT[code] = PIECE;

for (const code of [PLUS, DOT, AMPERSAND, COMMA, PIPE, BACKSLASH]) JOINT[code]! |= OPERATOR;

function isPiece(code: number): boolean {
  return (JOINT[code]! & PIECE) !== 0;
}

function isOperator(code: number): boolean {
  return (JOINT[code]! & OPERATOR) !== 0;
}

/** A quick look at the glue at `at`: pieces stand right before and right behind it. */
export function goesOnAt(codes: Uint16Array, at: number): boolean {
  return JOINT[codes[at + 1]!] === PIECE && at > 0 && (JOINT[codes[at - 1]!]! & PIECE) !== 0;
}

export const LONGEST_GLUE = 48;

/** End of the glue that begins at `at`; `at` when there is none. An operator counts between quotes only. */
function glueEnd(text: Text, at: number): number {
  const { codes } = text;
  let p = at;
  let quotes = 0;
  while (p - at < LONGEST_GLUE) {
    const code = codes[p]!;
    if (isGlue(code)) {
      if (code === QUOTE || code === APOSTROPHE) quotes++;
      p++;
      if (code === BACKSLASH) while (isGap(codes[p]!) && codes[p] !== NUL) p++;
      continue;
    }
    if (quotes === 0 || !(isOperator(code) || (isGap(code) && code !== NUL))) break;
    let q = p;
    let joins = false;
    while (q - p < 24 && (isOperator(codes[q]!) || (isGap(codes[q]!) && codes[q] !== NUL))) {
      if (!isSpace(codes[q]!)) joins = true;
      q++;
    }
    if (!joins || (codes[q] !== QUOTE && codes[q] !== APOSTROPHE)) break;
    p = q;
  }
  return Math.min(p, text.length);
}

/** Where the glue (or the border of elements) that ends at `at` begins; behind `at` when there is none. */
export function glueStart(text: Text, at: number): number {
  const { codes } = text;
  if (codes[at] === NUL) return at;
  let start = at + 1;
  let glue = false;
  while (start > 0 && at - start < LONGEST_GLUE) {
    const code = codes[start - 1]!;
    if (isGlue(code)) glue = true;
    else if (code === NUL || !(isOperator(code) || isGap(code))) break;
    start--;
  }
  return glue ? start : at + 1;
}

/** `-DskipTests`, `--help`, `-Xmx512m`: an option that follows a token rather than the rest of it. */
function beginsOption(text: Text, from: number): boolean {
  const { codes, length } = text;
  if (codes[from] !== HYPHEN) return false;
  let at = from;
  while (at < length && codes[at] !== NUL && codes[at] !== EQUALS && at - from < LONGEST_OPTION) at++;
  return at - from < SHORT_OPTION || (at - from < LONGEST_OPTION && !looksRandom(codes, from, at));
}
const LONGEST_OPTION = 40;
/** So short a piece is an option more often than the rest of a token that begins with a hyphen. */
const SHORT_OPTION = 12;

/** `"…".to_string()`: a function of the string that ended there, no further piece of it. */
function beginsCall(text: Text, from: number): boolean {
  const { codes } = text;
  if (codes[from] !== DOT || !isQuote(codes[from - 1]!)) return false;
  let at = from + 1;
  while (isName(codes[at]!) && at - from < LONGEST_OPTION) at++;
  return at > from + 1 && codes[at] === OPEN_PAREN;
}

/** `--token` alone in the element that ends at `at`: its name is no piece of the secret behind it. */
function endsOption(text: Text, at: number): boolean {
  const { codes } = text;
  let from = at;
  while (from > 0 && at - from < LONGEST_OPTION && (isAlnum(codes[from - 1]!) || codes[from - 1] === HYPHEN))
    from--;
  return codes[from] === HYPHEN && codes[from + 1] === HYPHEN && (from === 0 || codes[from - 1] === NUL);
}

/** Behind the joint at `at`, or 0. `border`: the border of elements there is one. */
function jointEnd(text: Text, at: number, border: boolean): number {
  const { codes, length } = text;
  if (at === 0 || !isPiece(codes[at - 1]!)) return 0;
  // Most quotes end a word: a gap behind them with no operator in it joins nothing.
  if (isSpace(codes[at + 1]!) && isQuote(codes[at]!) && !isOperator(codes[at + 2]!) && !isGap(codes[at + 2]!))
    return 0;
  const end =
    codes[at] === NUL
      ? border && !beginsOption(text, at + 1) && !endsOption(text, at)
        ? at + 1
        : at
      : glueEnd(text, at);
  return end > at && end < length && isPiece(codes[end]!) && !beginsCall(text, end) ? end : 0;
}

/** Where the text goes on behind the glue or the border at `at`; 0 when nothing goes on there. */
export function behindJoint(text: Text, at: number): number {
  return jointEnd(text, at, true);
}

/** Longest part of a word that is looked at before its first joint. */
const LONGEST_WORD = 4096;

/** The words in which `joints` lie, without the joints in them. */
export function joinedView(text: Text, joints: readonly number[], into: Text): boolean {
  const { codes, length } = text;
  const known = new Set(joints);
  let copied = 0;
  into.resetView(length * 2, text.mode);
  for (const joint of [...known].sort((a, b) => a - b)) {
    if (joint < copied || jointEnd(text, joint, true) === 0) continue;
    let from = joint;
    const floor = Math.max(copied, joint - LONGEST_WORD);
    while (from > floor && (!isGap(codes[from - 1]!) || known.has(from - 1))) from--;
    if (into.length > 0) into.push(LF, from, from);
    copied = copyJoined(text, from, known, into);
  }
  return into.length > 0;
}

/**
 * What stands from `from` to the next gap may be a part of a drawn secret: it is no word, and no number. An element that is a word says
 * something of its own.
 */
export function isPart(text: Text, from: number): boolean {
  const { codes, length } = text;
  let behindFirst = 0;
  let at = from + 1;
  while (at < length && isPiece(codes[at]!)) behindFirst |= CLASS[codes[at++]!]!;
  if (at - from < SHORTEST_PART) return false;
  const kinds = behindFirst | CLASS[codes[from]!]!;
  if ((kinds & DIGIT) !== 0) return (kinds & LETTER) !== 0;
  return (behindFirst & ANY_UPPER) !== 0 && (kinds & ANY_LOWER) !== 0;
}
const SHORTEST_PART = 3;

function copyJoined(text: Text, from: number, joints: ReadonlySet<number>, into: Text): number {
  const { codes, length } = text;
  let at = from;
  /** A secret that goes on in the next element may do so in the one behind it. */
  let goesOn = false;
  while (at < length) {
    const border = codes[at] === NUL;
    const known = border && goesOn ? isPart(text, at + 1) : joints.has(at);
    const end = border || isGlue(codes[at]!) ? jointEnd(text, at, known) : 0;
    if (end > 0) {
      if (border) goesOn = true;
      at = end;
      continue;
    }
    if (isGap(codes[at]!)) break;
    into.push(codes[at]!, at, at + 1);
    at++;
  }
  return at;
}
