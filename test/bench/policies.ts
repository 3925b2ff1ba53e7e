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

/** Under as many rules as ENFORCED, which refuse nothing. */
export const WATCHED = 'bench/watched/worker';

/** Holds one program for a person. */
export const HELD = 'bench/held/worker';
export const HELD_PROGRAM = '/usr/bin/id';

const NETWORK = { connect: { allow: ['0.0.0.0/0'] }, listen: { allow: ['127.0.0.0/8'] } };
const OPEN = { exec: { allow: ['/**'] }, read: { allow: ['/**'] }, write: { allow: ['/**'] }, ...NETWORK };

/** The one of MONITORED alone. */
export function monitorPolicy(): string {
  return policy('monitor', 'monitor', OPEN);
}

/** Agents of all teams; `count` rules for the one that is enforced, and for the one that is watched. */
export function policies(count: number): string {
  const held = { ...OPEN, exec: { allow: ['/**'], hold: [HELD_PROGRAM] } };
  return [
    monitorPolicy(),
    policy('enforce', 'enforce', manyRules(count)),
    policy('watched', 'monitor', manyRules(count)),
    policy('held', 'enforce', held),
  ].join('---\n');
}
