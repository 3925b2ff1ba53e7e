/**
 * The words of a command line, and looks at them.
 *
 * In:  a text and where a program's name ends.
 * Out: the words behind it, of the last split only: elements of an argument vector, words of a shell up to the end of the
 *      command, or strings of a list.
 */
import {
  AMPERSAND,
  APOSTROPHE,
  BACKSLASH,
  CLOSE_PAREN,
  COMMA,
  DOLLAR,
  GREATER,
  HYPHEN,
  isGap,
  isQuote,
  isSpace,
  LF,
  NUL,
  PERCENT,
  PIPE,
  QUOTE,
  SEMICOLON,
  tableOf,
} from '../characters.ts';
import type { Scan } from '../scan.ts';
import type { Text } from '../text.ts';
import { COST } from '../work.ts';

/** Words of a list or of an argument vector that are looked at. */
const MOST_WORDS = 256;
/** Words of a shell's command line that are looked at. */
const MOST_SHELL_WORDS = 48;
/** Behind a quote its end is looked for in so many characters: one that is farther away is another's. */
const LONGEST_QUOTED = 8192;
/** Where each word begins and ends, with its quotes. */
export const starts = new Int32Array(MOST_WORDS);
export const ends = new Int32Array(MOST_WORDS);
export let count = 0;
/** Their first characters, as far as someone asked. */
const words: (string | undefined)[] = [];
/** What the looks at words have cost since the last split. */
export let spent = 0;
/** Characters that the last split has read and gone back over. */
let readAgain = 0;
/** The text whose words of a shell were split last, and where that ended; -1: at no end, there were as many as are looked at. */
let splitText = 0;
let splitEnd = -1;
/**
 * Behind a list of programs stand the same words, and most of a list have the same grammars: up to where the words have been
 * looked at, for options or for a usage line. Only while each split goes on from the one before.
 */
const lookedAt = new Map<object, number>();

/**
 * Splits what follows the program into words: elements, words of a shell up to the end of the command, or strings of a
 * list (`["mysql", "-p…"]`). Returns where it ended.
 */
export function splitWords(scan: Scan, text: Text, from: number): number {
  const { codes, length } = text;
  spent = 0;
  readAgain = 0;
  let at = from;
  if (isQuote(codes[at]!)) {
    at++;
    if (codes[at] === COMMA) {
      forget();
      return splitList(scan, text, at);
    }
  }
  if (text.mode === 'argv' && (at >= length || codes[at] === NUL)) {
    forget();
    return splitElements(scan, text, at);
  }
  if (at === from && goOnBehind(text, from)) {
    scan.work.spend(count);
    if (splitEnd >= 0) return splitEnd;
    at = count > 0 ? ends[count - 1]! : from;
  } else forget();
  return splitShell(scan, text, at);
}

/** Nothing of the last split goes on. */
function forget(): void {
  count = 0;
  splitText = 0;
  if (lookedAt.size > 0) lookedAt.clear();
}

/** The first word that has not been looked at for `what`. */
export function firstNew(what: object): number {
  const from = lookedAt.get(what);
  if (from === undefined) return 0;
  let first = 0;
  while (first < count && starts[first]! < from) first++;
  return first;
}

/** All words have been looked at for `what`, which is told by so many in a row. The last ones of a split that is not over may go on. */
export function noteLooked(what: object, inRow: number): void {
  const settled = splitEnd < 0 ? count - inRow : count - 1;
  if (settled >= 0) lookedAt.set(what, splitEnd < 0 ? starts[settled]! : ends[settled]!);
}

/** The same up to the word `index`, at which it begins. */
export function noteFound(what: object, index: number): void {
  lookedAt.set(what, starts[index]!);
}

/**
 * A list of programs, as help and tables have it: the next one is a word of the last split, and what stands behind it has been
 * split as well. Keeps that and lets the rest go. False when `from` is behind none of the words.
 */
