/**
 * Arguments without options, as a usage line says them: `vault login …`, `sqlplus app/…`, `htpasswd file alice …`.
 *
 * In:  the words of a command (command-words.ts) and a line of the table.
 * Out: findings for the arguments that are secrets.
 */
import {
  ALNUM,
  BACKSLASH,
  CLASS,
  COLON,
  DIGIT,
  EQUALS,
  GREATER,
  HYPHEN,
  LESS,
  SLASH,
  TILDE,
} from '../characters.ts';
import { isLiteral } from '../programs.ts';
import type { Scan } from '../scan.ts';
import type { Text } from '../text.ts';
import { COST } from '../work.ts';
import { secret } from './command.ts';
import {
  count,
  ends,
  firstNew,
  inner,
  innerEnd,
  innerStart,
  noteFound,
  noteLooked,
  shown,
  stands,
  starts,
} from './command-words.ts';

/** Matches a usage line on the arguments that are no options. True when all of it was there. */
export function usage(scan: Scan, text: Text, line: readonly string[]): boolean {
  let literals = 0;
  while (literals < line.length && isLiteral(line[literals]!)) literals++;
  if (literals === 0) return count > 0 && values(scan, text, line, 0, 0);
  const from = firstNew(line);
  for (let first = from; first < count; first++) {
    let at = first;
    let matched = 0;
    while (matched < literals && at < count && literalFits(text, at, line[matched]!)) {
      at++;
      matched++;
    }
    if (matched < literals) continue;
    scan.work.spend((first - from + 1) * COST.word);
    noteFound(line, first);
    return values(scan, text, line, literals, at);
  }
  scan.work.spend((count - from) * COST.word);
  noteLooked(line, literals);
  return false;
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
    // `net use X: \\server\share …`: the name of a share is none of the password. A shell takes one backslash of two.
    if (hole === '*' && text.codes[innerStart] === BACKSLASH) {
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
        for (let q = innerEnd - 1; q > p && hole !== '_:*'; q--)
          if (text.codes[q] === 64) {
            stop = q;
            break;
          }
        // `</em>`
        if (p > innerStart && text.codes[p - 1] !== LESS && (hole !== '_:*@' || stop < innerEnd))
          secret(scan, text, p + 1, stop);
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
    if (
      alone &&
      at < count &&
      !isOptionWord(text, at) &&
      (argumentsFrom(text, at) > holes || isSalt(text, at - 1))
    )
      at++;
  }
  return at;
}

/** `openssl passwd -salt …` asks for the password: what stands behind is none. */
function isSalt(text: Text, index: number): boolean {
  inner(text, starts[index]!, ends[index]!);
  return stands(text.codes, '-salt', innerStart);
}

/** How many of the words from `index` on are no options. */
function argumentsFrom(text: Text, index: number): number {
  let found = 0;
  for (let i = index; i < count && !redirects(text, i); i++) if (!isOptionWord(text, i)) found++;
  return found;
}

/** A shell's `>`, or `2>` and the like: what follows is no argument. */
function redirects(text: Text, index: number): boolean {
  const { codes } = text;
  const at = (CLASS[codes[starts[index]!]!]! & DIGIT) !== 0 ? starts[index]! + 1 : starts[index]!;
  return codes[at] === GREATER || codes[at] === LESS;
}

/** A whole argument; of `name=value` the value. A password may have the sign in it: what is no name is a part of it. */
function secretArgument(scan: Scan, text: Text): void {
  for (let p = innerStart; p < innerEnd && (CLASS[text.codes[p]!]! & (15 | DIGIT)) !== 0; p++) {
    if (
      text.codes[p + 1] === EQUALS &&
      p + 2 < innerEnd &&
      p - innerStart < 24 &&
      text.codes[p + 2] !== EQUALS
    ) {
      const name = text.slice(innerStart, p + 1);
      if (!NAME.test(name)) break;
      if (!USER.test(name)) secret(scan, text, p + 2, innerEnd);
      return;
    }
  }
  if (!HOST.test(text.slice(innerStart, Math.min(innerEnd, innerStart + 80))))
    secret(scan, text, innerStart, innerEnd);
}

/** A name by its look: words in one case, or humps. */
const NAME =
  /^(?:[a-z]+(?:[_-][a-z]+){0,4}|[A-Z]+(?:_[A-Z]+){0,4}|[A-Za-z][a-z]{2,}(?:[A-Z][a-z]+){0,4})\d?$/;

/** `vault kv put secret/app username=…`: names, places and times, not the secret. */
export const USER =
  /^(?:(?:db_?)?(?:user(?:_?name)?|host(?:_?name)?|port|url)|login|email|role(?:_id|_name)?|region|endpoint|database|ttl|max_ttl|period|policies|policy|type|path|display_name|description|common_name)$/i;

/** An argument that names a host or begins a URL is no secret itself. */
const HOST = /^(?:[a-z0-9-]{1,40}\.){1,5}(?:com|org|net|io|dev)$|^https?:\/\//;

function pairValue(scan: Scan, text: Text, index: number): void {
  inner(text, starts[index]!, ends[index]!);
  for (let p = innerStart; p < innerEnd && p - innerStart < 80; p++) {
    if (text.codes[p] !== EQUALS) continue;
    if (USER.test(text.slice(innerStart, p))) return;
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
