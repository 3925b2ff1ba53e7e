/**
 * Values that stand where a secret would and are none: references, placeholders, states, types, file names.
 *
 * In:  a value as a string, without its quotes.
 * Out: true when it may stay.
 *
 * The patterns run on strings of at most `LONGEST_HARMLESS` characters and have no nested repetition.
 */
import { BACKSLASH, isAlnum, isQuote } from './characters.ts';

const LONGEST_HARMLESS = 256;

/** A reference to where the secret is, or a hole to be filled. The whole value. */
const REFERENCE = new RegExp(
  [
    String.raw`\$\{[^{}]{0,120}\}`,
    String.raw`\$\{\{[^{}]{0,120}\}\}`,
    String.raw`\$\([^()]{0,120}(?:\([^()]{0,60}\)[^()]{0,60})?\)?`,
    '`[^`]{0,120}`?',
    String.raw`\$(?:[A-Z_][A-Z0-9_]{0,60}|[a-z][a-z_]{1,60}|[A-Za-z]{2,60}|[0-9@*#?])`,
    String.raw`\$env:\w{1,60}`,
    // A version, of a package or of an image.
    String.raw`[~^]?v?\d{1,4}\.\d{1,4}\.\d{1,6}(?:[-+~.][A-Za-z0-9.+~-]{1,24})?`,
    'sha-[0-9a-f]{7,40}',
    '%[A-Z_][A-Z0-9_]{1,60}%',
    '![A-Z_][A-Z0-9_]{1,60}!',
    String.raw`%\(?[a-z_]{0,40}\)?[sdqv]`,
    '%[-0-9.]{0,8}[sdqvx]',
    String.raw`(?:%[sdrqv]|\{\w{0,20}\})(?:[:@/ ,;=-]{1,2}(?:%[sdrqv]|\{\w{0,20}\})){1,5}`,
    String.raw`\{\{[^{}]{0,120}\}\}`,
    String.raw`\{%[^{}]{0,120}%\}`,
    String.raw`\{[a-zA-Z_][\w.\[\]"'-]{0,80}(?:![rsa])?(?::[^{}]{0,20})?\}`,
    String.raw`\{\d{0,2}\}`,
    '<[^<>]{1,80}>',
    String.raw`\[[A-Za-z][A-Za-z _-]{0,60}\]`,
    String.raw`\[REDACTED:[a-z0-9-]{1,80}\]`,
    String.raw`#\{[^{}]{1,80}\}`,
    '@[A-Z_]{2,40}@',
    String.raw`@@\w{2,60}@@`,
    // Looked for, not said: `*token*`.
    String.raw`\*(?:pass(?:word|wd)?|token|secret|key)\*`,
    // Concourse and BOSH: `((db-password))`.
    String.raw`\(\(\/?[A-Za-z][\w./:-]{1,80}\)\)`,
    String.raw`\((?:hidden|redacted|masked|sensitive(?: value)?|secret|none|empty|unset|not set|omitted|removed)\)`,
    '__[A-Za-z0-9_]{1,60}__',
    // A symbol of Ruby's.
    ':(?:[a-z_]{2,40}|[A-Z_]{2,40}[,;)]?)',
    String.raw`@(?:~|\.{1,2})?\/(?:run|var|etc|home|root|tmp|opt|srv|mnt|usr|dev|secrets?|app|data|config|keys?)\/[\w./-]{1,100}`,
    String.raw`@(?:\/|\.\/|~\/)?[\w./-]{1,100}\.(?:txt|json|pem|key|env|ya?ml|conf)`,
    String.raw`(?:vault|op|ssm|secretsmanager|secret|secrets|sm|gcp-sm|gsm|awssm|azkv|keyvault|akv|keyring|keychain|env|file|ref\+\w{1,30}|bw|bws|doppler|infisical|pass|sops|exec|cmd|lpass|conjur|chamber|berglas|secretKeyRef|configMapKeyRef):[\w./:@{}$?=&#+-]{1,200}`,
    String.raw`https?:\/\/[\w.-]{1,120}(?::\d{1,5})?(?:\/[\w./#-]{0,160})?`,
    String.raw`(?:C|[a-z]{2}_[A-Z]{2})\.(?:UTF-8|utf8)`,
    String.raw`arn:aws[\w-]{0,10}:[\w./:@*-]{1,200}`,
    String.raw`projects\/[\w./:-]{1,160}`,
    String.raw`!(?:Ref|Sub|GetAtt|ImportValue|vault|secret|env|env_var)(?:\s.{0,120})?`,
    String.raw`ENC\[[^\]]{0,200}\]?`,
    String.raw`ENC\([^)]{0,200}\)`,
    String.raw`\{cipher\}.{0,200}`,
    String.raw`(?:os\.environ|process\.env|import\.meta\.env|System\.getenv|os\.getenv|getenv|ENV|secrets|env|vars|var|local|data|module|each|self|this|config|settings|options|opts|args|params|props|state|ctx|context|req|request|res|response|user|session|app|process|inputs|steps|github|needs|matrix|values|\.Values|\.Release)(?:\.|\[|\().{1,160}`,
  ]
    .map((part) => `(?:${part})`)
    .join('|')
    .replace(/^(.*)$/s, '^(?:$1)$'),
);

