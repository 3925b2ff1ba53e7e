/**
 * The values of `${workspace}`, `${home}` and `${run}`, checked before a policy is used.
 *
 * Throws: POLICY_VARIABLE with all that is wrong at once.
 */
import { WarderError } from '../base/error.ts';
import { type PathVariable, VARIABLES, type Variables } from './path-pattern.ts';
import type { PolicyLayers, PolicyRule } from './policy.ts';
import { layerName } from './policy.ts';

/** The variable that a rule needs, or null. */
function variableOf({ pattern }: PolicyRule): PathVariable | null {
  if (pattern.kind === 'exact' || pattern.kind === 'subtree') return pattern.variable;
  return pattern.kind === 'unix' ? pattern.target.variable : null;
}

/**
 * The variables that may be used: every one that a rule of a document needs is set and good. Where only
 * built-in rules need one and it is no good, it is left out.
 */
export function checkVariables(policy: PolicyLayers, variables: Variables): Variables {
  const needed = neededBy(policy);
  const complaints: string[] = [];
  const good: Variables = {};
  for (const variable of [...VARIABLES, 'terminal'] as const) {
    const value = variables[variable];
    const where = needed.get(variable);
    const wrong = value === undefined ? 'is not set' : badValue(value);
    if (wrong === null && value !== undefined) good[variable] = value;
    else if (where !== undefined) complaints.push(`\${${variable}} ${wrong} (needed by ${where})`);
  }
  if (complaints.length === 0) return good;
  throw new WarderError(
    'POLICY_VARIABLE',
    `the policy cannot be applied: ${complaints.join('; ')}`,
    'start or adopt with a value for each (--workspace DIR): an absolute path without .. that is not /',
  );
}

/** Each variable that documents need, with the place of its first use. */
function neededBy(policy: PolicyLayers): Map<PathVariable, string> {
  const needed = new Map<PathVariable, string>();
  for (const layer of policy.layers.filter(({ builtin }) => !builtin)) {
    for (const rule of [...layer.categories.values()].flat()) {
      const variable = variableOf(rule);
      if (variable === null || needed.has(variable)) continue;
      needed.set(variable, layer.file === '' ? layerName(layer) : `${layer.file}:${rule.line}`);
    }
  }
  return needed;
}

function badValue(value: string): string | null {
  if (!value.startsWith('/')) return `is the relative path '${value}'`;
  if (value.includes('\0') || !value.isWellFormed()) return 'holds a NUL or half a character';
  const parts = value.slice(1).split('/');
  if (parts.includes('..')) return `has a '..' in '${value}'`;
  if (value === '/') return 'is /, which would stand for every path';
  if (parts.some((part) => part === '' || part === '.')) return `has an empty part or '.' in '${value}'`;
  return null;
}
