/**
 * Runs of base64 and hex back to the bytes they stand for.
 *
 * In:  a run of letters, digits, `+ / - _`.
 * Out: true and the decoded text in `into`, when what comes out is text; quickly false when it is not.
 *
 * Most runs are words and paths: a test on groups of four characters (text has no byte above 127, so bit 7 of each
 * byte is 0 in a fixed place) turns nearly all of them away after two groups.
 */
import { CLASS, EQUALS, HEX } from './characters.ts';
import type { Text } from './text.ts';

const SIX = new Int8Array(128).fill(-1);
'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'.split('').forEach((char, index) => {
  SIX[char.charCodeAt(0)] = index;
});
SIX['-'.charCodeAt(0)] = 62;
SIX['_'.charCodeAt(0)] = 63;

/** Least characters of a run that is worth decoding: 9 bytes of text. */
export const SHORTEST_BASE64 = 12;
export const SHORTEST_HEX = 16;

function isTextByte(byte: number): boolean {
  return (byte >= 32 && byte < 127) || byte === 10 || byte === 13 || byte === 9 || byte === 0;
}

/** Decodes `[start, end)` as base64 of either alphabet into `into`. False when the bytes are no text. */
export function decodeBase64(codes: Uint16Array, start: number, end: number, into: Text): boolean {
  if (end - start < SHORTEST_BASE64 || !beginsText(codes, start)) return false;
  let zeros = 0;
  into.reset(((end - start) * 3) / 4 + 4, 'text');
  for (let at = start; at < end; at += 4) {
    const left = end - at;
    if (left === 1) break;
    const a = SIX[codes[at]! & 127]!;
    const b = SIX[codes[at + 1]! & 127]!;
    const c = left > 2 ? SIX[codes[at + 2]! & 127]! : 0;
    const d = left > 3 ? SIX[codes[at + 3]! & 127]! : 0;
    if ((a | b | c | d) < 0) return false;
    const bits = (a << 18) | (b << 12) | (c << 6) | d;
    const count = left > 3 ? 3 : left - 1;
    for (let i = 0; i < count; i++) {
      const byte = (bits >> (16 - 8 * i)) & 255;
      if (!isTextByte(byte)) return false;
      if (byte === 0) zeros++;
      else into.put(byte);
    }
  }
  // Zeros between all characters are UTF-16, as PowerShell's -EncodedCommand has it; any others are no text.
  return zeros === 0 || Math.abs(zeros - into.length) <= 1 || zeros <= 4;
}

/** Bit 7 of the first six bytes, without decoding them: most runs that are no text end here. */
function beginsText(codes: Uint16Array, at: number): boolean {
  return (
    ((SIX[codes[at]! & 127]! | SIX[codes[at + 4]! & 127]!) & 0xe0) === 0 &&
    ((SIX[codes[at + 1]! & 127]! | SIX[codes[at + 5]! & 127]!) & 8) === 0 &&
    ((SIX[codes[at + 2]! & 127]! | SIX[codes[at + 6]! & 127]!) & 2) === 0
  );
}

/** Decodes `[start, end)` as hex into `into`. False when the bytes are no text. */
export function decodeHex(codes: Uint16Array, start: number, end: number, into: Text): boolean {
  if (end - start < SHORTEST_HEX || (end - start) % 2 !== 0) return false;
  into.reset((end - start) / 2, 'text');
  for (let at = start; at < end; at += 2) {
    const byte = (nibble(codes[at]!) << 4) | nibble(codes[at + 1]!);
    if (!isTextByte(byte) || byte === 0) return false;
    into.put(byte);
  }
  return true;
}

export function nibble(code: number): number {
  return code < 58 ? code - 48 : (code | 32) - 87;
}

export function isHexCode(code: number): boolean {
  return (CLASS[code]! & HEX) !== 0;
}

/** Behind the padding of a base64 run that ends at `end`. */
export function behindPadding(text: Text, end: number): number {
  let at = end;
  while (at < text.length && at - end < 2 && text.codes[at] === EQUALS) at++;
  if (at < text.length && text.has('%3d', at)) at += 3;
  if (at < text.length && text.has('%3d', at)) at += 3;
  return at;
}

/** Characters of a line that a tool wrapped: 64 of PEM and OpenSSL, 76 of MIME and `base64`. */
const SHORTEST_LINE = 60;

/**
 * Lines of base64, the first of them `[start, end)`, into `into` without what separates them: line breaks, also as `\\n`.
 * Returns where the last one ends; `end` when there is no other.
 */
export function unwrap(text: Text, start: number, end: number, into: Text): number {
  const { codes, length } = text;
  const size = end - start;
  if (size < SHORTEST_LINE || size > 128) return end;
  let lineStart = start;
  let lineEnd = end;
  let lines = 0;
  into.reset(length - start, 'text');
  for (;;) {
    for (let at = lineStart; at < lineEnd; at++) into.put(codes[at]!);
    lines++;
    const next = behindBreak(text, lineEnd);
    if (next === lineEnd || lineEnd - lineStart < size) break;
    let nextEnd = next;
    while (nextEnd < length && nextEnd - next < size && isRunCode(codes[nextEnd]!)) nextEnd++;
    if (nextEnd === next) break;
    lineStart = next;
    lineEnd = nextEnd;
  }
  into.seal();
  return lines > 1 ? lineEnd : end;
}

function isRunCode(code: number): boolean {
  return CLASS[code]! !== 0;
}

function behindBreak(text: Text, at: number): number {
  const { codes } = text;
  if (codes[at] === 92 && codes[at + 1] === 110) return at + 2;
  let p = at;
  if (codes[p] === 13) p++;
  if (codes[p] !== 10) return at;
  p++;
  while (codes[p] === 32) p++;
  return p;
}
