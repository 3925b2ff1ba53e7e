/**
 * Rules of the user, in a file with their tests beside them.
 *
 * In:     a YAML or JSON file: `rules:` a list; each with the fields of rule.ts (`family`, `length`, `boundary`, `form`
 *         and `source` may be left out) and `samples: {match: […], ignore: […]}`.
 * Out:    the rules, and what their samples show.
 * Throws: RULE_FILE for a file that cannot be read or is no list of rules, RULE_INVALID and RULE_FORM for a faulty rule.
 *
 *     rules:
 *       - id: acme-token
 *         anchors: [acme_]
 *         alphabet: alnum
 *         length: 32
 *         source: https://wiki.example.com/acme-tokens
 *         samples:
 *           match: ["ACME=acme_9fKq2LmX8vTz4RbN7wYc1JdG5hSp3AeU"]
 *           ignore: ["acme_build_directory"]
 */
import { createHash } from 'node:crypto';
import { readBounded } from '../../base/bounded-file.ts';
import { WarderError } from '../../base/error.ts';
import { LIMITS } from '../../contract/limits.ts';
import { createRedactor } from './redactor.ts';
import { type Boundary, compileRule, type Rule } from './rule.ts';
import { RULES } from './rules/index.ts';

export interface RuleWithSamples {
  readonly rule: Rule;
  readonly match: readonly string[];
  readonly ignore: readonly string[];
}

/** What one sample showed. */
export interface SampleResult {
  readonly rule: string;
  readonly expected: 'match' | 'ignore';
  /** Number of the sample in its list, from 1. The sample itself is not repeated: it may be real. */
  readonly number: number;
  readonly ok: boolean;
}

const FIELDS = new Set([
  'id',
  'family',
  'anchors',
  'form',
  'alphabet',
  'length',
  'entropy',
  'boundary',
  'lead',
  'ignoreCase',
  'source',
  'samples',
]);
const BOUNDARIES: readonly string[] = ['word', 'open', 'free', 'name', 'run'];

export async function loadRuleFile(path: string): Promise<RuleWithSamples[]> {
  let text: string;
  try {
    text = readBounded(path, LIMITS.fileBytes).toString('utf8');
  } catch (error) {
    throw new WarderError(
      'RULE_FILE',
      `cannot read ${path}: ${(error as Error).message}`,
      'name a file that can be read',
      {
        cause: error,
      },
    );
  }
  let document: unknown;
  try {
    document = path.endsWith('.json') ? JSON.parse(text) : (await import('yaml')).parse(text);
  } catch (error) {
    throw new WarderError(
      'RULE_FILE',
      `${path}: ${(error as Error).message}`,
      'write YAML, or JSON in a file named .json',
      {
        cause: error,
      },
    );
  }
  const list = (document as { rules?: unknown } | null)?.rules;
  if (!Array.isArray(list)) {
    throw new WarderError(
      'RULE_FILE',
      `${path} has no list named "rules"`,
      'begin the file with "rules:" and a list below',
    );
  }
  const rules = list.map((entry, index) => readRule(path, entry, index + 1));
  for (const { rule } of rules) compileRule(rule);
  const ids = new Set<string>();
  for (const { rule } of rules) {
    if (ids.has(rule.id))
      throw invalid(path, rule.id, 'stands there twice', 'give each rule an id of its own');
    ids.add(rule.id);
  }
  return rules;
}

function invalid(path: string, rule: string | number, what: string, fix: string): WarderError {
  return new WarderError('RULE_INVALID', `${path}, rule ${rule}: ${what}`, fix);
}

