/**
 * Rows of values with commas between them, a cell of them each.
 *
 * In:  a text, where a row begins, and which of its cells is asked for.
 * Out: the cell as the value that was read last (value.ts), how many cells the row has, and where it ends.
 *
 * Where a sensitive name stands on every line of a text, each of the lines may be the head of those below it, so that every row is
 * asked for many times. It is read once, and what was found to be no secret behind a name is not judged behind that name again.
 */
import { BACKSLASH, CLOSE_PAREN, COMMA, isGap, isQuote, LF, NUL, OPEN_PAREN } from '../characters.ts';
import type { Scan } from '../scan.ts';
import type { Name } from '../sensitive-words.ts';
import type { Text } from '../text.ts';
import { value } from './value.ts';

const LONGEST_ROW = 2048;

/** Rows that are known, each at a place that its begin tells. */
const KNOWN_BITS = 8;
const KNOWN = 1 << KNOWN_BITS;
/** Of each: which text and where in it, which cell of what kind of row; where it ends, its cells, and the bounds of that one. */
const known = new Int32Array(KNOWN * 8);
/** The name behind which the cell of each was found to be no secret. */
const plainOf: (Name | undefined)[] = new Array<Name | undefined>(KNOWN).fill(undefined);
/** The row that was read last. */
let place = 0;

/** Reads the row at `from`; cell `column` becomes the value. Returns where the row ends, or -1. */
export function readRow(scan: Scan, text: Text, from: number, column: number, sql: boolean): number {
  place = Math.imul(from, 0x9e3779b1) >>> (32 - KNOWN_BITS);
  const at = place * 8;
  const kind = column * 2 + (sql ? 1 : 0);
  if (known[at] === text.serial && known[at + 1] === from && known[at + 2] === kind) {
    value.start = known[at + 5]!;
    value.end = known[at + 6]!;
    value.next = known[at + 7]! >> 1;
    value.quoted = (known[at + 7]! & 1) !== 0;
    return known[at + 3]!;
  }
  value.start = value.end = value.next = 0;
  value.quoted = false;
  const end = cells(scan, text, from, column, sql);
  known[at] = text.serial;
  known[at + 1] = from;
  known[at + 2] = kind;
  known[at + 3] = end;
  known[at + 4] = seen;
  known[at + 5] = value.start;
  known[at + 6] = value.end;
  known[at + 7] = value.next * 2 + (value.quoted ? 1 : 0);
  plainOf[place] = undefined;
  return end;
}

/** How many cells the row has that was read last. */
export function cellCount(): number {
  return known[place * 8 + 4]!;
}

/** True when the cell that was read last is known to be no secret behind such a name. */
export function isKnownPlainOf(name: Name): boolean {
  return plainOf[place] === name;
}

/** Keeps that. Behind a weak name it hangs on how that one is written: it is judged each time. */
export function keepPlainOf(name: Name): void {
  if (name.promise === 'strong') plainOf[place] = name;
}

/** Cells of the row that is read. */
let seen = 0;

/** As `readRow`, of a row that is not known. */
function cells(scan: Scan, text: Text, from: number, column: number, sql: boolean): number {
  const { codes, length } = text;
  const limit = Math.min(length, from + LONGEST_ROW);
  let start = from;
  let quote = 0;
  let depth = 0;
  seen = 0;
  for (let at = from; at <= limit; at++) {
    const code = at < limit ? codes[at]! : LF;
    if (quote !== 0 && at < limit) {
      if (code === BACKSLASH) at++;
      else if (code === quote) quote = 0;
      continue;
    }
    if (isQuote(code)) quote = code;
    else if (code === OPEN_PAREN) depth++;
    else if (code === CLOSE_PAREN && depth > 0) depth--;
    else if (
      code === COMMA ||
      code === NUL ||
      (sql ? code === CLOSE_PAREN || at === limit : code === LF || code === 13)
    ) {
      if (depth > 0) continue;
      if (seen++ === column) take(text, start, at);
      start = at + 1;
      if (code !== COMMA) {
        scan.work.read(at - from);
        return sql && code !== CLOSE_PAREN ? -1 : at;
      }
    }
  }
  scan.work.read(limit - from);
  return -1;
}

/** The cell without space and quotes around it. */
export function take(text: Text, from: number, to: number): void {
  const { codes } = text;
  let start = from;
  let end = to;
  while (start < end && isGap(codes[start]!)) start++;
  while (end > start && isGap(codes[end - 1]!)) end--;
  value.quoted = end - start >= 2 && isQuote(codes[start]!) && codes[end - 1] === codes[start];
  value.start = value.quoted ? start + 1 : start;
  value.end = value.quoted ? end - 1 : end;
  value.next = to;
}
