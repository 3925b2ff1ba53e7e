/**
 * Views: a text with one layer of encoding undone, each character knowing what it stands for.
 *
 * In:  a text.
 * Out: true and the view in `into`, when undoing changed something that matters; false when there is nothing to undo.
 *
 * `percent`   RFC 3986.
 * `escapes`   `\n`, `\x41`, `\u0041`, `\U00000041`, `\101` of programming languages, JSON and shells.
 * `entities`  `&quot;`, `&#65;`, `&#x41;` of HTML and XML.
 * `joined`    quotes, concatenation, line continuation and element borders left out: what a shell or a program
 *             puts together again. Only for secrets that are known by their shape.
 */
import {
  AMPERSAND,
  APOSTROPHE,
  BACKSLASH,
  BACKTICK,
  CARET,
  COMMA,
  CR,
  DOT,
  HASH,
  isAlnum,
  isGap,
  isSpace,
  LF,
  NUL,
  PERCENT,
  PLUS,
  QUOTE,
  SEMICOLON,
  SPACE,
  UNDERSCORE,
} from './characters.ts';
import { isHexCode, nibble } from './encodings.ts';
import type { Text } from './text.ts';

export function percentView(text: Text, into: Text): boolean {
  const { codes, length } = text;
  let at = 0;
  while (at < length && !isPercentEscape(text, at)) at++;
  if (at === length) return false;
  into.resetView(length, text.mode);
  for (at = 0; at < length; ) {
    if (isPercentEscape(text, at)) {
      into.push((nibble(codes[at + 1]!) << 4) | nibble(codes[at + 2]!), at, at + 3);
      at += 3;
    } else {
      into.push(codes[at]!, at, at + 1);
      at++;
    }
  }
  return true;
}

function isPercentEscape(text: Text, at: number): boolean {
  const { codes, length } = text;
  return codes[at] === PERCENT && at + 2 < length && isHexCode(codes[at + 1]!) && isHexCode(codes[at + 2]!);
}

export function escapesView(text: Text, into: Text): boolean {
  const { codes, length } = text;
  let at = 0;
  while (at < length && !(codes[at] === BACKSLASH && escapeEnd(text, at) > 0)) at++;
  if (at === length) return false;
  into.resetView(length, text.mode);
  for (at = 0; at < length; ) {
    const end = codes[at] === BACKSLASH ? escapeEnd(text, at) : 0;
    if (end > 0) {
      into.push(escaped, at, end);
      at = end;
    } else {
      into.push(codes[at]!, at, at + 1);
      at++;
    }
  }
  return true;
}

let escaped = 0;

/** Behind the escape at `at`, its character in `escaped`; 0: none. Backslashes of nested strings count as one. */
function escapeEnd(text: Text, at: number): number {
  const { codes, length } = text;
  let p = at;
  while (p < length && codes[p] === BACKSLASH && p - at < 8) p++;
  if (p >= length) return 0;
  const code = codes[p]!;
  if (code === 110 || code === 114 || code === 116) {
    escaped = code === 110 ? LF : code === 114 ? CR : 9;
    return p + 1;
  }
  if (code === 47) {
    escaped = 47;
    return p + 1;
  }
  if (code === 120) return hexDigits(text, p + 1, 2, 2);
  if (code === 117) return codes[p + 1] === 123 ? bracedHex(text, p + 2) : hexDigits(text, p + 1, 4, 4);
  if (code === 85) return hexDigits(text, p + 1, 8, 8);
  if (code >= 48 && code <= 51) {
    let q = p;
    let value = 0;
    while (q < length && q - p < 3 && codes[q]! >= 48 && codes[q]! <= 55)
      value = value * 8 + codes[q++]! - 48;
    if (q - p < 3) return 0;
    escaped = value;
    return q;
  }
  return 0;
}

function hexDigits(text: Text, from: number, least: number, most: number): number {
  let p = from;
  let value = 0;
  while (p < text.length && p - from < most && isHexCode(text.codes[p]!))
    value = value * 16 + nibble(text.codes[p++]!);
  if (p - from < least) return 0;
  escaped = value & 0xffff;
  return p;
}

function bracedHex(text: Text, from: number): number {
  const end = hexDigits(text, from, 1, 6);
  return end > 0 && text.codes[end] === 125 ? end + 1 : 0;
}

const ENTITIES: readonly [string, number][] = [
  ['&quot;', QUOTE],
  ['&amp;', AMPERSAND],
  ['&lt;', 60],
  ['&gt;', 62],
  ['&apos;', APOSTROPHE],
  ['&colon;', 58],
  ['&equals;', 61],
  ['&sol;', 47],
  ['&lowbar;', 95],
  ['&nbsp;', SPACE],
];