/** Between backticks: a command whose output is the secret. Its first word and what follows tell it from a phrase. */
const COMMAND =
  /^(?:(?:cat|head|tail|jq|grep|sed|awk|gpg|openssl|base64) .{0,60}?(?:[~/$<|]|\B-[a-z]).*|(?:(?:go)?pass|lpass) show .*|op read .*|vault (?:kv|read|token) .*|gcloud (?:auth|secrets|config) .*|aws [a-z-]+ .*|kubectl get .*|security find-.*|secret-tool lookup .*|bw get .*)$/;

/** Written to be replaced or to hide something. Anywhere in the value. */
const STAND_IN =
  /\$\{|^[[<](?:your|my|insert|enter)$|\{[a-zA-Z_]{1,30}\}|%\([a-z_]{1,30}\)s|-----BEGIN (?:PUBLIC|CERTIFICATE|RSA PUBLIC)|\(\?[:=!P<]|\[[a-zA-Z]-[a-zA-Z]|\\[dwsb(<]|^(?:x{3,}|X{3,}|\*{2,}.{0,6}|.{0,8}\*{3,}.{0,8}|\.{2,}|…|-{2,}|_{2,}|#{3,}|0{6,}|•{2,}.{0,4}|●{2,}|\?{2,}|(.)\1{5,})$|x{6,}|X{6,}|\*{4,}|\.{3}$|…$|EXAMPLE|(?:^|[-_. <[])(?:your|my|our|the|some|insert|enter|replace|put|paste|add|change|fill)[-_ .]?(?:own|real|actual|new|secret|super)?[-_ .]?(?:\w{0,20}[-_ .])?(?:password|passwd|pass|secret|token|key|apikey|api|credential|value|here|me|this|in)(?:$|[-_. >\]]|\d(?!\d))|[-_ ]here[>\]]?$|(?:^|[-_ .])(?:example|sample|placeholder|dummy|redacted|filtered|masked|hidden|changeme|change-me|change_me|replaceme|fixme|todo|tbd|notreal|not-a-real|fake|foobar|insert)(?:$|[-_ .>\]])/i;

/** The first three letters of the words in `STAND_IN`, each 26 times the one before; of `my` the first two. */
const BEGINS_STAND_IN = new Uint8Array(26 ** 3);
for (const word of (
  'you our the som ins ent rep put pas add cha fil exa sam pla dum red mas hid fix tod tbd not fak foo her ' +
  [...'abcdefghijklmnopqrstuvwxyz'].map((letter) => `my${letter}`).join(' ')
).split(' '))
  BEGINS_STAND_IN[[...word].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 97, 0)] = 1;
const OPENS_STAND_IN = /[${%([\\*\u2022\u2026\u25cf]/;

/**
 * A quick look: `STAND_IN` may fit. It wants one of a few signs, a character several times in a row, `xa` as in `example`, or
 * one of its words where a word begins.
 */
function mayStandIn(value: string): boolean {
  if (OPENS_STAND_IN.test(value)) return true;
  let before = 0;
  let second = 0;
  let inWord = false;
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    const letter = (code | 32) - 97;
    const isLetter = code < 128 && letter >= 0 && letter < 26;
    const folded = isLetter ? code | 32 : code;
    if (folded === before && (folded === second || !isAlnum(code))) return true;
    if (isLetter) {
      if (before === 120 && letter === 0) return true;
      if (!inWord && beginsStandIn(value, at)) return true;
    }
    inWord = isLetter;
    second = before;
    before = folded;
  }
  return false;
}

function beginsStandIn(value: string, at: number): boolean {
  let index = 0;
  for (let i = at; i < at + 3; i++) {
    // `my` may end the word: any third letter will do.
    const letter = i < value.length ? (value.charCodeAt(i) | 32) - 97 : 0;
    if (letter < 0 || letter > 25) {
      if (i < at + 2) return false;
      index *= 26;
    } else index = index * 26 + letter;
  }
  return BEGINS_STAND_IN[index] === 1;
}

/** What a sensitive name may be set to without saying a secret: states, types, verbs of a message. */
const STATES = new Set(
  (
    'true false yes no on off none null nullptr nil omit include same-origin scram-sha-256 scram-sha-1 undefined nan empty void unset set default auto enabled disabled enable disable ' +
    'required optional mandatory needed present absent missing unknown invalid valid incorrect correct wrong bad good ok okay ' +
    'expired revoked rejected accepted denied granted failed failure success successful error errors warning blocked locked ' +
    'unlocked active inactive pending verified unverified mismatch matched changed unchanged updated created deleted removed ' +
    'added rotated renewed refreshed reset forgotten lost stolen found accessible unavailable available loaded cached stored ' +
    'saved hidden masked redacted filtered removed omitted protected encrypted hashed plain plaintext cleartext basic bearer ' +
    'digest string str text bytes byte boolean bool number int integer float char array list object map dict any unknown never ' +
    'edit password passwd pass passphrase secret secrets token tokens key keys apikey api credential credentials cred creds auth ' +
    'username user name email login value values input output field file path env environment variable stdin stdout prompt ' +
    'interactive keyboard keyring keychain inherit inherited ignore ignored skip skipped done todo test tests testing example ' +
    'sample demo dummy placeholder changeme foo bar baz foobar here there this that it its is are was were be been being has ' +
    'have had must should shall will would can could may might do does did not no nor and or but if then else when while for ' +
    'from to of in on at by with without as the a an your my our their his her you we they please enter type provide specify ' +
    'use used using uses get gets got see read write return returns given gave take taken new old current previous next first ' +
    'last same different too short long weak strong simple complex only also already still yet again never always often ' +
    'contains contain include includes exceeds exceeded limit limited reached unauthorized unauthenticated forbidden ' +
    'authentication authorization authenticated authorized identifier eof newline whitespace comma colon semicolon operator ' +
    'punctuation keyword expression statement undefined function class const let var import export async await self typeof ' +
    'instanceof new throw yield flag option options argument arguments parameter parameters command ' +
    'public private internal external local remote global system service session cookie cookies header headers ' +
    'amd64 arm64 armhf armel i386 x86_64 ppc64el s390x riscv64 noarch rsa ed25519 ecdsa dsa aes hmac sha1 sha256 sha512 md5 hs256 rs256 es256 scram trust peer ident gss sspi ldap pam cert ' +
    'create list push pull add remove delete rotate revoke show info describe generate login logout refresh verify decode encode ' +
    'docker-registry generic version always once never agent forward ask confirm off lax strict none secure httponly path domain session'
  ).split(' '),
);

/** Endings of states and of acts that messages tell. */
const STATE_ENDING =
  /^[a-z]{3,}(?:ed|ing|tion|sion|able|ible|ous|ive|ful|less|ment|ness|ity|ly|ize|ise|ated|ical)$/;

/** A file by its look: from a root, or with segments and an extension. */
const FILE =
  /^(?:\/[\w.@+-]{1,64}){1,20}(?::(?:\/[\w.@+-]{1,64}){1,20}){1,20}$|^(?:~|\.{1,2})?\/(?:[\w.@+ -]{1,64}\/){0,20}[\w.@+-]{0,64}$|^[\w.@+-]{1,64}\/(?:[\w.@+-]{1,64}\/){0,20}[\w@+-]{1,64}\.[a-z][a-z0-9]{1,8}$|^[\w@+-]{1,64}\.(?:txt|json|pem|key|crt|cer|ya?ml|conf|cfg|ini|env|p12|pfx|jks|gpg|asc|enc|pub|md|html?|js|ts|py|go|rs|java|rb|php|sh|c|h|cpp|cs|log|xml|toml|properties|png|svg|csv)$|^[A-Za-z]:[\\/][\w\\/. -]{1,160}$/;

/** An expression of program text: a call, a member, an index. */
const EXPRESSION =
  /^(?:await |new |typeof |not |!|&|\*|\+|\(?[a-zA-Z]{1,20}\) ?)?[A-Za-z_$][\w$]{0,60}(?:(?:\?\.|\.|->|::)[A-Za-z_$][\w$]{0,60}){1,8}\??[([{<;].*$|^[A-Za-z_$]{1,60}(?:(?:\?\.|\.|->|::)[A-Za-z_$]{1,60}){1,8}-?$|^(?:await |new |&|\*|!)?[A-Za-z_$][\w$]{0,60}(?:<[\w, [\]<>]{0,60}>)?[([].*$|^(?:function|class|async|await|new|lambda|func|fn|def|return)\b.*$|^[([{][\s\S]*$|^(?:=>|->).*$/;

/** Minified: `this.password=t,this.token=e`. */
const MINIFIED =
  /^[A-Za-z_$]{1,2},(?:(?:var|let|const|function|return|void|new|typeof)$|if\(|for\(|function\(|this\.|[A-Za-z_$]{1,2}(?:$|[=.,(]))/;

/** A command of PowerShell. */
const CMDLET = /^(?:New|Get|Read|Import|ConvertTo|ConvertFrom|Invoke|Connect)-[A-Z][A-Za-z]{2,40}$/;

/** A type of Rust's: `password: &str`. */
const BORROWED = /^&(?:'[a-z_]{1,12}\s)?(?:mut\s)?(?:str|String|\[u8\]|Self)(?:[,;)>= ].*)?$/;

/** `Don't`. */
const CONTRACTION = /^[A-Z]?[a-z]{1,8}['\u2019](?:t|s|re|ll|ve|d)[.,;:]?$/;

/** A constant by convention, defined elsewhere. */
const CONSTANT = /^[A-Z]{2,}\d?(?:_[A-Z]+\d?){1,8}$/;
/** A type by convention. */
const TYPE = /^k?[A-Z][a-z]{1,14}(?:\d?[A-Z][a-z]{1,14}){1,5}$/;

/**
 * A name that itself says secret: the value is handed on from a variable of that name. Within letters only the long words count:
 * random ones have `pw` or `key` in them by chance.
 */
const SENSITIVE_WORD =
  /(?:^|[-_. ])(?:pass|passwd|password|passphrase|pwd|pw|secret|token|key|apikey|cred|creds|credentials?|auth|jwt|bearer|psk)s?(?:$|[-_. ])|passw|passphrase|secret|token|apikey|credential|bearer|authori[sz]|keyfile|keystore/i;
const SENSITIVE_HUMP =
  /(?:^|[-_. a-z])(?<!(?:[Mm]on|[Dd]on|[Tt]ur|[Hh]oc|[Jj]oc|[Mm]ic|[Rr]ic|[Ww]his|[Cc]om|[Bb]y)(?=[kp]))(?:[Pp]ass|[Pp]wd|Pw|[Kk]ey|KEY|[Cc]reds?|[Aa]uth|AUTH|[Jj]wt|JWT|[Pp]sk|PSK)s?(?:$|[-_. A-Z])|(?:^|[-_. ]|user|root|admin|bind|db|my)pw(?:$|[-_. A-Z])/;
/** `-v /srv/secrets:/run/secrets:ro`. */
const MOUNTED = /^\/[\w.-]{1,40}(?:\/[\w.-]{1,40}){0,8}:(?:ro|rw|z|Z)(?:,(?:ro|rw|z|Z))?$/;
/** `Ed448PrivateKey`. */
const NUMBERED_TYPE = /^[A-Z][a-z]{1,12}\d{1,4}(?:[A-Z][a-z]{2,14}){1,4}(?<=Key|Token|Password|Secret)$/;
const IDENTIFIER = /^[A-Za-z_$][A-Za-z_$ .-]{0,60}$/;

export type Place =
  /** The value fills its element or its quotes: what it says, it is. */
  | 'whole'
  /** Program text or a configuration line, unquoted. */
  | 'code'
  /** A message: `password: expired`. */
  | 'prose';

/**
 * Short values that were found harmless, as the same few stand in most places: `null`, `$TOKEN`, `string`. Never others: a
 * secret is not kept. Of a dozen characters at most, which a slice of a string copies instead of holding the whole.
 */
const known: Record<Place, Set<string>> = { whole: new Set(), code: new Set(), prose: new Set() };
const LONGEST_KNOWN = 12;
const MOST_KNOWN = 1024;

/** True when `value` is no secret although a sensitive name stands before it. */
export function isHarmless(shown: string, place: Place): boolean {
  if (shown.length > LONGEST_KNOWN) return judge(shown, place);
  const set = known[place];
  if (set.has(shown)) return true;
  if (!judge(shown, place)) return false;
  if (set.size >= MOST_KNOWN) set.clear();
  set.add(shown);
  return true;
}

/** What a page of a manual says in roff: a hyphen as such, and changes of the typeface: `my\\-secret`, `\\fIfile\\fR`. */
const ROFF = /\\(?=-)|\\f(?:[BIRPC]|\d)/g;

function judge(written: string, place: Place): boolean {
  const shown = written.includes('\\') ? written.replace(ROFF, '') : written;
  const value =
    isEdge(shown.charCodeAt(0)) || isEdge(shown.charCodeAt(shown.length - 1)) ? withoutEdges(shown) : shown;
  if (value.length < 3 || !saysAnything(value)) return true;
  if (value.length > LONGEST_HARMLESS)
    return value.startsWith('[REDACTED:') && value.indexOf(']') === value.length - 1;
  const bare = place === 'whole' || isAlnum(value.charCodeAt(value.length - 1)) ? value : withoutTail(value);
  const folded = bare.toLowerCase();
  if (STATES.has(folded) || (folded.startsWith('#') && /^#[0-9a-f]{3,8}$/.test(folded))) return true;
  if (/^[^A-Za-z0-9]|[:.([]|^sha-|^projects\//.test(value) && REFERENCE.test(value)) return true;
  if (value.includes(' ') && COMMAND.test(value)) return true;
  if (
    (mayStandIn(value) && STAND_IN.test(value)) ||
    (IDENTIFIER.test(bare) && (SENSITIVE_WORD.test(bare) || SENSITIVE_HUMP.test(bare))) ||
    NUMBERED_TYPE.test(bare) ||
    MOUNTED.test(value) ||
    isPath(value)
  )
    return true;
  if (/^[A-Z]{2,}(?:_[A-Z]{2,}){1,8}$/.test(value)) return true;
  // A number of program text that was split into words: `max_tokens=256,`.
  if (/^\d{1,6},$/.test(value)) return true;
  // An object identifier of ASN.1.
  if (/^[0-2](?:\.\d{1,6}){4,14}$/.test(value)) return true;
  if (place === 'whole') return false;
  if (UNFINISHED.test(value) || EXPRESSION.test(value) || CMDLET.test(value) || MINIFIED.test(value))
    return true;
  if (BORROWED.test(value) || (place === 'prose' && CONTRACTION.test(value))) return true;
  if (CONSTANT.test(bare) || (TYPE.test(bare) && isTypeName(bare))) return true;
  if (place === 'prose' && STATE_ENDING.test(folded)) return true;
  return (
    /^\(?0x[0-9a-f]{1,8}U?L{0,2}\)?$/i.test(bare) ||
    (/^[\d.,%+-]{1,8}(?:[mun]?s)?$/.test(value) && !/^\d{6,8}$/.test(value))
  );
}

/** A letter or a digit of any script: mostly the first character is one of ASCII. */
function saysAnything(value: string): boolean {
  for (let at = 0; at < value.length; at++) if (isAlnum(value.charCodeAt(at))) return true;
  return /[\p{L}\p{N}]/u.test(value);
}

/** A quote, or the backslash before one. */
function isEdge(code: number): boolean {
  return code === BACKSLASH || isQuote(code);
}

function withoutEdges(shown: string): string {
  return shown.replace(/^[\\"'`]+|[\\"'`]+$/g, '');
}

function withoutTail(value: string): string {
  return value.replace(/[^A-Za-z0-9]+$/, '');
}

/** The beginning of a reference that has spaces in it. */
const UNFINISHED =
  /^(?:\.\*|\/\*|<[A-Za-z]{1,20}$|&(?:lt|#60|#x3c);|\$\{|\$\(|\{\{|<%|@_|!!|\$\w{1,40}(?:->|-$|::|\[))/;

/**
 * What has humps like a type is one when they are words: `Utf8View`, not `Lm5Wlpkl`, which chance gave two letters before its digit.
 * Short humps without a digit are those of types as well: `PyObject`, `MyDb`.
 */
function isTypeName(bare: string): boolean {
  const humps = bare.match(/[A-Z][a-z]*/g)!;
  const letters = humps.reduce((sum, hump) => sum + hump.length, 0);
  if (/\d/.test(bare)) return letters >= humps.length * 3 && humps.every((hump) => /[aeiouy]/i.test(hump));
  return humps.length < 3 || letters * 2 >= humps.length * 5;
}

/** True for what is plainly the name of a file. A random run between slashes is none. */
export function isPath(value: string): boolean {
  return (
    value.length <= LONGEST_HARMLESS &&
    /[/\\.]/.test(value) &&
    FILE.test(value) &&
    !/[A-Za-z0-9+/]{24,}={0,2}$/.test(value.replace(/^.*\//, ''))
  );
}

const SENTENCE_WORDS = new Set(
  (
    'the a an your my our their its is are was were be been must not no enter please to for of or and in on with should will can ' +
    'cannot could may at least from by if password passwords passphrase token tokens secret key credentials characters using invalid ' +
    'required incorrect expired wrong forgot forgotten reset confirm user username login sign de la le du mot passe das ist'
  ).split(' '),
);

/** Several words of a sentence in quotes: a label, a message. A passphrase has no words that only join others. */
export function isSentence(value: string): boolean {
  if (!value.includes(' ') || value.length > LONGEST_HARMLESS) return false;
  const words = value.toLowerCase().match(/[a-z]+/g);
  if (/\d/.test(value) && value.split(' ').length < 4) return false;
  return words !== null && words.length >= 2 && words.some((word) => SENTENCE_WORDS.has(word));
}

/** A call by its look: a name of some length made of words, and a bracket behind it. */
const CALL =
  /^(?:\([A-Za-z_][\w ]{0,40}\*{0,2}\))?[*&!]{0,2}([A-Za-z_$][\w$]{5,80}(?:(?:\.|::|->)[\w$]{1,60}){0,4})\((?:$|[A-Za-z_0-9"'&*)])/;

export function looksCalled(value: string): boolean {
  const name = CALL.exec(value)?.[1];
  return name !== undefined && (name.includes('_') || /^[a-z]*(?:[A-Z]?[a-z]{2,}\d?){2,}$/i.test(name));
}

/**
 * Longer values that were found to be no secrets, whole. They are kept as strings of their own, without what they were a
 * part of.
 */
const plain: Record<Place, Set<string>> = { whole: new Set(), code: new Set(), prose: new Set() };
const LONGEST_PLAIN = 48;

export function isKnownPlain(shown: string, place: Place): boolean {
  return shown.length <= LONGEST_PLAIN && plain[place].has(shown);
}

export function keepPlain(shown: string, place: Place): void {
  if (shown.length > LONGEST_PLAIN) return;
  const set = plain[place];
  if (set.size >= MOST_KNOWN) set.clear();
  set.add(` ${shown}`.slice(1));
}

export function isState(value: string): boolean {
  return STATES.has(value.toLowerCase());
}
