/**
 * Secrets on standard input: `echo … | docker login --password-stdin`, `printf … > /run/secrets/db`, `… <<< "…"`.
 *
 * In:  a text and where `echo` or `printf`, or `<<<`, was seen.
 * Out: a finding for what is written, when the program or the file that it goes to keeps secrets.
 */
import {
  COLON,
  EQUALS,
  isGap,
  isName,
  isQuote,
  LF,
  NUL,
  OPEN_PAREN,
  PIPE,
  SEMICOLON,
} from '../characters.ts';
import { judgeName } from '../names.ts';
import type { Scan } from '../scan.ts';
import type { Text } from '../text.ts';
import { COST } from '../work.ts';
import { secret } from './command.ts';
import { echoedWord, firstWord, lastWord, splitWords } from './command-words.ts';
import { looksChosen, looksSecret } from './secrecy.ts';

const FARTHEST = 200;
const MARKERS = /\[REDACTED:[a-z0-9-]{1,80}\]/g;

/** Programs that read one secret and nothing else. */
const READERS =
  /--password-stdin|\bpassword_stdin|--with-token|--passphrase-fd|--stdin|\bsudo\s+(?:-\w+\s+){0,3}-S|^\|\s*(?:sudo\s+)?passwd\b|\bchpasswd|-pass(?:in|out)?\s+stdin|--password(?:=|\s+)-(?:\s|$)|\bsmbpasswd|\bcryptsetup|\bvncpasswd|\bzfs\s+load-key|\bkeyring\s+set|\brealm\s+join|\bkinit|\bvault\s+login\s+-|\bpass\s+insert|\bsecrets?\s+(?:create|put|set|versions)|\bgh\s+auth|\bwrangler\s+secret|\bvercel\s+env|\bssh-add|\bhtpasswd\s+-\w*i|\bcreate\s+secret/;
/** Programs that also read much else: only what looks like a secret. */
const MAY_READ =
  /\bbase64|\bopenssl|\bsha\d+sum|\bmd5sum|\bxclip|\bpbcopy|\bwl-copy|\bdocker\s+login|\bgcloud|\bnpm\s+login|\bxargs|^\|\s*(?:sudo\s+)?su\s/;

