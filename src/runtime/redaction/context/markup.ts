/**
 * Values in elements and fields of their own: `<password>…</password>`, `name: DB_PASSWORD` beside `value: …` in JSON,
 * YAML, XML and property lists, `name="password"` in a multipart body.
 *
 * In:  a subject and the position behind its name.
 * Out: a finding for the value; true when such a field was there.
 */
import {
  BACKSLASH,
  CLASS,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  DOT,
  EQUALS,
  GREATER,
  HYPHEN,
  isAlnum,
  isGap,
  isName,
  isQuote,
  isSpace,
  LESS,
  LETTER,
  LF,
  NUL,
  OPEN_BRACE,
  SLASH,
  SPACE,
} from '../characters.ts';
import { FewWords } from '../few-words.ts';
import type { Scan } from '../scan.ts';
import type { Text } from '../text.ts';
import { COST } from '../work.ts';
import { onValue } from './assigned.ts';
import { judge, judgeNear, type Subject } from './judgement.ts';
import { behindGap, behindSpace } from './places.ts';
import { value } from './value.ts';

const LONGEST_ATTRIBUTES = 120;
const LONGEST_CONTENT = 16_384;
/** The same behind a space: more often a placeholder in a sentence, `<token> of the …`, than an element. */
const LONGEST_SPACED = 256;

/** True when the name at `start` names an element: `<name` or `<prefix:name`. */
export function opensTag(text: Text, start: number): boolean {
  const { codes } = text;
  if (start === 0) return false;
  if (codes[start - 1] === LESS) return !isName(codes[start - 2] ?? 0) || codes[start - 2] === DOT;
  if (codes[start - 1] !== COLON) return false;
  let at = start - 2;
  while (at > 0 && start - at < 24 && isAlnum(codes[at]!)) at--;
  return codes[at] === LESS;
}

/** The content of the element whose tag goes on at `from`. */
export function onTag(scan: Scan, text: Text, subject: Subject, from: number): void {
  const { codes, length } = text;
  let at = from;
  while (at < length && at - from < LONGEST_ATTRIBUTES && codes[at] !== GREATER && codes[at] !== LESS) {
    // `<token value="…"/>`.
    if (isSpace(codes[at - 1]!) && text.has('value=', at)) {
      onValue(scan, text, subject, at + 6, 'word', 'whole');
      return;
    }
    at++;
  }
  if (codes[at] !== GREATER || codes[at - 1] === SLASH) return;
  at++;
  // Windows: `<Password><Value>…</Value></Password>`.
  const child = behindGap(text, at);
  if (text.has('<value>', child)) at = child + 7;
  if (text.has('<![cdata[', at)) at += 9;
  const longest = codes[at] === SPACE ? LONGEST_SPACED : LONGEST_CONTENT;
  at = behindGap(text, at);
  let end = at;
  while (end < length && end - at < longest && codes[end] !== LESS && codes[end] !== NUL) {
    if (codes[end] === CLOSE_BRACKET && codes[end + 1] === CLOSE_BRACKET && codes[end + 2] === GREATER) break;
    end++;
  }
  scan.work.read(end - from);
  const closes =
    end >= length || codes[end] === CLOSE_BRACKET || (codes[end] === LESS && codes[end + 1] === SLASH);
  if (!closes) return;
  while (end > at && isGap(codes[end - 1]!)) end--;
  value.start = at;
  value.end = end;
  value.quoted = true;
  if (end <= at) return;
  if (codes[behindGap(text, end)] === LESS || codes[end] === CLOSE_BRACKET)
    judge(scan, text, subject, 'whole');
  else judgeNear(scan, text, subject, 'name', false, 12);
}

