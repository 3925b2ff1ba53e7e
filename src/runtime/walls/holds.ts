/**
 * What walls have to do with holds: which calls the launcher is to be told of, and what a grant may open up.
 *
 * In: a compiled policy. Out: lines; the policy as it would be were everything that it holds granted.
 */
import type { CompiledPolicy, RuleMatch } from '../../kernel/policy-rows.ts';
import type { WallLine } from './description.ts';

const ALL_LAYERS = 0xffff;

/** Whether enforcing layers hold anything of these categories. */
function holdsAny(policy: CompiledPolicy, categories: readonly string[]): boolean {
  const keep = ALL_LAYERS & ~policy.masks.monitor;
  return [...policy.paths, ...policy.names].some(
    ({ category, match }) => categories.includes(category) && (match.hold & keep) !== 0,
  );
}

export function holdLines(policy: CompiledPolicy): WallLine[] {
  const lines: WallLine[] = [];
  if (holdsAny(policy, ['exec'])) lines.push(['hold', 'exec']);
  if (holdsAny(policy, ['read', 'write'])) lines.push(['hold', 'files']);
  return lines;
}

/** Layers that hold allow. */
export function granted(policy: CompiledPolicy): CompiledPolicy {
  const open = (match: RuleMatch): RuleMatch => ({ ...match, allow: match.allow | match.hold, hold: 0 });
  return {
    ...policy,
    paths: policy.paths.map((row) => ({ ...row, match: open(row.match) })),
    names: policy.names.map((row) => ({ ...row, match: open(row.match) })),
  };
}
