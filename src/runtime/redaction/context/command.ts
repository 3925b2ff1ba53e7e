/**
 * Command lines of known programs: their secrets that only the program's grammar tells.
 *
 * In:  a text and where a program's name was seen: as an element of an argument vector, or in a command line
 *      of a shell (an element itself, a script, a message).
 * Out: findings for the values; options, user names and everything else stay.
 */
import {
  ALNUM,
  BACKSLASH,
  CLASS,
  COLON,
  COMMA,
  DIGIT,
  DOLLAR,
  EQUALS,
  HYPHEN,
  isAlnum,
  isGap,
  isQuote,
  NUL,
  SLASH,
  TILDE,
} from '../characters.ts';
import { MARKER, markerEnd } from '../finding.ts';
import { isHarmless } from '../harmless.ts';
import type { Scan } from '../scan.ts';
import { isDigits, isLetters } from '../shape.ts';
import type { Text } from '../text.ts';
import { type Marks, type OptionKind, Stop, TOOLS, type Tool } from '../tools.ts';
import { COST } from '../work.ts';
import {
  anyHas,
  count,
  ends,
  inner,
  innerEnd,
  innerStart,
  shown,
  spent,
  splitWords,
  stands,
  starts,
} from './command-words.ts';
import { cookies } from './header.ts';
import { isDrawn, looksChosen, looksSecret } from './secrecy.ts';

/** A program's name was seen at `[start, end)`. */
export function onProgram(scan: Scan, text: Text, program: string, start: number, end: number): void {
  if (!isProgram(text, start, end)) return;
  const known = TOOLS.get(program);
  if (known === undefined || !mayHaveSecret(scan, text, known.marks, end)) return;
  splitWords(scan, text, end);
  for (const tool of known.tools)
    if (tool.when === undefined || anyHas(text, tool.when)) apply(scan, text, tool, known.marks);
  scan.work.spend(COST.patterns * 2 + spent);
}

/** Characters of a command line that the quick look goes over. */
const FARTHEST_LOOK = 512;

/**
 * The quick look: one of the program's options or words may begin somewhere in the command. Most commands end here, so it
 * stops only at what `marks.stops` names.
 */
function mayHaveSecret(scan: Scan, text: Text, marks: Marks, from: number): boolean {
  if (marks.any) return true;
  const { codes, length } = text;
  const { stops } = marks;
  const argv = text.mode === 'argv';
  const limit = argv ? length : Math.min(length, from + FARTHEST_LOOK);
  let found = false;
  let quote = 0;
  let at = from;
  for (; at < limit; at++) {
    const code = codes[at]!;
    const stop = stops[code & 127]!;
    if (stop === 0 || code > 127) continue;
    if (stop === Stop.word) {
      found = beginsWord(codes[at - 1]!) && marks.mayBegin(codes, at);
      if (found) break;
    } else if (stop === Stop.quote) {
      quote = quote === 0 ? code : quote === code ? 0 : quote;
    } else if (code === NUL ? !argv : quote === 0 && !argv && codes[at - 1] !== BACKSLASH) break;
  }
  scan.work.read(at - from);
  return found;
}