const VALUE_FIELDS = ['value', 'val', 'string', 'content', 'default', 'data'];
const VALUE_BEGINNINGS = new FewWords(VALUE_FIELDS);
/** Fields that may stand between the name and the value. */
const OTHER_FIELDS = new FewWords(
  'key type secret securestring sensitive dict protected masked hidden raw encrypted version scope true false null plain env_var variable_type'.split(
    ' ',
  ),
);
const FARTHEST_FIELD = 96;
/** Methods that fill a form's field, found by its name. */
const SETTERS = ['.send_keys(', '.sendkeys(', '.fill(', '.type(', '.setvalue(', '.val(', '.set('];

/** The name is itself the value of a field; its own value stands in a field beside it. */
export function onField(scan: Scan, text: Text, subject: Subject, from: number): boolean {
  const { codes, length } = text;
  // `<input type="password" name="p" value="…">`: other attributes may stand between.
  const typed = text.has('type="', subject.start - 6);
  if (!typed && !mayBeField(codes[from]!) && !text.has('android:', from) && !text.has('type="', from))
    return false;
  if (codes[from] === DOT) {
    const setter = SETTERS.find((word) => text.has(word, from));
    if (setter === undefined) return false;
    onValue(scan, text, subject, from + setter.length, 'word', 'whole');
    return true;
  }
  // The registry of Windows: `/v DB_PASSWORD /t REG_SZ /d …`.
  if (text.has('/d ', from) || text.has('/t reg_sz /d ', from)) {
    onValue(scan, text, subject, from + (text.has('/d ', from) ? 3 : 13), 'word', 'whole');
    return true;
  }
  if (codes[from] === LESS && onNextCell(scan, text, subject, from)) return true;
  if (onNamedElement(scan, text, subject, from)) return true;
  if (codes[from] === LF || codes[from] === 13) {
    if (onMultipart(scan, text, subject, from)) return true;
  }
  const limit = Math.min(length, from + FARTHEST_FIELD);
  scan.work.spend(COST.string);
  for (let at = from; at < limit; at++) {
    const code = codes[at]!;
    if (code === NUL || code > 127) return false;
    if ((CLASS[code]! & LETTER) === 0) continue;
    let end = at;
    while (end < limit && isName(codes[end]!)) end++;
    const isValue = isValueField(text, at, end);
    if (isValue && onFieldValue(scan, text, subject, at, end)) return true;
    const known =
      OTHER_FIELDS.at(text, at) !== undefined || (codes[at - 1] === SLASH && text.has('name', end - 4));
    if (!known && !isValue) return false;
    at = end;
  }
  return false;
}

/** `<td>DB_PASSWORD</td><td>…</td>`: the cell beside the name's. */
function onNextCell(scan: Scan, text: Text, subject: Subject, from: number): boolean {
  const { codes, length } = text;
  if (!text.has('</td>', from) && !text.has('</th>', from)) return false;
  let at = behindGap(text, from + 5);
  if (!text.has('<td', at)) return false;
  const limit = Math.min(length, at + LONGEST_ATTRIBUTES);
  while (at < limit && codes[at] !== GREATER) at++;
  if (at === limit) return false;
  const start = behindGap(text, at + 1);
  let end = start;
  while (end < length && end - start < LONGEST_CELL && codes[end] !== LESS && codes[end] !== NUL) end++;
  scan.work.read(end - from);
  while (end > start && isGap(codes[end - 1]!)) end--;
  value.start = start;
  value.end = end;
  value.quoted = true;
  value.next = end;
  return end > start && judgeNear(scan, text, subject, 'cell', true, 10);
}
const LONGEST_CELL = 1024;

