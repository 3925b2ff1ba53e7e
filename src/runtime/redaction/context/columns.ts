/**
 * Values in columns: `INSERT INTO users (name, password) VALUES ('alice', '…')`, and a header line of CSV with the lines
 * below it.
 *
 * In:  a subject that stands among names with commas between them.
 * Out: findings for what stands in the subject's column.
 */
import {
  BACKSLASH,
  CLOSE_PAREN,
  COMMA,
  isGap,
  isName,
  isQuote,
  isSpace,
  LF,
  NUL,
  OPEN_PAREN,
} from '../characters.ts';
import type { Scan } from '../scan.ts';
import type { Text } from '../text.ts';
import { found, judgeNear, MADE_UP, type Subject } from './judgement.ts';
import { behindGap } from './places.ts';
import { isSecret } from './secrecy.ts';
import { value } from './value.ts';

const LONGEST_HEAD = 240;
const LONGEST_ROW = 2048;
const MOST_ROWS = 32;

/** `end` is behind the name. True when it is one of the columns of rows that follow. */
export function onColumn(scan: Scan, text: Text, subject: Subject, end: number): boolean {
  const { codes, length } = text;
  const next = codes[isQuote(codes[end]!) ? end + 1 : end]!;
  if (next !== COMMA && next !== CLOSE_PAREN && next !== LF && next !== 13) return false;
  let close = end;
  let columns = 1;
  for (; close < length && close - end < LONGEST_HEAD && HEAD[codes[close]!] === 1; close++)
    if (codes[close] === COMMA) columns++;
  scan.work.read(close - end);
  if (codes[close] !== CLOSE_PAREN && codes[close] !== LF && codes[close] !== 13) return false;
  let start = subject.start;
  let column = 0;
  const floor = Math.max(0, start - LONGEST_HEAD);
  for (; start > floor && HEAD[codes[start - 1]!] === 1; start--) if (codes[start - 1] === COMMA) column++;
  scan.work.read(subject.start - start);
  columns += column;
  if (columns < 2) return false;
  if (codes[start - 1] === OPEN_PAREN && codes[close] === CLOSE_PAREN) {
    const at = behindGap(text, close + 1);
    if (!text.has('values', at)) return false;
    onRows(scan, text, subject, column, columns, behindGap(text, at + 6), true);
    return true;
  }
  const line = (start === 0 || codes[start - 1]! < 32) && (codes[close] === LF || codes[close] === 13);
  if (!line) return false;
  onRows(scan, text, subject, column, columns, behindGap(text, close), false);
  return true;
}

/** What a list of columns is written with. Lines of CSV have no spaces between their columns, but may have them. */
const HEAD = new Uint8Array(0x10000);
for (let code = 0; code < 128; code++)
  if (isName(code) || code === COMMA || isSpace(code) || isQuote(code)) HEAD[code] = 1;

function onRows(
  scan: Scan,
  text: Text,
  subject: Subject,
  column: number,
  columns: number,
  from: number,
  sql: boolean,
): void {
  const { codes, length } = text;
  let at = from;
  for (let row = 0; row < MOST_ROWS && at < length; row++) {
    if (sql && codes[at] !== OPEN_PAREN) return;
    const rowEnd = cells(scan, text, at + (sql ? 1 : 0), column, sql);
    if (rowEnd < 0 || seen !== columns) return;
    const named = subject.name.promise === 'strong' && MADE_UP.has(subject.name.category);
    if (value.end > value.start) {
      if (value.quoted && named && isSecret(scan, text, 'whole')) found(scan, text, subject, 'column');
      else judgeNear(scan, text, subject, 'column', named, 8);
    }
    at = behindGap(text, sql ? rowEnd + 1 : rowEnd);
    if (sql && codes[at] === COMMA) at = behindGap(text, at + 1);
  }
}

/** Cells of the last row. */
let seen = 0;

/** Reads the row at `from`; cell `column` becomes the value. Returns where the row ends, or -1. */
function cells(scan: Scan, text: Text, from: number, column: number, sql: boolean): number {
  const { codes, length } = text;
  const limit = Math.min(length, from + LONGEST_ROW);
  let start = from;
  let quote = 0;
  let depth = 0;
  seen = 0;
  value.start = value.end = 0;
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
function take(text: Text, from: number, to: number): void {
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
