/**
 * Credentials that are known by their shape: a rule's anchor was seen, its form is tried there.
 *
 * In:  a text, a compiled rule, and where the anchor begins and ends.
 * Out: a finding over what the form says, or nothing. A secret that the end of the text cuts off is found by its head.
 */
import {
  ALNUM,
  ANY_LOWER,
  CLASS,
  DASH,
  DIGIT,
  DOT,
  endsPrefix,
  HEX,
  HYPHEN,
  NUL,
  PLUS,
  UNDERSCORE,
} from '../characters.ts';
import { isEllipsis, NO_MATCH, RAN_OUT } from '../form.ts';
import { glueStart, isGlue, isPart, LONGEST_GLUE } from '../joints.ts';
import type { CompiledRule } from '../rule.ts';
import type { Scan } from '../scan.ts';
import { TABLE, WORD } from '../sensitive-words.ts';
import { entropy, isAllOf, looksRandom, looksWordy, measure } from '../shape.ts';
import type { Text } from '../text.ts';
import { COST } from '../work.ts';
import { endOfWrapped } from './wrapped.ts';

/** Characters of a secret that are enough to know a cut-off one by, behind an anchor that is no word. */
const LEAST_OF_A_HEAD = 6;
/** The same behind one that could be the beginning of a word. */
const LEAST_BEHIND_A_WORD = 8;
/** The same behind a word that names secrets, and a hyphen: `key-`, `secret-`. */
const LEAST_BEHIND_A_NAME = 24;
/** The same before an ellipsis: manuals write `sk-ant-api03-abc123…`, logs that cut what they write leave more. */
const LEAST_BEFORE_ELLIPSIS = 13;

/** Notes in `scan.joints` where a quote or an element ended before the form did, or in the middle of its open run. */
export function onIssued(
  scan: Scan,
  text: Text,
  rule: CompiledRule,
  anchorStart: number,
  anchorEnd: number,
): void {
  const { codes, length } = text;
  const { form } = rule;
  if (rule.leadMax > 0) noteJointsBefore(scan, text, rule, anchorStart);
  // Where what ends before the anchor may begin at many places, all of them are tried: first whether it ends there at all.
  if (rule.leadMax > rule.leadMin && rule.before !== undefined) {
    const last = anchorStart > 0 ? codes[anchorStart - 1]! : 0;
    if (last > 127 || rule.before[last] === 0) return;
  }
  for (let lead = rule.leadMax; lead >= rule.leadMin; lead--) {
    const start = anchorStart - lead;
    if (start < 0 || codes[start]! > 127 || form.first[codes[start]!] === 0 || !leftFits(codes, start, rule))
      continue;
    scan.work.spend(COST.form);
    const end = form.match(codes, start, length, scan.work);
    if (end < 0 && goesOn(text, anchorEnd, form.stop)) noteJoint(scan, text, form.stop, anchorStart);
    if (end === NO_MATCH) continue;
    if (end === RAN_OUT) {
      onHead(scan, text, rule, start, anchorEnd);
      continue;
    }
    const close = rightEnd(scan, text, rule, end);
    if (close < 0) continue;
    if (!isDrawn(text, rule)) continue;
    noteJoint(scan, text, close, start);
    const last = rule.rule.id === JWT_HEAD ? endOfWrapped(scan, text, start, close) : close;
    scan.report(text, rule.form.begin, last, rule.rule.id, rule.rule.id, rule.rank);
    return;
  }
}

/** The rule that every JSON Web Token meets, whole or not. */
const JWT_HEAD = 'jwt-head';

/** Behind an anchor that ends its element, or has but a word to its end, stands what any name has behind it, or a part of a secret. */
function goesOn(text: Text, anchorEnd: number, stop: number): boolean {
  if (text.codes[stop] !== NUL) return true;
  if (isPart(text, stop + 1)) return true;
  if (stop === anchorEnd) return false;
  const s = measure(text.codes, anchorEnd, stop);
  return s.lower < s.length || !looksWordy(text.codes, anchorEnd, stop);
}

/** Notes `at`, where a form stopped that began at `start`, when the text may go on with it behind a quote or a border. */
function noteJoint(scan: Scan, text: Text, at: number, start: number): void {
  if (at <= start || at >= text.length || scan.joints.length >= MOST_JOINTS) return;
  const code = text.codes[at]!;
  if (isGlue(code) || (code === NUL && text.mode === 'argv')) scan.joints.push(at);
}
const MOST_JOINTS = 64;