/** `<property name="password">…</property>`, or with `<value>` within: the name is an attribute of the element. */
function onNamedElement(scan: Scan, text: Text, subject: Subject, from: number): boolean {
  const { codes, length } = text;
  if (!isQuote(codes[subject.start - 1] ?? 0) && !isQuote(codes[from - 1]!)) return false;
  if (text.has('for=', subject.start - 5)) return false; // A label of a field.
  let open = subject.start;
  const floor = Math.max(0, open - LONGEST_ATTRIBUTES);
  while (open > floor && codes[open] !== LESS && codes[open] !== GREATER && codes[open]! > 31) open--;
  if (codes[open] !== LESS || (CLASS[codes[open + 1]!]! & LETTER) === 0) return false;
  let close = from;
  while (
    close < length &&
    close - from < LONGEST_ATTRIBUTES &&
    codes[close] !== GREATER &&
    codes[close] !== LESS
  ) {
    const field =
      isName(codes[close - 1]!) || !VALUE_BEGINNINGS.mayStandAt(text, close)
        ? undefined
        : VALUE_FIELDS.find((word) => text.has(word, close) && codes[close + word.length] === EQUALS);
    if (field !== undefined) {
      onValue(scan, text, subject, close + field.length + 1, 'word', 'whole');
      return true;
    }
    close++;
  }
  if (codes[close] === GREATER && onValueBefore(scan, text, subject, open)) return true;
  if (codes[close] !== GREATER || codes[close - 1] === SLASH) return false;
  const inner = behindGap(text, close + 1);
  if (codes[inner] !== LESS) onTag(scan, text, subject, close);
  else if (VALUE_BEGINNINGS.at(text, inner + 1) !== undefined) onTag(scan, text, subject, inner + 1);
  else return false;
  return true;
}

/** `<input value="…" name="password">`: the attribute may stand before the name's. `open` is where the tag begins. */
function onValueBefore(scan: Scan, text: Text, subject: Subject, open: number): boolean {
  if (!text.has('name=', subject.start - 6)) return false;
  for (let at = open + 2; at < subject.start; at++) {
    if (!isSpace(text.codes[at - 1]!) || !text.has('value=', at)) continue;
    onValue(scan, text, subject, at + 6, 'word', 'whole');
    return true;
  }
  return false;
}

/** `value`, `ParameterValue`. */
function isValueField(text: Text, start: number, end: number): boolean {
  return (
    text.has('value', end - 5) ||
    (VALUE_BEGINNINGS.mayStandAt(text, start) &&
      VALUE_FIELDS.some((word) => end - start === word.length && text.has(word, start)))
  );
}

/** What may follow the name there: a separator of fields, or the field itself. */
function mayBeField(code: number): boolean {
  if (
    code === DOT ||
    code === COMMA ||
    code === SLASH ||
    code === LESS ||
    code === GREATER ||
    code === LF ||
    code === 13 ||
    code === OPEN_BRACE
  )
    return true;
  const letter = code | 32;
  return letter === 115 || letter === 118 || letter === 100 || letter === 99 || code === 45;
}

function onFieldValue(
  scan: Scan,
  text: Text,
  subject: Subject,
  fieldStart: number,
  fieldEnd: number,
): boolean {
  const { codes, length } = text;
  let at = fieldEnd;
  while (
    at < length &&
    at - fieldEnd < 12 &&
    (isQuote(codes[at]!) || isSpace(codes[at]!) || codes[at] === BACKSLASH)
  )
    at++;
  if (codes[at] === GREATER) {
    if (codes[fieldStart - 1] !== LESS) return false;
    onTag(scan, text, subject, at);
    return true;
  }
  // PowerShell: `Env:TOKEN -Value …`.
  const option = codes[fieldStart - 1] === HYPHEN && at > fieldEnd && !isQuote(codes[fieldEnd]!);
  if (codes[at] !== COLON && codes[at] !== EQUALS && !option) return false;
  onValue(scan, text, subject, option ? at : behindSpace(text, at + 1), 'word', 'whole');
  return true;
}

/** RFC 7578: `name="password"`, then headers' end, then the value. */
function onMultipart(scan: Scan, text: Text, subject: Subject, from: number): boolean {
  const { codes, length } = text;
  if (!text.has('name=', subject.start - 6) && !text.has('name=', subject.start - 5)) return false;
  let at = from;
  let breaks = 0;
  while (at < length && isGap(codes[at]!) && codes[at] !== NUL) if (codes[at++] === LF) breaks++;
  if (breaks < 2) return false;
  onValue(scan, text, subject, at, 'line', 'whole');
  return true;
}
