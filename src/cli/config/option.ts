/**
 * One option of a configuration file: its schema, and what docs/configuration.md says of it. Both are in one place,
 * so that neither is without the other.
 */
import { z } from 'zod';
import { parseSecretReference } from '../../base/secret.ts';
import { amount, kindOf, mapping, oneOf, two } from '../../gateway/policy/schema-parts.ts';

export interface OptionAbout {
  /** What is written, as in `a duration: 30s, 5m, 1h`. */
  form: string;
  /** What holds where it is left out, as people read it. */
  fallback: string;
  /** The environment variable that stands in its place, for containers; it beats the file. */
  variable?: string;
  says: string;
}

const ABOUT = z.registry<OptionAbout>();

export function option<Schema extends z.ZodType>(schema: Schema, about: OptionAbout): Schema {
  ABOUT.add(schema, about);
  return schema;
}

export interface DocumentedOption extends OptionAbout {
  path: readonly string[];
}

/** All options below a mapping, in the order of its keys. Throws where one says nothing of itself. */
export function optionsOf(schema: z.ZodType, path: readonly string[] = []): DocumentedOption[] {
  const about = ABOUT.get(schema);
  if (about) return [{ ...about, path }];
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodArray)
    return optionsOf(inner.element as z.ZodType, [...path.slice(0, -1), `${path.at(-1)}[]`]);
  if (!(inner instanceof z.ZodObject)) throw new Error(`the option ${path.join('.')} says nothing of itself`);
  return Object.entries(inner.shape).flatMap(([key, value]) => optionsOf(value as z.ZodType, [...path, key]));
}

function unwrapped(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional) return unwrapped(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodPipe) return unwrapped(schema.in as z.ZodType);
  return schema;
}

/** The two lines that every configuration begins with. */
export function header(kind: 'Gateway' | 'Runtime') {
  return {
    apiVersion: option(literal('apiVersion', 'warder.dev/v1').optional(), {
      form: '`warder.dev/v1`',
      fallback: 'that',
      says: 'Version of this format.',
    }),
    kind: option(literal('kind', kind), {
      form: `\`${kind}\``,
      fallback: 'must be written',
      says: 'Which of the two services the file is for.',
    }),
  };
}

function literal<const Text extends string>(what: string, text: Text) {
  return z.literal(text, {
    error: (issue) =>
      two({ message: `${what} cannot be ${kindOf(issue.input)}`, fix: `write ${what}: ${text}` }),
  });
}

/** An absolute path. */
export function path(what: string, example: string) {
  return amount(what, (text) => (isPath(text) ? text : null), `an absolute path: ${example}`);
}

function isPath(text: string): boolean {
  return text.startsWith('/') && !text.includes('\0') && Buffer.byteLength(text) <= 4096;
}

export function flag(what: string) {
  return z.boolean({
    error: (issue) =>
      two({ message: `${what} cannot be ${kindOf(issue.input)}`, fix: 'write true or false' }),
  });
}

/** Where a secret is kept. What is written in its place may be the secret: no message shows it. */
export function secret(what: string, example: string) {
  const said = two({
    message: `${what} is not where a secret is kept`,
    fix: `write file:/path, env:NAME or cred:NAME, as ${example}; a secret does not stand in a configuration, and one that did is known`,
  });
  return z.unknown().transform((input, context) => {
    const reference = typeof input === 'string' ? parseSecretReference(input) : null;
    if (reference) return reference;
    context.addIssue({ code: 'custom', message: said });
    return z.NEVER;
  });
}

/** Milliseconds. */
export function duration(what: string, example: string) {
  return amount(what, parseDuration, example);
}

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** `90s`, `5m`, `1h`, `30d`: milliseconds, null for a text of another form. */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,9}) ?(ms|s|m|min|h|d)$/.exec(text);
  return match ? Number(match[1]) * UNITS[match[2]!]! : null;
}

export function text(what: string, form: RegExp, example: string) {
  return amount(what, (value) => (form.test(value) ? value : null), example);
}

/** Addresses of loopback only: who asks is not asked who they are. */
const LOOPBACK = /^(127(\.\d{1,3}){3}|\[::1\]|localhost):\d{1,5}$/;

export const metrics = mapping('metrics', {
  listen: option(text('metrics.listen', LOOPBACK, '127.0.0.1:9464, on loopback').optional(), {
    form: '`ADDRESS:PORT` on loopback',
    fallback: 'not served',
    variable: 'WARDER_METRICS',
    says:
      'Where `/metrics` for Prometheus, `/healthz` and `/readyz` are served, by HTTP, to anyone on this host ' +
      '([metrics](metrics.md)).',
  }),
}).optional();

/** How a service writes its log; both have it. */
export const log = mapping('log', {
  format: option(oneOf('log.format', ['text', 'json']).optional(), {
    form: '`text` or `json`',
    fallback: '`text`',
    variable: 'WARDER_LOG_FORMAT',
    says: 'Lines for people and the journal, or one JSON object a line. On standard error.',
  }),
}).optional();
