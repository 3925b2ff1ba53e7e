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
  DOT,
  EQUALS,
  isGap,
  isName,
  isQuote,
  isSpace,
  LF,
  OPEN_PAREN,
  SEMICOLON,
  SPACE,
  TAB,
  tableOf,
} from '../characters.ts';
import type { Scan } from '../scan.ts';
import type { Text } from '../text.ts';
import { COST } from '../work.ts';
import { cellCount, isKnownPlainOf, keepPlainOf, readRow, take } from './cells.ts';
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
  // A string on a line of its own, and a comma: an item of a list.
  if (codes[close - 1] === COMMA && columns === 2 && isQuote(codes[end]!)) return false;
  let start = subject.start;
  let column = 0;
  const floor = Math.max(0, start - LONGEST_HEAD);
  for (; start > floor && HEAD[codes[start - 1]!] === 1; start--) if (codes[start - 1] === COMMA) column++;
  scan.work.read(subject.start - start);
  columns += column;
  if (columns < 2 && codes[start - 1] !== OPEN_PAREN) return false;
  if (codes[start - 1] === OPEN_PAREN && codes[close] === CLOSE_PAREN) {
    const at = behindGap(text, close + 1);
    if (text.has(FROM_STDIN, at)) {
      onCopied(scan, text, subject, column, at + FROM_STDIN.length);
      return true;
    }
    if (columns < 2 || !text.has('values', at)) return false;
    onRows(scan, text, subject, column, columns, behindGap(text, at + 6), true);
    return true;
  }
  const line = (start === 0 || codes[start - 1]! < 32) && (codes[close] === LF || codes[close] === 13);
  if (!line) return false;
  onRows(scan, text, subject, column, columns, behindGap(text, close), false);
  return true;
}

/** PostgreSQL, as its dumps have them: `COPY users (id, password) FROM stdin;`, then rows with tabs, up to `\\.`. */
function onCopied(scan: Scan, text: Text, subject: Subject, column: number, from: number): void {
  const { codes, length } = text;
  const limit = Math.min(length, from + LONGEST_HEAD);
  let at = from;
  while (at < limit && codes[at] !== LF) at++;
  for (let row = 0; row < MOST_ROWS && at < length && codes[at] === LF; row++) {
    scan.work.spend(COST.row);
    let cell = 0;
    let start = ++at;
    if (codes[at] === BACKSLASH && codes[at + 1] === DOT) return;
    let end = 0;
    for (; at < length && at - start < LONGEST_ROW && codes[at] !== LF; at++) {
      if (codes[at] !== TAB) continue;
      if (cell === column) end = at;
      if (cell++ < column) start = at + 1;
    }
    scan.work.read(at - start);
    if (cell < column) return;
    take(text, start, end === 0 ? at : end);
    if (value.end > value.start && value.end <= at)
      judgeNear(scan, text, subject, 'column', MADE_UP.has(subject.name.category), 8);
  }
}
const FROM_STDIN = 'from stdin';

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

/** `host;db_password;…;5432`: the cell behind the name's, between semicolons or at the line's end. `from` is where it begins. */
export function onNextOfRow(scan: Scan, text: Text, subject: Subject, from: number): void {
  const { codes, length } = text;
  if (subject.name.promise !== 'strong' || codes[subject.start - 1] === EQUALS) return;
  let to = from;
  while (to < length && codes[to] !== SEMICOLON && codes[to]! > SPACE && to - from < LONGEST_HEAD) to++;
  scan.work.read(to - from);
  if (to < length && codes[to] !== SEMICOLON && codes[to] !== LF && codes[to] !== 13) return;
  // A pair of a list of such: `password;timeout=30;`.
  for (let at = from; at < to; at++) if (codes[at] === EQUALS && isName(codes[at + 1]!)) return;
  take(text, from, to);
  if (value.end > value.start)
    judgeNear(scan, text, subject, 'column', MADE_UP.has(subject.name.category), 8);
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
  const least = subject.name.promise === 'strong' ? 1 : LEAST_BEHIND_WEAK;
  for (let row = 0; row < MOST_ROWS && at < length; row++) {
    if (sql && codes[at] !== OPEN_PAREN) return;
    scan.work.spend(COST.row);
    const rowEnd = readRow(scan, text, at + (sql ? 1 : 0), column, sql);
    if (rowEnd < 0 || cellCount() !== columns) return;
    if (value.end - value.start >= least && !isKnownPlainOf(subject.name) && !judgeCell(scan, text, subject))
      keepPlainOf(subject.name);
    at = behindGap(text, sql ? rowEnd + 1 : rowEnd);
    if (sql && codes[at] === COMMA) at = behindGap(text, at + 1);
  }
}

/** Nothing shorter is a secret behind a weak name (`judgeNear`): such cells are turned away before they are judged, row for row. */
const LEAST_BEHIND_WEAK = 16;

/** True when the cell that was read last is a secret, which is noted then. */
function judgeCell(scan: Scan, text: Text, subject: Subject): boolean {
  // Once for every head that a row stands below.
  scan.work.read(value.end - value.start);
  const named = subject.name.promise === 'strong' && MADE_UP.has(subject.name.category);
  if (value.quoted && named && isSecret(scan, text, 'whole')) {
    found(scan, text, subject, 'column');
    return true;
  }
  return judgeNear(scan, text, subject, 'column', named, 8);
}
