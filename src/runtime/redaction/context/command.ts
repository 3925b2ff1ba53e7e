/**
 * Command lines of known programs: their secrets that only the program's grammar tells.
 *
 * In:  a text and where a program's name was seen: as an element of an argument vector, or in a command line
 *      of a shell (an element itself, a script, a message).
 * Out: findings for the values; options, user names and everything else stay.
 */
import {
  ALNUM,
  AMPERSAND,
  APOSTROPHE,
  BACKSLASH,
  CLASS,
  CLOSE_PAREN,
  DIGIT,
  DOLLAR,
  EQUALS,
  HYPHEN,
  isAlnum,
  isGap,
  isQuote,
  isSpace,
  LF,
  NUL,
  PIPE,
  QUOTE,
  SEMICOLON,
} from '../characters.ts';
import { isHarmless } from '../harmless.ts';
import type { Scan } from '../scan.ts';
import { isDigits, isLetters } from '../shape.ts';
import type { Text } from '../text.ts';
import { type OptionKind, TOOLS, type Tool } from '../tools.ts';
import { cookies } from './header.ts';
import { isDrawn } from './value.ts';

const MOST_WORDS = 256;
/** Words of a shell's command line that are looked at. */
const MOST_SHELL_WORDS = 48;
const starts = new Int32Array(MOST_WORDS);
const ends = new Int32Array(MOST_WORDS);
let count = 0;

/** A program's name was seen at `[start, end)`. */
export function onProgram(scan: Scan, text: Text, program: string, start: number, end: number): void {
  if (!isProgram(text, start, end)) return;
  const tools = TOOLS.get(program);
  if (tools === undefined) return;
  split(scan, text, end);
  for (const tool of tools) if (tool.when === undefined || has(text, tool.when)) apply(scan, text, tool);
}

/** A word of its own that begins a command: at the start, behind a path, a separator, or another program (`sudo`). */
function isProgram(text: Text, start: number, end: number): boolean {
  const { codes, length } = text;
  if (end < length && !isGap(codes[end]!) && !isQuote(codes[end]!)) return false;
  if (start === 0) return true;
  const before = codes[start - 1]!;
  return (
    !isAlnum(before) &&
    before !== HYPHEN &&
    before !== 95 &&
    before !== 46 &&
    before !== EQUALS &&
    before !== 64
  );
}