function goOnBehind(text: Text, from: number): boolean {
  if (splitText !== text.serial) return false;
  let first = 0;
  while (first < count && ends[first]! < from) first++;
  if (first >= count || ends[first] !== from) return false;
  first++;
  count -= first;
  for (let i = 0; i < count; i++) {
    starts[i] = starts[first + i]!;
    ends[i] = ends[first + i]!;
    words[i] = words[first + i];
  }
  return true;
}

/** Elements of an argument vector. */
function splitElements(scan: Scan, text: Text, from: number): number {
  const { codes, length } = text;
  let at = from;
  while (at < length && count < MOST_WORDS) {
    at++;
    const start = at;
    while (at < length && codes[at] !== NUL) at++;
    if (start < length) word(start, at);
  }
  scan.work.read(at - from);
  return at;
}

/** Words of a shell, besides those that are there. */
function splitShell(scan: Scan, text: Text, from: number): number {
  const { codes, length } = text;
  let at = from;
  splitText = text.serial;
  splitEnd = -1;
  while (at < length && count < MOST_SHELL_WORDS) {
    while (
      at < length &&
      (isSpace(codes[at]!) ||
        (codes[at] === BACKSLASH && codes[at + 1] === LF) ||
        (codes[at] === LF && codes[at - 1] === BACKSLASH))
    )
      at++;
    if (at >= length || endsCommand(codes[at]!)) break;
    const start = at;
    at = shellWordEnd(text, at);
    word(start, at);
  }
  if (count < MOST_SHELL_WORDS) splitEnd = at;
  scan.work.read(at - from + readAgain);
  return at;
}

/** The strings of a list, from the comma at `from`. */
function splitList(scan: Scan, text: Text, from: number): number {
  const { codes, length } = text;
  let at = from;
  while (codes[at] === COMMA && count < MOST_WORDS) {
    at++;
    while (at < length && isSpace(codes[at]!)) at++;
    const quote = codes[at]!;
    if (!isQuote(quote)) break;
    const start = ++at;
    while (at < length && codes[at] !== quote && codes[at] !== LF) at += codes[at] === BACKSLASH ? 2 : 1;
    word(start, Math.min(at, length));
    at++;
  }
  scan.work.read(at - from);
  return at;
}

function word(start: number, end: number): void {
  words[count] = undefined;
  starts[count] = start;
  ends[count] = end;
  count++;
}

function endsCommand(code: number): boolean {
  return (
    code === LF ||
    code === NUL ||
    code === SEMICOLON ||
    code === PIPE ||
    code === AMPERSAND ||
    code === CLOSE_PAREN ||
    code === 13
  );
}

/** 1 for what may end a word, or open or close a quote: most characters do neither. */
const MAY_END = tableOf(
  (code) => isGap(code) || endsCommand(code) || code === QUOTE || code === APOSTROPHE || code === BACKSLASH,
);

function shellWordEnd(text: Text, from: number): number {
  const { codes, length } = text;
  let at = from;
  let quote = 0;
  let limit = length;
  while (at < limit) {
    const code = codes[at]!;
    if (MAY_END[code] === 0) {
      at++;
      continue;
    }
    if (code === NUL) break;
    if (quote !== 0) {
      if (code === BACKSLASH && quote === QUOTE) at++;
      else if (code === quote) {
        quote = 0;
        limit = length;
      }
    } else if (code === QUOTE || code === APOSTROPHE) {
      quote = code;
      limit = Math.min(length, at + LONGEST_QUOTED);
    } else if (code === BACKSLASH) {
      if (isQuote(codes[at + 1] ?? 0)) return escapedQuoteEnd(text, at, from);
      at++;
    } else if (isGap(code) || endsCommand(code)) break;
    at++;
  }
  // A quote that nothing closes is an apostrophe of prose, or was cut: the word ends at the gap.
  if (quote !== 0 && at >= limit) {
    readAgain += at - from;
    at = from;
    while (at < length && !isGap(codes[at]!)) at++;
  }
  return Math.min(at, length);
}

/** A word with quotes escaped for an outer string: `\"…\"`. */
function escapedQuoteEnd(text: Text, at: number, from: number): number {
  const { codes, length } = text;
  if (at !== from) return at;
  let p = at + 2;
  while (
    p < length &&
    !(codes[p] === BACKSLASH && codes[p + 1] === codes[at + 1]) &&
    codes[p] !== NUL &&
    codes[p] !== LF
  )
    p++;
  return Math.min(length, p + 2);
}