/** The same for what a form has before its anchor. */
function noteJointsBefore(scan: Scan, text: Text, rule: CompiledRule, anchorStart: number): void {
  const { codes } = text;
  const floor = Math.max(1, anchorStart - rule.leadMin - LONGEST_GLUE);
  let size = 0;
  for (let at = anchorStart - 1; at >= floor && size < rule.leadMin; at--) {
    if (codes[at]! < 128 && rule.form.first[codes[at]!] === 1) {
      size++;
      continue;
    }
    const start = glueStart(text, at);
    if (start > at) return;
    noteJoint(scan, text, start, 0);
    at = start;
  }
}

function leftFits(codes: Uint16Array, start: number, rule: CompiledRule): boolean {
  if (rule.rule.boundary === 'free' || start === 0) return true;
  const before = codes[start - 1]!;
  // `u+…` stands in base64 by chance.
  if (before === PLUS && codes[start + 1] === PLUS) return false;
  if ((CLASS[before]! & ALNUM) === 0) return !(rule.rule.apart === true && (CLASS[before]! & DASH) !== 0);
  return endsPrefix(codes, start);
}

/** Behind the match, or -1 when what follows says that it is none. */
function rightEnd(scan: Scan, text: Text, rule: CompiledRule, end: number): number {
  const { codes, length } = text;
  const { set } = rule;
  let at = end;
  const last = codes[end - 1]!;
  if (last < 128 && set[last] === 1) while (at < length && codes[at]! < 128 && set[codes[at]!] === 1) at++;
  scan.work.read(at - end);
  if (at === end) return end;
  return rule.rule.boundary === 'word' ? -1 : at;
}

/** False for runs of x, for words, and for the keys of documentation. */
function isDrawn(text: Text, rule: CompiledRule): boolean {
  const { form } = rule;
  const { codes } = text;
  const size = form.secretEnd - form.secretStart;
  if (size < 6) return true;
  if (entropy(codes, form.secretStart, form.secretEnd) < rule.entropy) return false;
  // A key of documentation; a name behind a dot is that of a host.
  const named = codes[form.secretEnd - 8] !== DOT && text.has('example', form.secretEnd - 7);
  if (named || text.has('examplekey', form.secretEnd - 10)) return false;
  const s = measure(codes, form.secretStart, form.secretEnd);
  // A word may begin so, and so may a run of base64; forty characters of one case with digits all over are neither.
  if (size >= 20 && rule.mixed && (s.lower === 0 || s.upper === 0) && (size < 40 || s.digit * 8 < size))
    return false;
  if (s.digit > 0 && s.changes * 6 > s.length) return true;
  if (s.pairs < 6 || s.digit * 5 > s.length) return s.lower + s.upper + s.digit > 0;
  return s.commonPairs * 100 < s.pairs * 85;
}

/** The text, or the element, ended within the form: what is there is the head of a secret, if it looks like one. */
function onHead(scan: Scan, text: Text, rule: CompiledRule, start: number, anchorEnd: number): void {
  const { codes, length } = text;
  const { form } = rule;
  const { boundary } = rule.rule;
  if (rule.leadMax > 0 || boundary === 'name' || boundary === 'run' || anchorEnd - start < 3) return;
  const shortened = isEllipsis(codes, form.stop);
  let end = shortened ? form.stop : anchorEnd;
  while (!shortened && end < length && codes[end]! > 32) end++;
  const size = end - anchorEnd;
  if (shortened && size < LEAST_BEFORE_ELLIPSIS) return;
  for (let at = start; at < anchorEnd; at++) if (!sameCase(codes[at]!, rule.rule, at - start)) return;
  // `secret-93744488`: a word and a hyphen begin many names, and so short a one says nothing.
  if (
    !text.cut &&
    size < LEAST_BEHIND_A_NAME &&
    isSensitiveWord(codes, start, anchorEnd) &&
    !restFollows(text, rule, end)
  )
    return;
  if (text.cut && end === length) {
    if (size > 0) scan.report(text, rule.form.begin, end, rule.rule.id, rule.rule.id, rule.rank, true);
    return;
  }
  if (!text.cut && (isGivenName(codes, anchorEnd, end) || isDocument(text, rule, start, end))) return;
  if (rule.rule.alphabet === 'uuid' && rule.rule.form === '@#' && !isHeadOfUuid(codes, anchorEnd, end))
    return;
  const plain = isPlainWord(codes, start, anchorEnd);
  // A fingerprint may begin as a token does.
  if (plain && isAllOf(codes, start, end, HEX)) return;
  if (
    plain ? size < LEAST_BEHIND_A_WORD || !looksRandom(codes, anchorEnd, end) : !isHead(codes, anchorEnd, end)
  )
    return;
  scan.report(text, rule.form.begin, end, rule.rule.id, rule.rule.id, rule.rank, true);
}

