/**
 * A value whose name is the remark behind it: `"…", // db password`, `…  # api key`.
 *
 * In:  a stem that ends its line.
 * Out: a finding for the last value before the sign that begins the remark.
 */
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  CLOSE_PAREN,
  COLON,
  COMMA,
  HASH,
  isGap,
  isName,
  isQuote,
  isSpace,
  LF,
  SEMICOLON,
  SLASH,
  SPACE,
  TILDE,
} from '../characters.ts';
import { judgeName } from '../names.ts';
import type { Scan } from '../scan.ts';
import type { Text } from '../text.ts';
import { judgeNear, MADE_UP } from './judgement.ts';
import { withWordBefore } from './name-look.ts';
import { value } from './value.ts';

const LONGEST_REMARK = 40;
const LONGEST_VALUE = 256;

/** Where the remark begins whose words end with the name at `at`: its first word; 0 when it is none. */
function remarkStart(text: Text, at: number): number {
  const { codes } = text;
  let from = at;
  while (from > 0 && at - from < LONGEST_REMARK && (isName(codes[from - 1]!) || codes[from - 1] === SPACE))
    from--;
  if (from < 2) return 0;
  const sign = codes[from - 1]!;
  // `root@host:/app# printenv TOKEN`: a prompt.
  if (sign === HASH)
    return isName(codes[from - 2]!) || codes[from - 2] === SLASH || codes[from - 2] === TILDE ? 0 : from;
  return sign === SLASH && codes[from - 2] === SLASH ? from : 0;
}

/** A quick look at what stands before a name that ends its line. */
export function mayBeRemark(scan: Scan, text: Text, at: number): boolean {
  const { codes } = text;
  // Of most, the word before is none.
  if (
    at < 2 ||
    (codes[at - 1] !== SPACE && !isName(codes[at - 1]!) && codes[at - 1] !== SLASH && codes[at - 1] !== HASH)
  )
    return false;
  scan.work.read(LONGEST_REMARK);
  return remarkStart(text, at) > 0;
}

/** The name around the stem at `stem` ends at `end`, and with it the line. */
export function onRemark(scan: Scan, text: Text, stem: number, end: number): void {
  const { codes } = text;
  let start = stem;
  while (start > 0 && isName(codes[start - 1]!)) start--;
  const judged = judgeName(codes, start, end);
  if (judged === undefined) return;
  const name = withWordBefore(text, start, end, judged);
  if (name === undefined || name.promise !== 'strong') return;
  let at = remarkStart(text, stem) - 1;
  if (codes[at] === SLASH) at--;
  while (at > 0 && (isSpace(codes[at - 1]!) || isCloser(codes[at - 1]!))) at--;
  for (let strings = 0; strings < MOST_STRINGS && at > 1; strings++) {
    const open = lastValue(scan, text, at);
    if (open < 0) return;
    if (!isEncoding(text)) {
      judgeNear(
        scan,
        text,
        { name, start: value.start },
        'remark',
        value.quoted && MADE_UP.has(name.category),
        LEAST_VALUE,
      );
      return;
    }
    // `Buffer.from("…", "base64") // password`: the string before says it.
    at = open;
    while (at > 0 && (isSpace(codes[at - 1]!) || codes[at - 1] === COMMA)) at--;
  }
}
/** Strings that are looked at, from the last. */
const MOST_STRINGS = 2;

/** The string, or the word, that ends before `end` is the value then; where it begins, or -1. */
function lastValue(scan: Scan, text: Text, end: number): number {
  const { codes } = text;
  const close = end - 1;
  const floor = Math.max(0, close - LONGEST_VALUE);
  const quote = codes[close]!;
  value.quoted = isQuote(quote);
  let open = close;
  if (value.quoted) {
    open--;
    while (open > floor && codes[open] !== quote && codes[open] !== LF) open--;
    if (open < 0 || codes[open] !== quote) return -1;
  } else {
    while (open > floor && !isGap(codes[open - 1]!)) open--;
    if (open === floor && floor > 0) return -1;
  }
  scan.work.read(close - open);
  value.start = value.quoted ? open + 1 : open;
  value.end = value.quoted ? close : end;
  value.next = end;
  return value.end > value.start ? open : -1;
}

function isEncoding(text: Text): boolean {
  return value.end - value.start < 12 && ENCODINGS.test(text.slice(value.start, value.end));
}
const ENCODINGS =
  /^(?:base-?64(?:url)?|hex|binary|ascii|latin-?1|utf-?(?:8|16)(?:le|be)?|iso-8859-1|buffer)$/i;

const LEAST_VALUE = 10;

function isCloser(code: number): boolean {
  return (
    code === COMMA ||
    code === SEMICOLON ||
    code === COLON ||
    code === CLOSE_PAREN ||
    code === CLOSE_BRACKET ||
    code === CLOSE_BRACE
  );
}
