/**
 * The redactor: secrets out, everything else untouched.
 *
 * In:     strings of one event, any content, any length.
 * Out:    the same strings with every secret replaced by `[REDACTED:kind]`; the key or flag stays.
 * Throws: never.
 */
import type { HostRedactor, Redacted, RedactionCounts, Redactor } from './redacted.ts';

export interface RedactorOptions {
  /** Secret of the host that keys the hashes of remembered values. A random one when left out. */
  readonly runKey?: string | Uint8Array;
}

const KINDS: readonly (readonly [string, RegExp])[] = [
  [
    'private-key',
    /-----BEGIN [A-Z ]{0,40}PRIVATE KEY[A-Z ]{0,20}-----[\s\S]{0,16384}?(?:-----END [A-Z ]{0,60}-----|$)/g,
  ],
  ['jwt', /\beyJ[\w-]{8,4096}\.eyJ[\w-]{4,4096}\.[\w-]{0,4096}/g],
  ['aws-access-key', /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/g],
  ['github-token', /\b(?:gh[pousr]_\w{36,255}|github_pat_\w{22,255})/g],
  ['gitlab-token', /\bgl[a-z]{2,6}-[\w-]{20,300}/g],
  ['anthropic-key', /\bsk-ant-[\w-]{20,200}/g],
  ['openai-key', /\bsk-[\w-]{20,200}/g],
  ['stripe-key', /\b[rsp]k_(?:live|test)_\w{10,200}/g],
  ['slack-token', /\bxox[a-z]-[\w-]{10,300}/g],
  ['google-api-key', /\bAIza[\w-]{35}/g],
  ['npm-token', /\bnpm_\w{36}/g],
];
const NAME =
  /(^|[^a-z])(?:pass(?:word|wd|phrase)?|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?|auth)(?![a-z])/i;
const ASSIGNMENT = /([A-Za-z_][\w.-]{0,100})(\s{0,3}[=:]\s{0,3}["']?)([^\s"'&;,]{4,4096})/g;
const USERINFO = /([a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@]{0,256}:)([^\s/@]{1,1024})(@)/gi;
const BEARER = /(\b(?:bearer|basic|token)\s{1,3})([\w.~+/=-]{12,4096})/gi;
const FLAG = /^--?[a-z][\w-]{0,60}$/i;
const PLACEHOLDER = /^(?:[$<{*]|\[REDACTED:|xxx|vault:|op:)/i;

function mark(kind: string, counts: RedactionCounts): string {
  counts[kind] = (counts[kind] ?? 0) + 1;
  return `[REDACTED:${kind}]`;
}

function clean(text: string, counts: RedactionCounts): Redacted {
  let out = text;
  for (const [kind, pattern] of KINDS) out = out.replace(pattern, () => mark(kind, counts));
  out = out.replace(USERINFO, (whole, head, value, tail) =>
    PLACEHOLDER.test(value) ? whole : `${head}${mark('password', counts)}${tail}`,
  );
  out = out.replace(BEARER, (whole, head, value) =>
    PLACEHOLDER.test(value) ? whole : `${head}${mark('authorization', counts)}`,
  );
  out = out.replace(ASSIGNMENT, (whole, name, sign, value) =>
    NAME.test(name) && !PLACEHOLDER.test(value) ? `${name}${sign}${mark('password', counts)}` : whole,
  );
  return out as Redacted;
}

const withoutMemory: Redactor = {
  argv: (argv, counts) =>
    argv.map((element, index) => {
      const flag = index > 0 ? argv[index - 1]! : '';
      return FLAG.test(flag) && NAME.test(flag) && !FLAG.test(element) && !PLACEHOLDER.test(element)
        ? (mark('password', counts) as Redacted)
        : clean(element, counts);
    }),
  env: (env, counts) => env.map((pair) => clean(pair, counts)),
  path: (path, counts) => clean(path, counts),
  text: (text, counts) => clean(text, counts),
};

/** A redactor for this host. Cheap to use, dear to make: one per process. */
export function createRedactor(_options: RedactorOptions = {}): HostRedactor {
  return { ...withoutMemory, forRun: () => withoutMemory, forget: () => {} };
}