function readRule(path: string, entry: unknown, number: number): RuleWithSamples {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
    throw invalid(path, number, 'is no mapping', 'write id, anchors, alphabet and length');
  const fields = entry as Record<string, unknown>;
  const name = typeof fields.id === 'string' ? fields.id : number;
  for (const key of Object.keys(fields)) {
    if (!FIELDS.has(key))
      throw invalid(path, name, `unknown field ${JSON.stringify(key)}`, `use ${[...FIELDS].join(', ')}`);
  }
  const text = (key: string, fallback?: string): string => {
    const value = fields[key] ?? fallback;
    if (typeof value !== 'string') throw invalid(path, name, `${key} is no text`, `write ${key}: and a text`);
    return value;
  };
  const texts = (value: unknown, key: string): string[] => {
    if (value === undefined) return [];
    if (!Array.isArray(value) || value.some((item) => typeof item !== 'string'))
      throw invalid(path, name, `${key} is no list of texts`, `write ${key}: ["…"]`);
    return value as string[];
  };
  const boundary = text('boundary', 'word');
  if (!BOUNDARIES.includes(boundary))
    throw invalid(path, name, `boundary ${boundary}`, `use ${BOUNDARIES.join(', ')}`);
  const samples = (fields.samples ?? {}) as Record<string, unknown>;
  const rule: Rule = {
    id: text('id'),
    family: text('family', 'user'),
    anchors: texts(fields.anchors, 'anchors'),
    form: text('form', boundary === 'name' || boundary === 'run' ? '#' : '@#'),
    alphabet: text('alphabet'),
    length: span(path, name, fields.length, 'length'),
    boundary: boundary as Boundary,
    source: text('source', path),
    ...(fields.lead === undefined ? {} : { lead: span(path, name, fields.lead, 'lead') }),
    ...(typeof fields.entropy === 'number' ? { entropy: fields.entropy } : {}),
    ...(fields.ignoreCase === true ? { ignoreCase: true } : {}),
  };
  return {
    rule,
    match: texts(samples.match, 'samples.match'),
    ignore: texts(samples.ignore, 'samples.ignore'),
  };
}

function span(path: string, name: string | number, value: unknown, key: string): number | [number, number] {
  if (typeof value === 'number') return value;
  if (Array.isArray(value) && value.length === 2 && value.every((item) => typeof item === 'number'))
    return [value[0] as number, value[1] as number];
  throw invalid(
    path,
    name,
    `${key} is neither a number nor two of them`,
    `write ${key}: 32, or ${key}: [20, 64]`,
  );
}

/** Runs every sample: one of `match` must lose something to its own rule, one of `ignore` must lose nothing to it. */
export function checkSamples(rules: readonly RuleWithSamples[]): SampleResult[] {
  const results: SampleResult[] = [];
  for (const { rule, match, ignore } of rules) {
    const redactor = createRedactor({ onlyRules: [rule] });
    const hit = (sample: string): boolean =>
      redactor.explain('text', sample, 'text').some((finding) => finding.rule === rule.id);
    match.forEach((sample, index) => {
      results.push({ rule: rule.id, expected: 'match', number: index + 1, ok: hit(sample) });
    });
    ignore.forEach((sample, index) => {
      results.push({ rule: rule.id, expected: 'ignore', number: index + 1, ok: !hit(sample) });
    });
  }
  return results;
}

/** The rules of all files. Every file is whole, and every rule does what its samples say. */
export async function loadRules(paths: readonly string[]): Promise<Rule[]> {
  const rules: Rule[] = [];
  for (const path of paths) {
    const loaded = await loadRuleFile(path);
    const failed = checkSamples(loaded).filter(({ ok }) => !ok);
    if (failed.length > 0) throw failedSamples(path, failed);
    rules.push(...loaded.map(({ rule }) => rule));
  }
  return rules;
}

/** Names the built-in rules and `rules` together: 16 hex digits of a SHA-256. Another one: other rules. */
export function rulesAddress(rules: readonly Rule[]): string {
  const text = JSON.stringify([...RULES, ...rules]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function failedSamples(path: string, failed: readonly SampleResult[]): WarderError {
  const which = failed.map(({ rule, expected, number }) => `${rule}: sample ${number} of "${expected}"`);
  return new WarderError(
    'RULE_SAMPLE',
    `${path}: the rules do not do what their samples say: ${which.join('; ')}`,
    'mend the rule or the sample, and look with: warder redact --check-rules FILE',
  );
}
