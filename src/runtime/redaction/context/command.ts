/**
 * Command lines of known programs: their secrets that only the program's grammar tells.
 *
 * In:  a text and where a program's name was seen: as an element of an argument vector, or in a command line
 *      of a shell (an element itself, a script, a message).
 * Out: findings for the values; options, user names and everything else stay.
 */
import {
  BACKSLASH,
  COLON,
  COMMA,
  DOLLAR,
  EQUALS,
  HYPHEN,
  isAlnum,
  isGap,
  isQuote,
  NUL,
  tableOf,
} from '../characters.ts';
import { MARKER, markerEnd } from '../finding.ts';
import { isHarmless } from '../harmless.ts';
import { isLiteral, type Marks, type OptionKind, type Program, Stop, type Tool } from '../programs.ts';
import type { Scan } from '../scan.ts';
import { isDigits, isLetters } from '../shape.ts';
import type { Text } from '../text.ts';
import { COST } from '../work.ts';
import {
  anyHas,
  count,
  ends,
  firstNew,
  inner,
  innerEnd,
  innerStart,
  noteLooked,
  shown,
  spent,
  splitWords,
  starts,
} from './command-words.ts';
import { cookies } from './header.ts';
import { isNamed } from './scheme.ts';
import { isDrawn, looksChosen, looksSecret } from './secrecy.ts';
import { USER, usage } from './usage.ts';

/** A program's name was seen at `[start, end)`. */
export function onProgram(scan: Scan, text: Text, program: Program, start: number, end: number): void {
  const { tools, marks } = program;
  if (!isProgram(text, start, end) || !tools.some((tool) => hasWhen(scan, text, tool, end))) return;
  if (!mayHaveSecret(scan, text, marks, end) || !tools.some((tool) => hasWords(scan, text, tool, end)))
    return;
  splitWords(scan, text, end);
  for (const tool of program.tools)
    if (tool.when === undefined || anyHas(text, tool.when)) apply(scan, text, tool, program.marks);
  scan.work.spend(COST.command + spent);
}

/** False when the word that the tool wants stands nowhere behind its name: `docker`, and `login` nowhere. */
function hasWhen(scan: Scan, text: Text, { when }: Tool, from: number): boolean {
  return when === undefined || text.mayFollow(when, from, scan.work);
}

/** The same of the words of its usage lines, as far as nothing else may have the secret. */
function hasWords(scan: Scan, text: Text, tool: Tool, from: number): boolean {
  if (!hasWhen(scan, text, tool, from)) return false;
  if (tool.words.length === 0) return true;
  return tool.words.some((line) => line.every((word) => text.mayFollow(word, from, scan.work)));
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
  const parts = text.parts(from, limit);
  let found = false;
  let quote = 0;
  let at = from;
  for (;;) {
    at = parts === undefined ? nextPart(codes, at, limit) : nextOf(parts, from, at, limit);
    if (at === limit) break;
    const code = codes[at]!;
    const stop = stops[code]!;
    if (stop === Stop.quote) quote = quote === 0 ? code : quote === code ? 0 : quote;
    else if (
      stop === Stop.end &&
      (code === NUL ? !argv : quote === 0 && !argv && codes[at - 1] !== BACKSLASH)
    )
      break;
    at++;
    const next = codes[at]!;
    if (at < limit && next < 128 && stops[next] === Stop.word && beginsWord(code)) {
      found = marks.mayBegin(codes, at);
      if (found) break;
    }
  }
  scan.work.read(at - from);
  return found;
}

/** The first place from `at` on where words are parted, `limit` where there is none. */
function nextPart(codes: Uint16Array, at: number, limit: number): number {
  let next = at;
  while (next < limit && PARTS_WORDS[codes[next]!] === 0) next++;
  return next;
}

/** The same of the bits of the characters from `from` on. */
function nextOf(parts: Int32Array, from: number, at: number, limit: number): number {
  let next = at;
  while (next < limit) {
    const bits = parts[(next - from) >> 5]! >>> ((next - from) & 31);
    if (bits !== 0) return Math.min(limit, next + 31 - Math.clz32(bits & -bits));
    next = from + (((next - from) | 31) + 1);
  }
  return limit;
}

