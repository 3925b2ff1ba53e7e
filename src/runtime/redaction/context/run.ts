/**
 * Whole runs of letters, digits and `+ / - _`: encoded text, keys without a mark, words of a wallet.
 *
 * In:  a run's bounds and the classes of its characters.
 * Out: true when the run was encoded and `into` holds what it stands for; findings otherwise.
 */
import {
  ANY_LOWER,
  ANY_UPPER,
  BASE64,
  CLASS,
  DASH,
  DIGIT,
  LOWER,
  LOWER_HEX,
  UPPER,
  UPPER_HEX,
} from '../characters.ts';
import { decodeBase64, decodeHex, SHORTEST_BASE64, SHORTEST_HEX } from '../encodings.ts';
import type { Text } from '../text.ts';

/** Where the encoded part begins, when `decodeRun` says that there is one. */
export let encodedStart = 0;

const BASE64_NEEDS = ANY_UPPER | ANY_LOWER;

/** Tries hex, then base64 from the run's start and from behind each `/`, `-`, `_` in it. */
export function decodeRun(text: Text, start: number, end: number, mask: number, into: Text): boolean {
  const { codes } = text;
  encodedStart = start;
  if ((mask & ~(LOWER_HEX | DIGIT)) === 0 || (mask & ~(UPPER_HEX | DIGIT)) === 0) {
    return end - start >= SHORTEST_HEX && decodeHex(codes, start, end, into);
  }
  if ((mask & BASE64_NEEDS & ANY_UPPER) === 0 || (mask & ANY_LOWER) === 0)
    return lowerHexTail(text, start, end, mask, into);
  if (decodeBase64(codes, start, end, into)) return true;
  if ((mask & (BASE64 | DASH)) === 0) return false;
  let tries = 0;
  for (let at = start + 1; at + SHORTEST_BASE64 <= end && tries < 12; at++) {
    if ((CLASS[codes[at - 1]!]! & (BASE64 | DASH)) === 0) continue;
    tries++;
    if (decodeBase64(codes, at, end, into)) {
      encodedStart = at;
      return true;
    }
  }
  return false;
}

/** Hex behind a path or a name: `/tmp/6768705f…`, `x-6768705f…`. */
function lowerHexTail(text: Text, start: number, end: number, mask: number, into: Text): boolean {
  if ((mask & DIGIT) === 0 || (mask & (BASE64 | DASH)) === 0 || (mask & (LOWER | UPPER)) === 0) return false;
  const { codes } = text;
  let at = end;
  while (at > start && codes[at - 1] !== 47 && codes[at - 1] !== 45 && codes[at - 1] !== 95) at--;
  if (end - at < SHORTEST_HEX) return false;
  for (let p = at; p < end; p++) {
    const code = codes[p]!;
    if (!((code >= 48 && code <= 57) || (code >= 97 && code <= 102))) return false;
  }
  encodedStart = at;
  return decodeHex(codes, at, end, into);
}
