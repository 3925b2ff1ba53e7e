/**
 * Whether the characters of a value are a secret: behind a name that promises one, or by their look alone.
 *
 * In:  the value that was read last (value.ts), or bounds in a text.
 * Out: a judgement. The patterns and what was judged with them are paid for as work.
 */
import { CLOSE_PAREN, COMMA, DOT, HYPHEN, isSpace, SEMICOLON } from '../characters.ts';
import {
  isHarmless,
  isKnownPlain,
  isPath,
  isSentence,
  isState,
  keepPlain,
  looksCalled,
  type Place,
} from '../harmless.ts';
import type { Scan } from '../scan.ts';
import {
  isLetters,
  isUuid,
  looksMixed,
  looksRandom,
  looksScrambled,
  looksWordy,
  looksWritten,
} from '../shape.ts';
import type { Text } from '../text.ts';
import { COST } from '../work.ts';
import { value } from './value.ts';

/** True when the last value is a secret, standing behind a name that promises one. */
export function isSecret(scan: Scan, text: Text, place: Place): boolean {
  const { start, end, quoted } = value;
  scan.work.spend(COST.patterns);
  const shown = text.slice(start, Math.min(end, start + 300));
  const at = quoted ? 'whole' : place;
  if (isKnownPlain(shown, at)) return false;
  if (isHarmless(shown, at)) {
    if ((quoted || !isCall(text, start, end, shown)) && isDrawn(text, start, end, shown)) return true;
    keepPlain(shown, at);
    return false;
  }
  if (at === 'whole')
    return (text.mode === 'env' || !isSentence(shown.replace(JOINTS, ''))) && !isType(shown);
  if (at === 'prose' && FOREIGN_WORD.test(shown)) return false;
  if (at === 'prose' && isLetters(text.codes, start, end))
    return looksScrambled(text.codes, start, end) || (endsStatement(text, end) && !looksCapitalised(shown));
  return true;
}

/** `Passwort: ungültig`: one word of small letters, one at least of which no English word has. */
const FOREIGN_WORD = /^(?=.*[^!-~])\p{L}?\p{Ll}{2,30}[.,;:!?]?$/u;