function beginsWord(before: number): boolean {
  return before <= 32 || isQuote(before) || before === BACKSLASH || before === COMMA || before === DOLLAR;
}
/** 1 for what lies between words, or ends a command: most characters are within words. The pass tells the same of texts in its memory. */
export const PARTS_WORDS = tableOf(
  (code) => beginsWord(code) || (code < 128 && ';|&)'.includes(String.fromCharCode(code))),
);

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
  const first = firstNew(tool);
  noteLooked(tool, 1);
  scan.work.spend((count - first) * COST.word);
  for (let i = first; i < count; i++) {
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
    scan.work.spend(COST.patterns);
    attached(scan, text, tool, i, argument);
  }
}

/** Long options that begin with one hyphen: not `-p` with something attached. */
const LONG_OPTIONS =
  /^-(?:pass(?:word|wd)?|port|path|print|profile|project|platform|protocol|proxy|prefix|parallel|params?|user(?:name)?|url|auth|account|address|append|config|cert|key|kubeconfig|token|timeout|type|target|tls|version|verbose|vault|workspace|width|world)$/;

/** Words with one hyphen that end as an option for a secret does: `influx -host …` bundles nothing. */
const UNBUNDLED =
  /^-(?:host|list|https?|input|output|import|export|sort|start|skip|dump|step|stop|loop|keep|help|temp|group|show|view|new|raw|follow|window|dest|client|text|test|root|limit|format|count)$/;

/** curl's options without a value before the user and its password: `-sSualice:…`. */
const BUNDLED = /^-[sSkLfivIgN]{1,6}u[^\s:]{1,64}:/;

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
    if (kind === 'pair' && option === '-u' && BUNDLED.test(argument)) {
      inner(text, starts[index]!, ends[index]!);
      take(scan, text, kind, innerStart + argument.indexOf('u') + 1, innerEnd, option);
      return;
    }
    const bundled =
      option.length === 2 &&
      kind !== 'attached' &&
      /^-[A-Za-z]{2,6}$/.test(argument) &&
      argument.endsWith(option[1]!) &&
      !UNBUNDLED.test(argument);
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
    if (from === end || (codes[end - 1] === COLON && codes[from - 1] !== COLON)) {
      if (looksSecret(scan, text, start, end - 1, 12) || looksChosen(scan, text, start, end - 1))
        secret(scan, text, start, end - 1);
      return;
    }
  } else if (kind === 'named') {
    while (from < end && codes[from] !== EQUALS) from++;
    // `--from-literal=username=…`
    if (from - start < LONGEST_OPTION && USER.test(text.slice(start, from))) return;
    from++;
  } else if (kind === 'source') {
    if (!text.has('pass:', start)) return;
    from = start + 5;
  } else if (kind === 'secret' && option === '-p' && isNamed(text, start, end)) {
    return;
  } else if (kind === 'secret' && isDigits(codes, start, end) && end - start < 6 && option === '-p') {
    return;
  }
  secret(scan, text, from, end);
}

const LONGEST_OPTION = 32;

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

/** Words that nobody has as a password, but for those who write an example. */
const STANDS_IN =
  /^(?:password|passwd|pass|secret|token|key|true|false|none|null|undefined|x{3,}|change[-_]?me|replace[-_]?me|placeholder|dummy|example|redacted|todo)$/i;

/** Notes a word as a secret unless it is plainly none. */
export function secret(scan: Scan, text: Text, start: number, end: number): void {
  scan.work.spend(COST.patterns);
  if (end <= start) return;
  const value = text.slice(start, Math.min(end, start + 300));
  if (isHarmless(value, 'whole') && !/^[A-Za-z]{4,}$/.test(value) && !isDrawn(text, start, end, value))
    return;
  if (STANDS_IN.test(value)) return;
  scan.reportNamed(text, Math.max(0, start - 16), start, end, 'password', 'tool');
}