/** Splits what follows the program into words: elements, or words of a shell up to the end of the command. */
function split(scan: Scan, text: Text, from: number): void {
  const { codes, length } = text;
  count = 0;
  let at = from;
  if (at < length && isQuote(codes[at]!)) at++;
  const elements = text.mode === 'argv' && (at >= length || codes[at] === NUL);
  const most = elements ? MOST_WORDS : MOST_SHELL_WORDS;
  while (at < length && count < most) {
    if (elements) {
      at++;
      const start = at;
      while (at < length && codes[at] !== NUL) at++;
      if (start < length) word(start, at);
      continue;
    }
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
  scan.work.left -= at - from;
}

function word(start: number, end: number): void {
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

function shellWordEnd(text: Text, from: number): number {
  const { codes, length } = text;
  let at = from;
  let quote = 0;
  while (at < length) {
    const code = codes[at]!;
    if (code === NUL) break;
    if (quote !== 0) {
      if (code === BACKSLASH && quote === QUOTE) at++;
      else if (code === quote) quote = 0;
    } else if (code === QUOTE || code === APOSTROPHE) quote = code;
    else if (code === BACKSLASH) {
      if (isQuote(codes[at + 1] ?? 0)) return escapedQuoteEnd(text, at, from);
      at++;
    } else if (isGap(code) || endsCommand(code)) break;
    at++;
  }
  // A quote that nothing closes is an apostrophe of prose, or was cut: the word ends at the gap.
  if (quote !== 0 && at >= length) {
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
let innerStart = 0;
let innerEnd = 0;
function inner(text: Text, start: number, end: number): void {
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

function shown(text: Text, index: number, most: number): string {
  inner(text, starts[index]!, ends[index]!);
  return text.slice(innerStart, Math.min(innerEnd, innerStart + most));
}

function has(text: Text, when: string): boolean {
  for (let i = 0; i < count; i++) if (shown(text, i, 80).includes(when)) return true;
  return false;
}

function apply(scan: Scan, text: Text, tool: Tool): void {
  if (tool.options.size > 0) options(scan, text, tool);
  for (const line of tool.usage) usage(scan, text, line);
}

function options(scan: Scan, text: Text, tool: Tool): void {
  for (let i = 0; i < count; i++) {
    const first = text.codes[starts[i]!]!;
    if (first !== HYPHEN && first !== 47 && !isQuote(first)) continue;
    const argument = shown(text, i, 64);
    if (argument.length < 2) continue;
    const exact = tool.options.get(argument);
    if (exact !== undefined) {
      if (exact !== 'attached' && i + 1 < count) {
        inner(text, starts[i + 1]!, ends[i + 1]!);
        take(scan, text, exact, innerStart, innerEnd, argument);
      }
      continue;
    }
    attached(scan, text, tool, i, argument);
  }
}

/** `-pSECRET`, `--user=name:SECRET`, `-sSu` with the value in the next word. */
function attached(scan: Scan, text: Text, tool: Tool, index: number, argument: string): void {
  for (const [option, kind] of tool.options) {
    if (kind !== 'exact' && argument.startsWith(option)) {
      const long = option.startsWith('--') || option.length > 3;
      const equals = argument[option.length] === '=';
      if (long && !equals && !option.endsWith(':')) continue;
      let from = starts[index]! + option.length + (equals ? 1 : 0);
      inner(text, starts[index]!, ends[index]!);
      if (innerStart > starts[index]!) from = innerStart + option.length + (equals ? 1 : 0);
      inner(text, from, ends[index]!);
      take(scan, text, kind, innerStart, innerEnd, option);
      return;
    }
    const bundled =
      option.length === 2 &&
      kind !== 'attached' &&
      /^-[A-Za-z]{2,6}$/.test(argument) &&
      argument.endsWith(option[1]!);
    if (
      bundled &&
      index + 1 < count &&
      ![...tool.options.keys()].some((other) => other.length === 2 && argument.startsWith(other))
    ) {
      inner(text, starts[index + 1]!, ends[index + 1]!);
      take(scan, text, kind, innerStart, innerEnd, option);
      return;
    }
  }
}

function take(scan: Scan, text: Text, kind: OptionKind, start: number, end: number, option: string): void {
  const { codes } = text;
  if (end <= start || (codes[start] === HYPHEN && isOption(text, start, end))) return;
  if (kind === 'cookie') {
    cookies(scan, text, start);
    return;
  }
  let from = start;
  if (kind === 'pair') {
    from = behindSign(
      codes,
      start,
      end,
      option === '-U' || option === '-u' || option === '--user' || option === '-a',
    );
    if (from < 0) return;
  } else if (kind === 'source') {
    if (!text.has('pass:', start)) return;
    from = start + 5;
  } else if (kind === 'secret' && isDigits(codes, start, end) && end - start < 6 && option === '-p') {
    return;
  }
  secret(scan, text, from, end);
}

function isOption(text: Text, start: number, end: number): boolean {
  return (
    end - start === 2 ||
    (text.codes[start + 1] === HYPHEN && isLetters(text.codes, start + 2, Math.min(end, start + 6)))
  );
}

function behindSign(codes: Uint16Array, start: number, end: number, commas: boolean): number {
  for (let at = start; at < end; at++) {
    const code = codes[at]!;
    if (code === 58 || code === 37 || (code === 44 && commas)) return at + 1;
  }
  return -1;
}

function secret(scan: Scan, text: Text, start: number, end: number): void {
  scan.work.left -= 64;
  if (end <= start) return;
  const value = text.slice(start, Math.min(end, start + 300));
  if (isHarmless(value, 'whole') && !/^[A-Za-z]{4,}$/.test(value) && !isDrawn(text, start, end, value))
    return;
  if (/^(?:password|passwd|pass|secret|token|key|true|false|none|null)$/i.test(value)) return;
  scan.reportNamed(text, Math.max(0, start - 16), start, end, 'password', 'tool');
}

/** Matches a usage line on the arguments that are no options. */
function usage(scan: Scan, text: Text, line: readonly string[]): void {
  let literals = 0;
  while (literals < line.length && isLiteral(line[literals]!)) literals++;
  for (let first = 0; first < count; first++) {
    let at = first;
    let matched = 0;
    while (matched < literals && at < count && literalFits(text, at, line[matched]!)) {
      at++;
      matched++;
    }
    if (matched < literals) {
      if (literals === 0) return;
      continue;
    }
    values(scan, text, line, literals, at);
    return;
  }
}

function isLiteral(word: string): boolean {
  return word.startsWith('_') ? word.length > 2 && !word.includes('*') : !word.includes('*');
}

/** A word as such; `_name` fits what ends in `name`. */
function literalFits(text: Text, index: number, word: string): boolean {
  const argument = shown(text, index, 80);
  return word.startsWith('_http') ? argument.includes(word.slice(1)) : argument === word;
}

function values(scan: Scan, text: Text, line: readonly string[], from: number, at: number): void {
  let index = at;
  for (let i = from; i < line.length; i++) {
    while (index < count && isOptionWord(text, index)) index++;
    if (index >= count) return;
    const hole = line[i]!;
    inner(text, starts[index]!, ends[index]!);
    if (hole === '*') secretArgument(scan, text);
    else if (hole === '_/*' || hole === '_:*') {
      const sign = hole.charCodeAt(1);
      for (let p = innerStart; p < innerEnd; p++) {
        if (text.codes[p] !== sign) continue;
        let stop = innerEnd;
        for (let q = innerEnd - 1; q > p; q--)
          if (text.codes[q] === 64) {
            stop = q;
            break;
          }
        if (p > innerStart) secret(scan, text, p + 1, stop);
        break;
      }
    } else if (hole === '=*') {
      for (; index < count; index++) pairValue(scan, text, index);
      return;
    }
    index++;
  }
}

/** A whole argument; of `name=value` the value. */
function secretArgument(scan: Scan, text: Text): void {
  for (let p = innerStart; p < innerEnd && (CLASS[text.codes[p]!]! & (15 | DIGIT)) !== 0; p++) {
    if (
      text.codes[p + 1] === EQUALS &&
      p + 2 < innerEnd &&
      p - innerStart < 24 &&
      text.codes[p + 2] !== EQUALS
    ) {
      secret(scan, text, p + 2, innerEnd);
      return;
    }
  }
  secret(scan, text, innerStart, innerEnd);
}

function pairValue(scan: Scan, text: Text, index: number): void {
  inner(text, starts[index]!, ends[index]!);
  for (let p = innerStart; p < innerEnd && p - innerStart < 80; p++) {
    if (text.codes[p] !== EQUALS) continue;
    const end = innerEnd;
    inner(text, p + 1, end);
    if (text.codes[innerStart] !== 64) secret(scan, text, innerStart, innerEnd);
    return;
  }
}

function isOptionWord(text: Text, index: number): boolean {
  inner(text, starts[index]!, ends[index]!);
  if (text.codes[innerStart] !== HYPHEN || innerEnd - innerStart < 2) return false;
  for (let at = innerStart; at < innerEnd && text.codes[at] !== EQUALS; at++) {
    if (text.codes[at] !== HYPHEN && (CLASS[text.codes[at]!]! & ALNUM) === 0) return false;
  }
  return true;
}

/** Options and programs that read a secret from standard input; `echo secret |` stands before them. */
export const STDIN_READERS = [
  '--password-stdin',
  '--with-token',
  '--passphrase-fd',
  'sudo -S',
  'chpasswd',
  '--stdin',
  '-pass stdin',
  '-passin stdin',
  '--password -',
  'smbpasswd',
  'cryptsetup',
  'docker login',
  'kinit',
  'gcloud auth',
  'vault login -',
  'pass insert',
  'secret create',
  'secrets create',
];

/** One of `STDIN_READERS` was seen at `at`: the last word of the `echo` or `printf` before the pipe is a secret. */
export function onStdinReader(scan: Scan, text: Text, at: number, reader: string): void {
  const { codes, length } = text;
  if (text.mode === 'argv' && codes[at + reader.length] === NUL && at > 0 && codes[at - 1] === NUL) return;
  const here = text.slice(at, Math.min(length, at + 80));
  const string = /<<<\s*$/.exec(here.slice(0, here.indexOf('<<<') + 3));
  if (string !== null) {
    const from = at + here.indexOf('<<<') + 3;
    count = 0;
    split(scan, text, from);
    if (count > 0) {
      inner(text, starts[0]!, ends[0]!);
      afterUser(scan, text, reader);
    }
    return;
  }
  const floor = Math.max(0, at - 512);
  let pipe = at;
  while (
    pipe > floor &&
    codes[pipe - 1] !== PIPE &&
    codes[pipe - 1] !== NUL &&
    codes[pipe - 1] !== LF &&
    codes[pipe - 1] !== SEMICOLON
  )
    pipe--;
  scan.work.left -= at - pipe;
  if (pipe === floor || codes[pipe - 1] !== PIPE) return;
  pipe--;
  let start = pipe;
  while (
    start > floor &&
    !(
      codes[start - 1] === NUL ||
      codes[start - 1] === LF ||
      codes[start - 1] === SEMICOLON ||
      codes[start - 1] === AMPERSAND ||
      codes[start - 1] === PIPE ||
      codes[start - 1] === 40
    )
  )
    start--;
  const command = text.slice(start, pipe);
  const echo = /(?:^|[\s"'])(?:echo|printf)\s/.exec(command);
  if (echo === null) return;
  count = 0;
  split(scan, text, start + echo.index + echo[0].length - 1);
  if (count === 0) return;
  inner(text, starts[count - 1]!, ends[count - 1]!);
  afterUser(scan, text, reader);
}

function afterUser(scan: Scan, text: Text, reader: string): void {
  const { codes } = text;
  let from = innerStart;
  let end = innerEnd;
  if (reader === 'chpasswd') {
    for (let p = innerStart; p < innerEnd; p++)
      if (codes[p] === 58) {
        from = p + 1;
        break;
      }
  }
  while (end - from > 2 && codes[end - 2] === BACKSLASH && codes[end - 1] === 110) end -= 2;
  secret(scan, text, from, end);
}

export { isSpace };
