/**
 * TCP ports for Landlock: a second wall behind the cgroup programs, which also know addresses.
 *
 * In: a compiled policy. Out: lines; none for a direction in which every port is allowed somewhere, or more ports
 * than are worth a rule each.
 */
import type { CompiledPolicy } from '../../kernel/policy-rows.ts';
import { allows } from './allowances.ts';
import type { WallLine } from './description.ts';

/** Each port is a rule of its own to Landlock. */
const PORTS_MOST = 512;

export function portLines(policy: CompiledPolicy): WallLine[] {
  return [
    ...direction('connect', segments(policy, 'connect')),
    ...direction('bind', segments(policy, 'listen')),
  ];
}

interface Range {
  from: number;
  to: number;
}

function segments(policy: CompiledPolicy, category: 'connect' | 'listen'): Range[] {
  const rows = policy.addresses.filter((row) => row.category === category && row.protocol === 'tcp');
  const sets = new Set(rows.map(({ portSet }) => portSet));
  const allowed = [...sets]
    .flatMap((set) => policy.portSets[set] ?? [])
    .filter(({ match }) => allows(match, category, policy.masks))
    .sort((a, b) => a.from - b.from);
  const joined: Range[] = [];
  for (const { from, to } of allowed) {
    const last = joined.at(-1);
    if (last && from <= last.to + 1) last.to = Math.max(last.to, to);
    else joined.push({ from, to });
  }
  return joined;
}

function direction(word: 'bind' | 'connect', ranges: readonly Range[]): WallLine[] {
  const count = ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  if (count > PORTS_MOST) return [];
  return [['ports', word], ...ranges.map(({ from, to }): WallLine => ['port', String(from), String(to)])];
}