/** Reads digests and the files that they are of. */
const CHECKS = /^\|\s*(?:\w+sum|shasum)\b[^;|&]{0,40}?\s(?:-c|--check)(?=$|[\s"'-])/;
const DECODES = /^\|\s*base64\s+(?:-d|-D|--decode)\b/;

/** A command that speaks of signing in reads its secret there: `… context create --token-stdin`, `… login -`. */
const SIGNS_IN =
  /(?:^|[\s"'-])(?:login|sign-?in|auth|passwd|password|passphrase|unlock|token|secrets?|credentials?|luks\w+)(?:$|[\s"'=-])|^\W*hcloud\s+context|\bkeepassxc-cli\s|\bsolana-keygen\s/i;
/** What stands before a command whose output is the secret: `--password-command "echo …`, `private-key <(echo …`. */
const ASKS =
  /(?:pass(?:word|phrase|wd)?|token|secret|key|credentials?)(?:[-_]?(?:command|cmd|program|file|helper|eval))?["']?[\s=\0]+["']?(?:<\s+)?(?:<\()?$|(?:pwfile=|account\s+import\s+)<\($/i;

/** `echo` or `printf` ended at `end`. */
export function onEcho(scan: Scan, text: Text, start: number, end: number): void {
  const { codes } = text;
  if (
    start > 0 &&
    !isGap(codes[start - 1]!) &&
    !isQuote(codes[start - 1]!) &&
    codes[start - 1] !== SEMICOLON &&
    codes[start - 1] !== PIPE &&
    codes[start - 1] !== EQUALS &&
    codes[start - 1] !== 40 &&
    codes[start - 1] !== 38
  )
    return;
  scan.work.spend(COST.patterns);
  const stop = splitWords(scan, text, end);
  if (isAssigned(text, start) || ASKS.test(text.slice(Math.max(0, start - 48), start))) {
    const word = echoedWord(text);
    if (word !== undefined) maybe(scan, text, word.start, word.end);
    return;
  }
  const sign = text.codes[stop]!;
  if (sign !== PIPE && !goesToFile(text, stop)) return;
  const rest = text.slice(stop, Math.min(text.length, stop + FARTHEST)).split('\n', 1)[0]!;
  const redirect = />>?\s*["']?([^\s"';|&]{1,128})/.exec(
    text.slice(end, Math.min(text.length, end + 600)).split('\n', 1)[0]!,
  );
  if (sign === PIPE && CHECKS.test(rest)) return;
  if (sign === PIPE && READERS.test(rest)) take(scan, text, /chpasswd/.test(rest), true);
  else if (sign === PIPE && (MAY_READ.test(rest) || SIGNS_IN.test(rest))) {
    if (!DECODES.test(rest) || !isEncodedProse(text)) take(scan, text, isOfBasic(text, start), false);
  } else if (sign === PIPE && TO_SERVER.test(rest)) onRedis(scan, text, end, stop);
  else if (redirect !== null && keepsSecrets(redirect[1]!)) take(scan, text, false, false, true);
}

/** `Basic $(echo -n alice:… | base64)`: the user stays. */
function isOfBasic(text: Text, start: number): boolean {
  return text.has('basic $(', start - 8) || text.has('basic `', start - 7);
}

/** `printf 'AUTH …\\r\\nPING\\r\\n' | nc redis 6379`: a command of Redis as such. */
const TO_SERVER = /^\|\s*(?:nc|ncat|netcat|socat|telnet|redis-cli)\s/;

function onRedis(scan: Scan, text: Text, from: number, stop: number): void {
  const command = AUTH.exec(text.slice(from, Math.min(stop, from + FARTHEST)));
  if (command === null) return;
  const start = from + command.index + command[1]!.length;
  secret(scan, text, start, start + command[2]!.length);
}
const AUTH = /(^\s*(?:-\w+\s+)*\$?["']?auth (?:[\w-]{1,32} )?)([^\s"'\\]{3,128})(?=\\[rn]|["'])/i;

function goesToFile(text: Text, stop: number): boolean {
  const code = text.codes[stop]!;
  return (
    stop >= text.length ||
    code === LF ||
    code === NUL ||
    code === SEMICOLON ||
    code === 38 ||
    code === 41 ||
    code === 34
  );
}

/** A file whose name is that of a secret, or that lies where secrets do. */
function keepsSecrets(path: string): boolean {
  if (
    /\/run\/secrets\/|\/secrets?\/|\.(?:pgpass|netrc|vault-token|npmrc|pypirc|htpasswd|git-credentials)$|id_(?:rsa|ed25519)$/.test(
      path,
    )
  )
    return true;
  const name = path.replace(/^.*\//, '').replace(/\.(?:txt|key|pem|env|conf)$/, '');
  // A file of a user and a password, as VPNs read them.
  if (/^(?:auth|up|userpass|user-pass)$/i.test(name)) return true;
  const codes = Uint16Array.from(name, (char) => char.charCodeAt(0));
  return judgeName(codes, 0, codes.length)?.promise === 'strong';
}

/** `echo aGVsbG8gdGhlcmU= | base64 -d`: what comes out are words of a sentence. What else it holds is found where it is decoded. */
function isEncodedProse(text: Text): boolean {
  const word = lastWord(text, false);
  if (word === undefined || word.end - word.start > LONGEST_PROSE) return false;
  const decoded = Buffer.from(text.slice(word.start, word.end), 'base64').toString('latin1');
  return PROSE.test(decoded);
}
const LONGEST_PROSE = 2048;
/** More words than a phrase that was drawn has, or words and what sentences are written with. */
const PROSE =
  /^(?=.*[,.:;!?'"]\s|(?:\S+\s+){7})[A-Za-z]+[,.:;!?'"]*(?:\s+['"(]?[A-Za-z]+[,.:;!?'")]*){3,}\s*$/;

/** Takes the last word that `echo` writes; before a redirection, the word before it. */
function take(scan: Scan, text: Text, behindUser: boolean, sure: boolean, redirected = false): void {
  const word = lastWord(text, redirected);
  if (word === undefined) return;
  let { start } = word;
  const { end } = word;
  if (behindUser) {
    const colon = text.indexOf(COLON, start);
    if (colon > 0 && colon < end) start = colon + 1;
  }
  // `echo "//registry/:_authToken=…" > .npmrc`: the name in it tells which part is the secret.
  const last = behindPadding(text, start, end);
  for (let at = start; redirected && at < last; at++)
    if (text.codes[at] === EQUALS && (hasNameBefore(text, start, at) || isNameBefore(text, start, at)))
      return;
  // `echo "machine h login alice password …" > .netrc`: the last word of a line.
  // So is that of `printf 'alice\n…\n' > auth.txt`.
  if (redirected)
    for (let at = start; at < end - 1; at++) {
      if (isGap(text.codes[at]!)) start = at + 1;
      else if (text.has('\\n', at) && end - at > 2) start = at + 2;
    }
  if (sure) secret(scan, text, start, end);
  else maybe(scan, text, start, end);
}

/** `[start, end)` without the equals signs at its end, which pad base64. */
function behindPadding(text: Text, start: number, end: number): number {
  let at = end;
  while (at > start && text.codes[at - 1] === EQUALS) at--;
  return at;
}

/** A word that may be a secret: by its look. Of `password=…` the name tells it. */
function maybe(scan: Scan, text: Text, start: number, end: number): void {
  for (let at = start; at < end; at++)
    if (text.codes[at] === EQUALS && hasNameBefore(text, start, at)) return;
  // An address has its user and its host beside its password, and is looked at as such.
  if (ADDRESS.test(text.slice(start, Math.min(end, start + 16)))) return;
  if (looksSecret(scan, text, start, end, 8) || looksChosen(scan, text, start, end))
    secret(scan, text, start, end);
}

const ADDRESS = /^[a-z][a-z0-9+]{1,11}:\/\//;

/** `PORT=…`: what stands before the sign at `end` is a name, of words in one case. */
function isNameBefore(text: Text, start: number, end: number): boolean {
  return (
    end - start < 64 && /^(?:[A-Z]+(?:_[A-Z0-9]+)*|[a-z]+(?:[_.-][a-z]+)*)$/.test(text.slice(start, end))
  );
}

/** `SECRET_KEY_BASE=$(echo …`: a name that promises a secret is what the output goes to. */
function isAssigned(text: Text, start: number): boolean {
  const { codes } = text;
  const open = start - 2;
  if (open < 2 || !text.has('=$(', open - 1)) return false;
  let from = open - 1;
  while (from > 0 && isName(codes[from - 1]!) && open - from < 64) from--;
  return judgeName(codes, from, open - 1)?.promise === 'strong';
}

/** `CSRF_SECRET=$(base64 -d <<<`: the same of a command on whose output the here-string at `end` bears. */
function isSubstituted(text: Text, end: number): boolean {
  const { codes } = text;
  const floor = Math.max(0, end - LONGEST_SUBSTITUTED);
  let open = end;
  while (open > floor && codes[open - 1] !== OPEN_PAREN && codes[open - 1] !== LF) open--;
  return open > floor && codes[open - 1] === OPEN_PAREN && isAssigned(text, open);
}
const LONGEST_SUBSTITUTED = 48;

function hasNameBefore(text: Text, start: number, end: number): boolean {
  let from = end;
  while (from > start && isName(text.codes[from - 1]!)) from--;
  return judgeName(text.codes, from, end) !== undefined;
}

/** What stands on the line before `end`. */
function commandBefore(text: Text, end: number): string {
  const floor = Math.max(0, end - FARTHEST);
  let start = end;
  while (start > floor && text.codes[start - 1] !== LF) start--;
  // What is in a marker says nothing of the command.
  return text.slice(start, end).replaceAll(MARKERS, '');
}

/** `<<<` ended at `end`: a string as standard input. */
export function onHereString(scan: Scan, text: Text, end: number): void {
  const command = commandBefore(text, end);
  const stop = splitWords(scan, text, end);
  // `cat <<< "…" | docker login --password-stdin`
  const rest = text.codes[stop] === PIPE ? text.slice(stop, Math.min(text.length, stop + FARTHEST)) : '';
  scan.work.spend(COST.patterns + (command.length + rest.length) * COST.commandCharacter);
  if (OF_CURL.test(command)) onCurlrc(scan, text, end, stop);
  const reads = READERS.test(command) || READERS.test(rest);
  if (!reads && !SIGNS_IN.test(command) && !isSubstituted(text, end)) return;
  const word = firstWord(text);
  if (word === undefined) return;
  // `chpasswd <<< "alice:…"`: the user stays.
  const colon = /\bchpasswd/.test(command + rest) ? text.indexOf(COLON, word.start) : -1;
  if (reads) secret(scan, text, colon > 0 && colon < word.end ? colon + 1 : word.start, word.end);
  else maybe(scan, text, word.start, word.end);
}

/** `curl -K - <<< 'user = "alice:…"'`: options of curl as its files have them. */
const OF_CURL = /\bcurl\s(?:.*\s)?(?:-K|--config)[\s=]*-/;

function onCurlrc(scan: Scan, text: Text, from: number, stop: number): void {
  const option = USER_OF_CURL.exec(text.slice(from, Math.min(stop, from + FARTHEST)));
  if (option === null) return;
  const start = from + option.index + option[1]!.length;
  secret(scan, text, start, start + option[2]!.length);
}
const USER_OF_CURL = /((?:proxy-)?user\s*[=:]?\s*\\?"[^\s:"]{1,64}:)([^\s"\\]{3,128})/;