export function entitiesView(text: Text, into: Text): boolean {
  const { codes, length } = text;
  let at = 0;
  while (at < length && !(codes[at] === AMPERSAND && entityEnd(text, at) > 0)) at++;
  if (at === length) return false;
  into.resetView(length, text.mode);
  for (at = 0; at < length; ) {
    const end = codes[at] === AMPERSAND ? entityEnd(text, at) : 0;
    if (end > 0) {
      into.push(escaped, at, end);
      at = end;
    } else {
      into.push(codes[at]!, at, at + 1);
      at++;
    }
  }
  return true;
}

function entityEnd(text: Text, at: number): number {
  const { codes, length } = text;
  if (codes[at + 1] === HASH) {
    const hex = (codes[at + 2]! | 32) === 120;
    let p = at + (hex ? 3 : 2);
    const from = p;
    let value = 0;
    while (p < length && p - from < 7 && (hex ? isHexCode(codes[p]!) : codes[p]! >= 48 && codes[p]! <= 57))
      value = value * (hex ? 16 : 10) + nibble(codes[p++]!);
    if (p === from || codes[p] !== SEMICOLON) return 0;
    escaped = value & 0xffff;
    return p + 1;
  }
  for (const [entity, code] of ENTITIES) {
    if (text.has(entity, at)) {
      escaped = code;
      return at + entity.length;
    }
  }
  return 0;
}

/** What may stand between two pieces of one secret. */
function isGlue(code: number): boolean {
  return code === QUOTE || code === APOSTROPHE || code === BACKSLASH || code === BACKTICK || code === CARET;
}

function isPiece(code: number): boolean {
  return (
    isAlnum(code) ||
    code === UNDERSCORE ||
    code === 45 ||
    code === DOT ||
    code === 47 ||
    code === PLUS ||
    code === 61
  );
}

/** End of the glue that begins at `at`; `at` when there is none. An operator counts between quotes only. */
function glueEnd(text: Text, at: number): number {
  const { codes, length } = text;
  let p = at;
  let quotes = 0;
  while (p < length && p - at < 48) {
    const code = codes[p]!;
    if (isGlue(code)) {
      if (code === QUOTE || code === APOSTROPHE) quotes++;
      p++;
      if (code === BACKSLASH) while (p < length && isGap(codes[p]!) && codes[p] !== NUL) p++;
    } else if (
      quotes > 0 &&
      (isGap(code) || code === PLUS || code === DOT || code === AMPERSAND || code === COMMA || code === 124)
    ) {
      let q = p;
      let joins = false;
      while (
        q < length &&
        q - p < 24 &&
        (isGap(codes[q]!) ||
          codes[q] === PLUS ||
          codes[q] === DOT ||
          codes[q] === AMPERSAND ||
          codes[q] === COMMA ||
          codes[q] === 124 ||
          codes[q] === BACKSLASH)
      ) {
        if (!isSpace(codes[q]!)) joins = true;
        q++;
      }
      if (!joins || q >= length || (codes[q] !== QUOTE && codes[q] !== APOSTROPHE)) break;
      p = q;
    } else break;
  }
  return p;
}

/**
 * True in `into` when at least two pieces were joined.
 *
 * `breaks`: the borders of elements (positions of their NULs) that a secret may go over.
 */
export function joinedView(text: Text, breaks: readonly number[], into: Text): boolean {
  const { codes, length } = text;
  if (breaks.length === 0 && !hasJoint(text)) return false;
  into.resetView(length, text.mode);
  for (let at = 0; at < length; ) {
    const joins = isGlue(codes[at]!) || (codes[at] === NUL && breaks.includes(at));
    const end = !joins ? at : codes[at] === NUL ? at + 1 : glueEnd(text, at);
    if (end > at && end < length && at > 0 && isPiece(codes[at - 1]!) && isPiece(codes[end]!)) {
      at = end;
    } else {
      into.push(codes[at]!, at, at + 1);
      at++;
    }
  }
  return true;
}

function hasJoint(text: Text): boolean {
  const { codes, length } = text;
  for (let at = 1; at < length; at++) {
    if (!isGlue(codes[at]!) || !isPiece(codes[at - 1]!)) continue;
    const end = glueEnd(text, at);
    if (end < length && isPiece(codes[end]!)) return true;
    at = end;
  }
  return false;
}