/** Between pieces of one string: `"ab" + "cd"`, also on lines below one another, with a backslash between them. */
const JOINTS = /["'`]\s{0,32}(?:\+|\.{1,2}|&|\|\||\\)?\s{0,32}["'`]/g;

/** A call by its look. A drawn password has a bracket by chance, hardly ever the one that closes it, and no words around it. */
export function isCall(text: Text, start: number, end: number, shown: string): boolean {
  if (!looksCalled(shown)) return false;
  return (
    !OPEN_BY_CHANCE.test(shown) ||
    !looksMixed(text.codes, start, end) ||
    looksWritten(text.codes, start, end, 50)
  );
}
const OPEN_BY_CHANCE = /^[A-Za-z0-9!#%+@^~?]+\([A-Za-z0-9!#%+@^~?]*$/;

/** The patterns of harmless values also fit some secrets: one that looks drawn at random is no path and no expression. */
export function isDrawn(text: Text, start: number, end: number, shown: string): boolean {
  if (shown.length < 12 || !looksRandom(text.codes, start, end)) return false;
  if (!/^[!-~]{12,300}$/.test(shown) || isState(shown) || UNDRAWN.test(shown)) return false;
  return !isPathLike(shown) && !isWords(shown);
}

/** Marks of what is no secret however it looks: stand-ins, references, markers. */
const UNDRAWN =
  /^\.\*|^@@\w+@@$|^\(\(\S+\)\)$|^__[A-Z_]+__$|^@(?:~|\.{1,2})?\/(?:run|var|etc|home|root|tmp|opt|srv|mnt|usr)\/[\w./-]+$|^(?:cat|pass|op|vault|gcloud|aws) |^ENC\[|EXAMPLE|x{6}|X{6}|\*{3}|0{8}|\[REDACTED:|^(?:\$\{|\$\(|\{\{|<|%[A-Z_]+%$|\$[A-Za-z_]+$|arn:|projects\/)|^[a-z]{2,14}:[\w./@-]|^(?:process|os|secrets|env|vars?|local|data|module|self|this|config|settings|req|request|ctx|github|steps|inputs)\.[a-zA-Z]/;

/** Directories of a system that files lie in. */
const ROOTS = /^\/(?:etc|run|var|home|opt|usr|tmp|root|srv|mnt|proc|sys|secrets|Users)\//;

function isPathLike(shown: string): boolean {
  if (ROOTS.test(shown) && isPath(shown)) return true;
  return isPath(shown) && shown.split('/').filter((part) => /^[a-z][a-z._-]{2,}$/.test(part)).length >= 2;
}

function isType(shown: string): boolean {
  return /^(?:string|number|boolean|bytes|uuid|integer|object|array)(?:\[\]|\?)?$/.test(shown);
}

/** `Password: Tippe` in a table of labels: a capital and small letters only. */
function looksCapitalised(shown: string): boolean {
  return /^[A-Z][a-z]+$/.test(shown);
}

function endsStatement(text: Text, end: number): boolean {
  const { codes, length } = text;
  let p = end;
  while (p < length && (codes[p] === DOT || codes[p] === SEMICOLON || isSpace(codes[p]!))) p++;
  return p >= length || codes[p]! <= 13 || codes[p] === COMMA || codes[p] === CLOSE_PAREN;
}

/** Well-known things that look random: dates, versions, addresses, digests with their algorithm, e-mail, hosts. */
const KNOWN_SHAPES =
  /^(?:node:[\w/]{1,100}:\d{1,6}:\d{1,5}|[\w@./<>+~-]{1,200}\.[a-z]{1,5}:\d{1,6}(?::\d{1,5})?|_?_Z[A-Z]{0,3}\d{1,3}[A-Za-z_][\w.$@]{0,200}'?|[a-z][a-z-]{1,40}\/[a-z][a-z-]{1,40}(?:-[a-z0-9]{4,10}){1,2}|(?:RFC|ISO|SHA|AES|UTF|PKCS)[ #-]?\d{1,5}[.,;:)]?|CVE-\d{4}-\d{4,7}|HTTP\/\d(?:\.\d)?"?|[a-z][a-z0-9._/-]{1,60}:\d{1,3}(?:\.\d{1,4}){0,3}|(?:[A-Za-z][A-Za-z_]{1,40}-){1,4}\d{1,4}(?:\.\d{1,6}){1,4}|(?:[A-Za-z0-9_.]{1,20}-){1,6}(?:[0-9a-f]{40}|[0-9a-f]{64})|man\d[a-z]{0,4}\/[\w.:+-]{1,80}|0x[0-9a-fA-F]{1,8}U?L{0,2}|(?:19|20)\d{2}[-/]?(?:0\d|1[0-2])[-/]?[0-3]\d(?:[T _-]?\d{2}[:\d.]{0,15}(?:Z|[+-]\d{2}:?\d{2})?)?|v?\d{1,6}(?:\.\d{1,6}){1,4}(?:[-+._].{0,60})?|(?:sha\d{1,3}|md5|SHA256|MD5)[-:=].{1,140}|[\w.+-]{1,64}@[\w-]{1,60}(?:\.[\w-]{1,60}){0,5}\.(?:[a-z]{2,24}|[A-Z]{2,24}|[A-Z][a-z]{1,23})|(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?(?:\/\d{1,2})?|(?:[a-z0-9-]{1,63}\.){1,8}(?:com|net|org|io|dev|local|internal|cloud|svc|test|example|app|co|de|eu|uk)(?::\d{1,5})?(?:\/.{0,120})?|[a-z]{2}-[a-z]+-\d[a-z]?|ip-\d{1,3}-\d{1,3}.{0,60}|#[0-9a-fA-F]{3,8}|0x(?:[0-9a-fA-F]{8}|[0-9a-fA-F]{16}|[0-9a-fA-F]{40})[.,:;]?|(?:Linux|macOS|Windows)-[\w.-]{1,140}|[a-z][a-z0-9+.-]{1,20}:\/\/.{0,256}|h1:.{20,60}|[0-9a-fA-F:]{2,39}(?:\/\d{1,3})?:[0-9a-fA-F:]{0,4})$/;

/** True when `[start, end)` looks like a drawn secret by itself. `least`: characters it must have. */
export function looksSecret(scan: Scan, text: Text, start: number, end: number, least = 12): boolean {
  if (end - start < least) return false;
  scan.work.read(end - start);
  const first = text.codes[start]!;
  if (first === HYPHEN && text.codes[start + 1] === HYPHEN) return false;
  if (!looksRandom(text.codes, start, end) || isUuid(text.codes, start, end)) return false;
  scan.work.spend(COST.patterns);
  const shown = text.slice(start, Math.min(end, start + 300));
  return (
    !KNOWN_SHAPES.test(shown) && !isHarmless(shown, 'whole') && !(/[./_-]/.test(shown) && isWords(shown))
  );
}

/** Parts that are each a word with a digit or two at most: a path, a dotted name. */
function isWords(shown: string): boolean {
  const parts = shown.split(/[^A-Za-z0-9]+/).filter(Boolean);
  return (
    parts.length >= 3 &&
    parts.every((part) =>
      /^(?:[A-Za-z]?[a-z]{1,14}(?:[A-Z][a-z]{1,14}){0,3}\d{0,2}|\d{1,4}|v\d+|[A-Z]{1,5})$/.test(part),
    )
  );
}

/** True when `[start, end)`, `least` long, was drawn at random, or chosen with care: where little else says that it is a secret. */
export function looksMade(scan: Scan, text: Text, start: number, end: number, least: number): boolean {
  if (end - start < least) return false;
  const chosen = looksChosen(scan, text, start, end) && !looksWordy(text.codes, start, end, 80);
  return chosen || looksSecret(scan, text, start, end, least);
}

/** True when `[start, end)` could be a password that someone chose: letters and digits or signs, no word, no number. */
export function looksChosen(scan: Scan, text: Text, start: number, end: number): boolean {
  if (end - start < 6) return false;
  const stop = Math.min(end, start + 300);
  if (!hasBoth(scan, text, start, stop)) return false;
  scan.work.spend(COST.patterns);
  const shown = text.slice(start, stop);
  if (/^[^A-Za-z0-9]*[A-Za-z_.]+[^A-Za-z0-9]*$/.test(shown) && looksWordy(text.codes, start, end))
    return false;
  return (
    !KNOWN_SHAPES.test(shown) &&
    !isHarmless(shown, 'prose') &&
    !/^\d+(?:\.\d+)?(?:[a-z]{1,3}|%)$/i.test(shown)
  );
}

/** True when a letter and a digit or a sign of a password stand there. Most of what is looked at has one of them only. */
function hasBoth(scan: Scan, text: Text, start: number, end: number): boolean {
  const { codes } = text;
  let both = 0;
  let at = start;
  while (at < end && both !== 3) both |= PARTS[codes[at++]!]!;
  scan.work.read(at - start);
  return both === 3;
}
/** 1 for letters, 2 for digits and signs. */
const PARTS = new Uint8Array(0x10000);
for (const code of Array(128).keys())
  PARTS[code] = /[A-Za-z]/.test(String.fromCharCode(code))
    ? 1
    : /[\d!@#$%^&*+=?~]/.test(String.fromCharCode(code))
      ? 2
      : 0;
