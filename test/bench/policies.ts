/**
 * Policies of the benchmark as documents: one team that only monitors, one under enforcement with many rules.
 */
import { stringify } from 'yaml';
import { manyRules } from './loops.ts';

export const MONITORED = 'bench/monitor/worker';
export const ENFORCED = 'bench/enforce/worker';

function policy(name: string, mode: 'monitor' | 'enforce', rules: ReturnType<typeof manyRules>): string {
  const spec = Object.fromEntries(
    Object.entries(rules).map(([category, effects]) => [
      category,
      Object.entries(effects).map(([effect, patterns]) => ({ [effect]: patterns })),
    ]),
  );
  return stringify({
    apiVersion: 'warder.dev/v1',
    kind: 'Policy',
    metadata: { name, scope: `team/${name}` },
    spec: { mode, ...spec },
  });
}

/** Agents of both teams; `count` rules for the one that is enforced. */
export function policies(count: number): string {
  const open = { exec: { allow: ['/**'] }, read: { allow: ['/**'] }, write: { allow: ['/**'] } };
  return [policy('monitor', 'monitor', open), policy('enforce', 'enforce', manyRules(count))].join('---\n');
}
