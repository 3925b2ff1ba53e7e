/**
 * JSON Web Keys (RFC 7517): the private members of a key, `d`, `p`, `q`, `dp`, `dq`, `qi`, and `k` of a symmetric one.
 *
 * In:  a text and where `"kty"` was seen.
 * Out: findings for the private members beside it.
 */
import { CLOSE_BRACE, COLON, isQuote, OPEN_BRACE } from '../characters.ts';
import { RANK } from '../finding.ts';
import type { Scan } from '../scan.ts';
import type { Text } from '../text.ts';
import { COST } from '../work.ts';
import { behindGap } from './places.ts';
import { readValue, value } from './value.ts';

const LONGEST_KEY = 8192;
const PRIVATE = new Set(['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']);
/** Least characters of a member: 128 bits in base64url. */
const LEAST_MEMBER = 20;

export function onJwk(scan: Scan, text: Text, at: number): void {
  const { codes, length } = text;
  let start = at;
  while (start > 0 && at - start < LONGEST_KEY && codes[start] !== OPEN_BRACE) start--;
  const limit = Math.min(length, start + LONGEST_KEY);
  scan.work.read(limit - start);
  for (let p = start + 1; p < limit && codes[p] !== CLOSE_BRACE; p++) {
    if (!isQuote(codes[p]!)) continue;
    scan.work.spend(COST.string);
    if (scan.work.spent) return;
    const nameStart = p + 1;
    let nameEnd = nameStart;
    while (nameEnd - nameStart < 3 && codes[nameEnd]! >= 97 && codes[nameEnd]! <= 122) nameEnd++;
    if (!PRIVATE.has(String.fromCharCode(...codes.subarray(nameStart, nameEnd)))) continue;
    let sign = nameEnd;
    while (sign - nameEnd < 8 && (codes[sign] === 92 || isQuote(codes[sign]!))) sign++;
    if (sign === nameEnd || codes[behindGap(text, sign)] !== COLON) continue;
    const from = behindGap(text, behindGap(text, sign) + 1);
    if (!readValue(scan, text, from, 'word') || value.end - value.start < LEAST_MEMBER) continue;
    scan.report(text, value.start, value.end, 'private-key', 'format:jwk', RANK.format);
    p = value.end;
  }
}
