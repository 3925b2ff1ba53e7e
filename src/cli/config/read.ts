/**
 * A configuration file, checked whole before anything of it is used; environment variables stand in for some of
 * its options, for containers.
 *
 * In:     the path of a YAML file of one document; the schema it must follow.
 * Out:    the configuration.
 * Throws: CONFIG_INVALID with every fault, each as `file:line:column: what is wrong; what to write`.
 */
import { existsSync } from 'node:fs';
import type { z } from 'zod';
import { WarderError } from '../../base/error.ts';
import { formatFault, readText } from '../../gateway/policy/load.ts';
import { yamlFaults } from '../../gateway/policy/schema-parts.ts';
import { type Fault, readYaml, type YamlValue } from '../../gateway/policy/yaml-source.ts';
import { type DocumentedOption, optionsOf } from './option.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ConfigFile {
  path: string;
  /** The file was named by a person: it must be there. Where it was not, an absent one is an empty one. */
  required: boolean;
}

export function readConfig<Schema extends z.ZodType>(
  schema: Schema,
  kind: string,
  file: ConfigFile,
  environment: Environment,
): z.output<Schema> {
  const { source, faults } = readSource(file, kind);
  if (source) {
    const set = applyVariables(source.value, optionsOf(schema), environment);
    const parsed = schema.safeParse(source.value);
    if (parsed.success && faults.length === 0) return parsed.data;
    if (!parsed.success) faults.push(...schemaFaults(parsed.error, source, file.path, set));
  }
  throw invalid(faults);
}

/** What stands under `kind` in a file, to know which schema it is to follow; undefined where its options are without it. */
export function kindOfFile(path: string): unknown {
  const { source, faults } = readSource({ path, required: true }, '');
  if (!source) throw invalid(faults);
  return (source.value as { kind?: unknown }).kind;
}

function readSource(
  { path, required }: ConfigFile,
  kind: string,
): { source: YamlValue | undefined; faults: Fault[] } {
  if (!required && !existsSync(path)) return { source: emptySource(kind), faults: [] };
  const source = readText(path);
  if ('fault' in source) return { source: undefined, faults: [source.fault] };
  const { values, faults } = readYaml(source.text, path);
  const at = { file: path, line: 1, column: 1 };
  const [first, second] = values;
  if (second) {
    const message = 'a second document in the file';
    return {
      source: undefined,
      faults: [...faults, { ...at, ...second.placeOf([]), message, fix: 'keep one' }],
    };
  }
  if (first && typeof first.value === 'object') return { source: first, faults };
  if (faults.length === 0) {
    faults.push({
      ...at,
      message: 'the file holds no options',
      fix: `begin with kind: ${kind || 'Gateway or kind: Runtime'}`,
    });
  }
  return { source: undefined, faults };
}

function emptySource(kind: string): YamlValue {
  const place = () => ({ line: 1, column: 1 });
  return { value: { kind }, placeOf: place, placeOfKey: place };
}

/** Puts what the environment says in the place of what the file says. Returns the variables, by the option's path. */
function applyVariables(
  value: unknown,
  options: readonly DocumentedOption[],
  environment: Environment,
): Map<string, string> {
  const set = new Map<string, string>();
  for (const { path, variable, form } of options) {
    const given = variable === undefined ? undefined : environment[variable];
    if (given === undefined || given === '') continue;
    assign(value as Record<string, unknown>, path, form.startsWith('list') ? given.split(',') : given);
    set.set(path.join('.'), variable!);
  }
  return set;
}

function assign(
  value: Record<string, unknown>,
  [key = '', ...rest]: readonly string[],
  given: unknown,
): void {
  if (rest.length === 0) {
    value[key] = given;
    return;
  }
  if (typeof value[key] !== 'object' || value[key] === null) value[key] = {};
  assign(value[key] as Record<string, unknown>, rest, given);
}

/** A fault of a value from the environment is told by the variable's name. */
function schemaFaults(
  error: z.ZodError,
  source: YamlValue,
  path: string,
  set: ReadonlyMap<string, string>,
): Fault[] {
  return error.issues.flatMap((issue) => {
    const names = issue.path.filter((part) => typeof part !== 'number').join('.');
    const faults = yamlFaults({ ...error, issues: [issue] } as z.ZodError, source, path);
    const variable = set.get(names);
    return variable
      ? faults.map((fault) => ({ ...fault, message: `${variable}: ${fault.message}` }))
      : faults;
  });
}

function invalid(faults: readonly Fault[]): WarderError {
  const count = faults.length === 1 ? '1 fault' : `${faults.length} faults`;
  const lines = [...faults].sort((a, b) => a.line - b.line || a.column - b.column).map(formatFault);
  return new WarderError(
    'CONFIG_INVALID',
    `${count} in the configuration, so nothing of it takes effect:\n${lines.join('\n')}`,
    'write what each line says, and look again with: warder config check FILE',
  );
}