function beginsWord(before: number): boolean {
  return before <= 32 || isQuote(before) || before === BACKSLASH || before === COMMA || before === DOLLAR;
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

function apply(scan: Scan, text: Text, tool: Tool, marks: Marks): void {
  if (tool.options.size > 0) options(scan, text, tool, marks);
  let taken = '';
  for (const line of tool.usage) {
    // Of lines with the same words the first that fits to its end counts: `AUTH _ *` before `AUTH *`.
    const words = line.filter(isLiteral).join(' ');
    if (words !== '' && words === taken) continue;
    if (usage(scan, text, line)) taken = words;
  }
}

function options(scan: Scan, text: Text, tool: Tool, marks: Marks): void {
  for (let i = 0; i < count; i++) {
    const first = text.codes[starts[i]!]!;
    if (first !== HYPHEN && first !== 47 && !isQuote(first)) continue;
    inner(text, starts[i]!, ends[i]!);
    if (!marks.mayBegin(text.codes, innerStart)) continue;
    const argument = shown(text, i);
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

/** Long options that begin with one hyphen: not `-p` with something attached. */
const LONG_OPTIONS =
  /^-(?:pass(?:word|wd)?|port|path|print|profile|project|platform|protocol|proxy|prefix|parallel|params?|user(?:name)?|url|auth|account|address|append|config|cert|key|kubeconfig|token|timeout|type|target|tls|version|verbose|vault|workspace|width|world)$/;

/** `-pSECRET`, `--user=name:SECRET`, `-sSu` with the value in the next word. */
function attached(scan: Scan, text: Text, tool: Tool, index: number, argument: string): void {
  for (const [option, kind] of tool.options) {
    if (argument.startsWith(option) && (kind !== 'exact' || argument[option.length] === '=')) {
      if (kind !== 'attached' && LONG_OPTIONS.test(argument)) continue;
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
  if (end <= start || (codes[start] === HYPHEN && isOption(text, start, end)) || text.has('<(', start))
    return;
  if (kind === 'cookie') {
    cookies(scan, text, start);
    return;
  }
  let from = start;
  if (kind === 'pair') {
    from = behindSign(
      codes,
      text.has(MARKER, start) ? markerEnd(text, start + MARKER.length) : start,
      end,
      option === '-U' || option === '-u' || option === '--user' || option === '-a',
    );
    if (from < 0) return;
    // `-u sk_…:`: the user is the secret, its password is empty.
    if (from === end) {
      if (looksSecret(scan, text, start, end - 1, 12) || looksChosen(scan, text, start, end - 1))
        secret(scan, text, start, end - 1);
      return;
    }
  } else if (kind === 'named') {
    while (from < end && codes[from] !== EQUALS) from++;
    from++;
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

/** Notes a word as a secret unless it is plainly none. */
export function secret(scan: Scan, text: Text, start: number, end: number): void {
  scan.work.spend(COST.patterns);
  if (end <= start) return;
  const value = text.slice(start, Math.min(end, start + 300));
  if (isHarmless(value, 'whole') && !/^[A-Za-z]{4,}$/.test(value) && !isDrawn(text, start, end, value))
    return;
  if (/^(?:password|passwd|pass|secret|token|key|true|false|none|null)$/i.test(value)) return;
  scan.reportNamed(text, Math.max(0, start - 16), start, end, 'password', 'tool');
}

/** Matches a usage line on the arguments that are no options. True when all of it was there. */
function usage(scan: Scan, text: Text, line: readonly string[]): boolean {
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
      if (literals === 0) return false;
      continue;
    }
    return values(scan, text, line, literals, at);
  }
  return false;
}

function isLiteral(word: string): boolean {
  return word !== '_' && !word.includes('*');
}

/** A word as such; `~word` fits what has `word` in it. */
function literalFits(text: Text, index: number, word: string): boolean {
  if (word.charCodeAt(0) === TILDE) return shown(text, index).includes(word.slice(1));
  inner(text, starts[index]!, ends[index]!);
  return innerEnd - innerStart === word.length && stands(text.codes, word, innerStart);
}

function values(scan: Scan, text: Text, line: readonly string[], from: number, at: number): boolean {
  let index = at;
  for (let i = from; i < line.length; i++) {
    const hole = line[i]!;
    if (hole === '+*' && index < count && isOptionWord(text, index)) return false;
    index =
      hole.startsWith('_') && hole.length > 1
        ? withSign(text, index, hole.charCodeAt(1))
        : behindOptions(text, index, line.length - i);
    if (index >= count) return false;
    inner(text, starts[index]!, ends[index]!);
    // `net use X: \\server\share …`: the name of a share is none of the password.
    if (hole === '*' && text.codes[innerStart] === BACKSLASH && text.codes[innerStart + 1] === BACKSLASH) {
      index = behindOptions(text, index + 1, line.length - i);
      if (index >= count) return false;
      inner(text, starts[index]!, ends[index]!);
    }
    if (hole === '*' || hole === '+*') secretArgument(scan, text);
    else if (hole === '_/*' || hole.startsWith('_:*')) {
      const sign = hole.charCodeAt(1);
      for (let p = innerStart; p < innerEnd; p++) {
        if (text.codes[p] !== sign) continue;
        let stop = innerEnd;
        for (let q = innerEnd - 1; q > p; q--)
          if (text.codes[q] === 64) {
            stop = q;
            break;
          }
        if (p > innerStart && (hole !== '_:*@' || stop < innerEnd)) secret(scan, text, p + 1, stop);
        break;
      }
    } else if (hole === '=*') {
      for (; index < count; index++) pairValue(scan, text, index);
      return true;
    }
    index++;
  }
  return true;
}

/** The first argument from `index` on that has `sign` in it: `sqlplus -s app/… @setup.sql`. */
function withSign(text: Text, index: number, sign: number): number {
  for (let at = index; at < count; at++) {
    if (isOptionWord(text, at) || text.codes[innerStart] === 64) continue;
    for (let p = innerStart + 1; p < innerEnd; p++) if (text.codes[p] === sign) return at;
  }
  return count;
}

/** Behind the options at `index`, with their values where more arguments follow than there are `holes`. */
function behindOptions(text: Text, index: number, holes: number): number {
  let at = index;
  while (at < count && isOptionWord(text, at)) {
    let sign = starts[at]!;
    while (sign < ends[at]! && text.codes[sign] !== EQUALS) sign++;
    const alone = sign === ends[at];
    at++;
    if (alone && argumentsFrom(text, at) > holes) at++;
  }
  return at;
}

/** How many of the words from `index` on are no options. */
function argumentsFrom(text: Text, index: number): number {
  let found = 0;
  for (let i = index; i < count; i++) if (!isOptionWord(text, i)) found++;
  return found;
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
      if (!USER.test(text.slice(innerStart, p + 1))) secret(scan, text, p + 2, innerEnd);
      return;
    }
  }
  if (!HOST.test(text.slice(innerStart, Math.min(innerEnd, innerStart + 80))))
    secret(scan, text, innerStart, innerEnd);
}

/** `vault login username=…`: a name, not the secret. */
const USER = /^(?:user(?:name)?|login|email|role)$/i;

/** An argument that names a host or begins a URL is no secret itself. */
const HOST = /^(?:[a-z0-9-]{1,40}\.){1,5}(?:com|org|net|io|dev)$|^https?:\/\//;

function pairValue(scan: Scan, text: Text, index: number): void {
  inner(text, starts[index]!, ends[index]!);
  for (let p = innerStart; p < innerEnd && p - innerStart < 80; p++) {
    if (text.codes[p] !== EQUALS) continue;
    const end = innerEnd;
    inner(text, p + 1, end);
    if (text.codes[innerStart] !== 64 && !isUrlWithUser(text, innerStart, innerEnd))
      secret(scan, text, innerStart, innerEnd);
    return;
  }
}

/** `DB_URL=postgres://app:…@db`: url.ts knows which part is the secret. */
function isUrlWithUser(text: Text, start: number, end: number): boolean {
  let scheme = start;
  while (scheme < end && text.codes[scheme] !== COLON) scheme++;
  if (!text.has('://', scheme)) return false;
  for (let at = scheme; at < end; at++) if (text.codes[at] === 64) return true;
  return false;
}

function isOptionWord(text: Text, index: number): boolean {
  inner(text, starts[index]!, ends[index]!);
  // Of Windows: `/user:alice`.
  if (text.codes[innerStart] === SLASH && text.has('/user:', innerStart)) return true;
  if (text.codes[innerStart] !== HYPHEN || innerEnd - innerStart < 2) return false;
  for (let at = innerStart; at < innerEnd && text.codes[at] !== EQUALS; at++) {
    if (text.codes[at] !== HYPHEN && (CLASS[text.codes[at]!]! & ALNUM) === 0) return false;
  }
  return true;
}