/** `test_passwd`: an anchor that is a word, an underscore, and small letters: a name that somebody gave. */
function isGivenName(codes: Uint16Array, from: number, end: number): boolean {
  if (codes[from - 1] !== UNDERSCORE || (CLASS[codes[from - 4]!]! & ANY_LOWER) === 0) return false;
  return end - from < LEAST_BEHIND_A_NAME && isAllOf(codes, from, end, ANY_LOWER);
}

/** `eyJ2ZXJzaW9uIjoz…`: JSON in base64, but no header of a token (RFC 7515), which says what it was signed with. */
function isDocument(text: Text, rule: CompiledRule, start: number, end: number): boolean {
  if (!rule.rule.anchors.includes(JSON_HEAD) || end - start < LEAST_DOCUMENT) return false;
  const json = Buffer.from(text.slice(start, Math.min(end, start + LONGEST_HEADER)), 'base64');
  return !/"(?:alg|enc|typ|kid|cty|zip|jku|x5[tuc])"/.test(json.toString('latin1'));
}
const JSON_HEAD = 'eyJ';
const LEAST_DOCUMENT = 40;
const LONGEST_HEADER = 1024;

function isHead(codes: Uint16Array, start: number, end: number): boolean {
  if (end - start < LEAST_OF_A_HEAD) return false;
  const s = measure(codes, start, end);
  const words = s.pairs >= 4 && s.commonPairs * 100 >= s.pairs * 75 && s.digit <= 2;
  return s.distinct >= 4 && !words && (s.digit > 0 || !looksWordy(codes, start, end));
}

/** `api-3f1c2aa9-5c1d-4…`: with hyphens where a UUID has them. `api-3f1c2aa95c1d` is a container's name. */
function isHeadOfUuid(codes: Uint16Array, from: number, end: number): boolean {
  if (end - from <= LEAST_OF_UUID) return false;
  for (let at = from; at < end; at++)
    if ((codes[at] === HYPHEN) !== HYPHENS_OF_UUID.has(at - from)) return false;
  return true;
}
/** Up to its first hyphen it is as long as the digits behind many names. */
const LEAST_OF_UUID = 8;
const HYPHENS_OF_UUID: ReadonlySet<number> = new Set([8, 13, 18, 23]);

/** The next element begins with what the rest of a drawn secret would: its characters, digits among them. */
function restFollows(text: Text, rule: CompiledRule, end: number): boolean {
  const { codes, length } = text;
  if (text.mode !== 'argv' || end + LEAST_BEHIND_A_WORD >= length) return false;
  let digits = 0;
  for (let at = end + 1; at <= end + LEAST_BEHIND_A_WORD; at++) {
    if (codes[at]! > 127 || rule.set[codes[at]!] !== 1) return false;
    if ((CLASS[codes[at]!]! & DIGIT) !== 0) digits++;
  }
  return digits > 0;
}

/** `key-`, `token_`. */
function isSensitiveWord(codes: Uint16Array, start: number, end: number): boolean {
  return (CLASS[codes[end - 1]!]! & DASH) !== 0 && (TABLE.get(codes, start, end - 1) & WORD.sensitive) !== 0;
}

/** An anchor of few letters and nothing else: `SCW`, `pat`. */
function isPlainWord(codes: Uint16Array, start: number, end: number): boolean {
  return end - start < 6 && isAllOf(codes, start, end, ALNUM);
}

function sameCase(
  code: number,
  rule: { anchors: readonly string[]; ignoreCase?: boolean },
  index: number,
): boolean {
  if (rule.ignoreCase) return true;
  return rule.anchors.some((anchor) => index >= anchor.length || anchor.charCodeAt(index) === code);
}