/** Bounds of word `index` without quotes around it. */
export let innerStart = 0;
export let innerEnd = 0;
export function inner(text: Text, start: number, end: number): void {
  const { codes } = text;
  innerStart = start;
  innerEnd = end;
  if (
    end - start >= 4 &&
    codes[start] === BACKSLASH &&
    isQuote(codes[start + 1]!) &&
    codes[end - 2] === BACKSLASH
  ) {
    innerStart += 2;
    innerEnd -= 2;
    return;
  }
  if (end - start >= 3 && codes[start] === DOLLAR && isQuote(codes[start + 1]!)) innerStart++;
  if (
    innerEnd - innerStart >= 2 &&
    isQuote(codes[innerStart]!) &&
    codes[innerEnd - 1] === codes[innerStart]
  ) {
    innerStart++;
    innerEnd--;
  } else if (
    innerEnd > innerStart &&
    isQuote(codes[innerEnd - 1]!) &&
    !hasQuote(codes, innerStart, innerEnd - 1, codes[innerEnd - 1]!)
  ) {
    innerEnd--;
  }
}

function hasQuote(codes: Uint16Array, start: number, end: number, quote: number): boolean {
  for (let at = start; at < end; at++) if (codes[at] === quote) return true;
  return false;
}

const LONGEST_SHOWN = 80;

/** The first characters of word `index`, made once for each split. */
export function shown(text: Text, index: number): string {
  let word = words[index];
  if (word === undefined) {
    spent += COST.string * 2;
    inner(text, starts[index]!, ends[index]!);
    word = text.slice(innerStart, Math.min(innerEnd, innerStart + LONGEST_SHOWN));
    words[index] = word;
  }
  return word;
}

/** True when `when` stands in one of the words. */
export function anyHas(text: Text, when: string): boolean {
  const { codes } = text;
  const first = when.charCodeAt(0);
  for (let i = 0; i < count; i++) {
    const last = Math.min(ends[i]!, starts[i]! + LONGEST_SHOWN) - when.length;
    for (let at = starts[i]!; at <= last; at++)
      if (codes[at] === first && stands(codes, when, at)) return true;
    spent += (last - starts[i]!) >> 1;
  }
  return false;
}

/** True when `word` stands at `at` as it is written. */
export function stands(codes: Uint16Array, word: string, at: number): boolean {
  for (let i = 0; i < word.length; i++) if (codes[at + i] !== word.charCodeAt(i)) return false;
  return true;
}

export interface Word {
  readonly start: number;
  readonly end: number;
}

/** The first word of the last split, without its quotes. */
export function firstWord(text: Text): Word | undefined {
  if (count === 0) return undefined;
  inner(text, starts[0]!, ends[0]!);
  return { start: innerStart, end: innerEnd };
}

/** What `echo -n …` or `printf %s …` writes: the first word of the last split that is no option and no format. */
export function echoedWord(text: Text): Word | undefined {
  for (let i = 0; i < count; i++) {
    inner(text, starts[i]!, ends[i]!);
    const first = text.codes[innerStart];
    if (first !== HYPHEN && first !== PERCENT) return { start: innerStart, end: innerEnd };
  }
  return undefined;
}

/** The last word of the last split, without its quotes and without `\\n` at its end; `redirected`: the last before a `>`. */
export function lastWord(text: Text, redirected: boolean): Word | undefined {
  let index = count - 1;
  if (redirected) {
    index = 0;
    while (
      index < count &&
      text.codes[starts[index]!] !== GREATER &&
      text.codes[ends[index]! - 1] !== GREATER
    )
      index++;
    index--;
  }
  if (index < 0) return undefined;
  inner(text, starts[index]!, ends[index]!);
  let end = innerEnd;
  while (end - innerStart > 2 && text.codes[end - 2] === BACKSLASH && text.codes[end - 1] === 110) end -= 2;
  return { start: innerStart, end };
}
