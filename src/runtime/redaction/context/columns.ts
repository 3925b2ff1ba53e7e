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
  EQUALS,
  isGap,
  isName,
  isQuote,
  isSpace,
  LF,
  NUL,
  OPEN_PAREN,
  SEMICOLON,
  SPACE,
  tableOf,
} from '../characters.ts';
import type { Scan } from '../scan.ts';
import type { Text } from '../text.ts';
import { COST } from '../work.ts';
import { found, judgeNear, MADE_UP, type Subject } from './judgement.ts';
import { behindGap, startsLine } from './places.ts';
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

/** A line of two columns, `smtp_password,…`; `end` is behind the name. True when the second one is its value. */
export function onPairLine(scan: Scan, text: Text, subject: Subject, end: number): boolean {
  const { codes, length } = text;
  const separator = codes[end]!;
  if ((separator !== COMMA && separator !== SEMICOLON) || !startsLine(text, subject.start)) return false;
  let to = end + 1;
  while (to < length && codes[to] !== separator && codes[to]! > SPACE && to - end < LONGEST_HEAD) to++;
  scan.work.read(to - end);
  if (to < length && codes[to] !== LF && codes[to] !== 13) return false;
  take(text, end + 1, to);
  return value.end > value.start && judgeNear(scan, text, subject, 'column', true, 10);
}

/** `SELECT '…' AS password`: the value stands before its name. True when it was one. */
export function onAlias(scan: Scan, text: Text, subject: Subject): boolean {
  const { codes } = text;
  const close = subject.start - AS.length - 1;
  const quote = codes[close]!;
  if (close < 2 || !isQuote(quote) || !text.has(AS, close + 1)) return false;
  const floor = Math.max(0, close - LONGEST_ROW);
  let open = close - 1;
  while (open > floor && codes[open] !== quote && codes[open] !== LF) open--;
  scan.work.read(close - open);
  if (codes[open] !== quote) return false;
  take(text, open + 1, close);
  return value.end > value.start && judgeNear(scan, text, subject, 'column', true, 8);
}
const AS = ' as ';

/**
 * `UPDATE settings SET value = '…' WHERE name = 'smtp_password'`: the name stands behind its value. True when the subject is
 * what a row is chosen by.
 */
export function onWhere(scan: Scan, text: Text, subject: Subject): boolean {
  const { codes } = text;
  let at = beforeGap(codes, subject.start - 1);
  if (!isQuote(codes[subject.start - 1]!) || codes[at - 1] !== EQUALS) return false;
  at = beforeGap(codes, at - 1);
  const floor = Math.max(0, at - LONGEST_COLUMN);
  while (at > floor && (isName(codes[at - 1]!) || isQuote(codes[at - 1]!))) at--;
  at = beforeGap(codes, at);
  if (!text.has('where', at - 5)) return false;
  const end = beforeGap(codes, at - 5);
  const quote = codes[end - 1]!;
  if (!isQuote(quote)) return true;
  let start = end - 1;
  while (start > 0 && codes[start - 1] !== quote && end - start < LONGEST_ROW) start--;
  scan.work.read(end - start);
  if (codes[beforeGap(codes, start - 1) - 1] !== EQUALS) return true;
  value.quoted = true;
  value.start = start;
  value.end = end - 1;
  value.next = end;
  if (subject.name.promise === 'weak' || !MADE_UP.has(subject.name.category))
    judgeNear(scan, text, subject, 'column', false, 8);
  else if (isSecret(scan, text, 'whole')) found(scan, text, subject, 'column');
  return true;
}
const LONGEST_COLUMN = 64;

function beforeGap(codes: Uint16Array, from: number): number {
  let at = from;
  while (at > 0 && isGap(codes[at - 1]!) && from - at < 16) at--;
  return at;
}

/** What a list of columns is written with. Lines of CSV have no spaces between their columns, but may have them. */
const HEAD = tableOf((code) => isName(code) || code === COMMA || isSpace(code) || isQuote(code));

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
    scan.work.spend(COST.row);
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
