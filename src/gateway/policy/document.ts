/**
 * Policy documents from text: what an author wrote, checked whole.
 *
 * In:  the text of a file, of one YAML document or several.
 * Out: documents whose patterns are parsed, all faults of all of them, and warnings: what loads but most
 *      likely does not mean what was wanted. A file with a fault gives no document. Nothing throws.
 */
import { LIMITS } from '../../contract/limits.ts';
import { CATEGORIES, type Category } from '../../contract/pattern.ts';
import { EFFECTS, type Mode, type PolicyRule } from '../../contract/policy.ts';
import { type Budget, type PolicyValue, policySchema } from './schema.ts';
import { yamlFaults } from './schema-parts.ts';
import { type Fault, type Place, readYaml, type YamlValue } from './yaml-source.ts';

export interface PolicyDocument {
  file: string;
  /** Of its first key. */
  line: number;
  name: string;
  /** fleet, org/…, team/…, agent/…. */
  scope: string;
  mode: Mode;
  /** In the order of CATEGORIES; rules in the order of the file, one for each pattern. */
  categories: ReadonlyMap<Category, readonly PolicyRule[]>;
  /** Patterns of the built-in denies that it lifts. */
  lifted: readonly string[];
  /** `base: none` */
  withoutBase: boolean;
  requirePrevent: boolean;
  /** `approval: second-person` */
  secondPerson: boolean;
  /** Null where it has no such rule. */
  environment: readonly string[] | null;
  limits: { pids: number | null; memoryBytes: number | null; cpuPercent: number | null };
  budget: Budget | null;
}

/** What must be unique, and where it stands; known of faulty documents as well. */
export interface Title extends Place {
  file: string;
  name: string;
  scope: string;
}

export interface ParsedFile {
  documents: PolicyDocument[];
  titles: Title[];
  faults: Fault[];
  warnings: Fault[];
}

export function parsePolicyFile(text: string, file: string): ParsedFile {
  const source = readYaml(text, file);
  const faults = [...source.faults];
  const warnings: Fault[] = [];
  const documents: PolicyDocument[] = [];
  const titles: Title[] = [];
  if (source.values.length === 0 && faults.length === 0) {
    faults.push({
      file,
      line: 1,
      column: 1,
      message: 'the file holds no policy document',
      fix: 'begin with apiVersion: warder.dev/v1 and kind: Policy',
    });
  }
  for (const yaml of source.values) {
    const parsed = policySchema.safeParse(yaml.value);
    if (!parsed.success) faults.push(...yamlFaults(parsed.error, yaml, file));
    else documents.push(toDocument(parsed.data, yaml, file, faults, warnings));
    titles.push(...titleOf(yaml, file));
  }
  const order = (a: Fault, b: Fault) => a.line - b.line || a.column - b.column;
  return {
    documents: faults.length > 0 ? [] : documents,
    titles,
    faults: faults.sort(order),
    warnings: warnings.sort(order),
  };
}

function titleOf(yaml: YamlValue, file: string): Title[] {
  const { metadata } = (yaml.value ?? {}) as { metadata?: { name?: unknown; scope?: unknown } };
  const { name, scope } = metadata ?? {};
  if (typeof name !== 'string' || typeof scope !== 'string') return [];
  return [{ file, name, scope, ...yaml.placeOf(['metadata', 'name']) }];
}

function toDocument(
  value: PolicyValue,
  source: YamlValue,
  file: string,
  faults: Fault[],
  warnings: Fault[],
): PolicyDocument {
  const { spec, metadata } = value;
  const categories = new Map<Category, PolicyRule[]>();
  for (const category of CATEGORIES) {
    const rules = spec[category];
    if (rules) categories.set(category, toRules(rules, category, source, file, warnings));
  }
  const count = [...categories.values()].reduce((sum, rules) => sum + rules.length, 0);
  if (count > LIMITS.patterns) {
    faults.push({
      file,
      ...source.placeOf(['spec']),
      message: `the document has ${count} patterns, at most ${LIMITS.patterns} can be kept`,
      fix: 'name directories instead of files, or split it into documents of other names',
    });
  }
  if (spec.mode === undefined) {
    warnings.push({
      file,
      ...source.placeOf(['spec']),
      message: 'mode is left out, which means monitor: nothing is prevented',
      fix: 'write mode: enforce, or mode: monitor to say so',
    });
  }
  return {
    file,
    line: source.placeOf([]).line,
    name: metadata.name,
    scope: metadata.scope,
    mode: spec.mode ?? 'monitor',
    categories,
    lifted: [...new Set(spec.lift_builtin ?? [])].sort(),
    withoutBase: spec.base === 'none',
    requirePrevent: spec.require === 'prevent',
    secondPerson: spec.approval === 'second-person',
    environment: spec.environment ? [...new Set(spec.environment.pass)].sort() : null,
    limits: {
      pids: spec.limits?.pids ?? null,
      memoryBytes: spec.limits?.memory ?? null,
      cpuPercent: spec.limits?.cpu ?? null,
    },
    budget: spec.budget ?? null,
  };
}

function toRules(
  written: NonNullable<PolicyValue['spec'][Category]>,
  category: Category,
  source: YamlValue,
  file: string,
  warnings: Fault[],
): PolicyRule[] {
  return written.flatMap((rule, number) =>
    EFFECTS.flatMap((effect) =>
      (rule[effect] ?? []).map(({ text, pattern, warning, index }): PolicyRule => {
        const path = ['spec', category, number, effect];
        const place = source.placeOf(index === null ? path : [...path, index]);
        if (warning) warnings.push({ file, ...place, ...warning });
        return { effect, pattern, text, because: rule.because ?? '', ...place };
      }),
    ),
  );
}
