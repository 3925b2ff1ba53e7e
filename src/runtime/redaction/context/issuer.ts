/**
 * Credentials without a mark of their own, known by the issuer's name beside them: `DATADOG_ACCESS=0123…`.
 *
 * In:  a text, a rule of boundary `name`, and where its anchor was seen.
 * Out: a finding when a value stands behind the identifier that the anchor is part of, and the value has the form.
 */
import {
  ANY_LOWER,
  ANY_UPPER,
  CLASS,
  COLON,
  COMMA,
  DIGIT,
  EQUALS,
  GREATER,
  isAlnum,
  isGap,
  isName,
  isQuote,
  isSpace,
  NUL,
} from '../characters.ts';
import { tellsAbout } from '../names.ts';
import type { CompiledRule } from '../rule.ts';
import type { Scan } from '../scan.ts';
import { entropy, looksWordy } from '../shape.ts';
import type { Text } from '../text.ts';

export function onIssuer(
  scan: Scan,
  text: Text,
  rule: CompiledRule,
  anchorStart: number,
  anchorEnd: number,
): void {
  const { codes, length } = text;
  let at = anchorEnd;
  while (at < length && isName(codes[at]!) && at - anchorEnd < 64) at++;
  const nameEnd = at;
  let ties = 0;
  let gaps = 0;
  for (let skipped = 0; at < length && skipped < 12; skipped++, at++) {
    const code = codes[at]!;
    if (code === COLON || code === EQUALS || code === GREATER || code === NUL) ties++;
    else if (isGap(code)) gaps++;
    else if (!isQuote(code) && code !== 92 && code !== 93 && code !== 41) break;
  }
  scan.work.read(at - anchorStart);
  if (codes[at] === COMMA || (gaps > 0 && ties === 0)) {
    const field = behindValueField(scan, text, at);
    if (field > 0) {
      at = field;
      ties++;
    }
  }
  if (ties === 0 && gaps === 0) return;
  if (ties === 0 && text.mode !== 'argv') return;
  if (at >= length || codes[at]! >= 128 || rule.form.first[codes[at]!] === 0) return;
  if (tellsAbout(codes, anchorEnd, nameEnd)) return;
  if (!fits(scan, text, rule, at)) return;
  scan.report(text, at, rule.form.secretEnd, rule.rule.id, rule.rule.id, rule.rank);
}

/** `"name": "SENTRY_LOGIN", "value": "…"`, `value: …` on the next line: where the value begins; 0 when there is none. */
function behindValueField(scan: Scan, text: Text, from: number): number {
  const { codes } = text;
  let at = from;
  while (
    at - from < 32 &&
    (isGap(codes[at]!) || isQuote(codes[at]!) || codes[at] === COMMA || codes[at] === 92)
  )
    at++;
  scan.work.read(at - from);
  if (!text.has(VALUE_FIELD, at)) return 0;
  at += VALUE_FIELD.length;
  const name = at;
  while (
    at - name < 12 &&
    (isSpace(codes[at]!) || isQuote(codes[at]!) || codes[at] === COLON || codes[at] === 92)
  )
    at++;
  return at > name && (codes[name] === COLON || isQuote(codes[name]!) || codes[name] === 92) ? at : 0;
}
const VALUE_FIELD = 'value';

/** True when a value of the rule's form, and no more, stands at `at`. */
function fits(scan: Scan, text: Text, rule: CompiledRule, at: number): boolean {
  const { codes, length } = text;
  const end = rule.form.match(codes, at, length, scan.work);
  if (end < 0) return false;
  if (end < length && (isAlnum(codes[end]!) || (codes[end]! < 128 && rule.set[codes[end]!] === 1)))
    return false;
  return (
    entropy(codes, rule.form.secretStart, rule.form.secretEnd) >= rule.entropy && looksIssued(codes, at, end)
  );
}

/** A digit, or letters of both cases, or many that make no words: no word of a sentence. */
function looksIssued(codes: Uint16Array, start: number, end: number): boolean {
  let seen = 0;
  for (let at = start; at < end; at++) seen |= CLASS[codes[at]!]!;
  if ((seen & DIGIT) !== 0 || ((seen & ANY_LOWER) !== 0 && (seen & ANY_UPPER) !== 0)) return true;
  return end - start >= LEAST_OF_LETTERS && !looksWordy(codes, start, end);
}

const LEAST_OF_LETTERS = 14;

/** True when the whole of `[start, end)` has the rule's form: it names the kind of a value found otherwise. */
export function hasForm(scan: Scan, text: Text, rule: CompiledRule, start: number, end: number): boolean {
  return rule.form.match(text.codes, start, text.length, scan.work) === end;
}
