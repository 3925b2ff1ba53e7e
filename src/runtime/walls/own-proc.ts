/**
 * The kernel programs' rows for a run that has a /proc of its own: what is there may be read, for it shows the run's
 * own processes and what `read` allows, and all else in it is hidden (proc.ts). Without this a `ps` would be
 * terminated by the second line for what the first one lets it see.
 *
 * In: a compiled policy. Out: the same, with /proc/** allowed for reading where rules allow /proc/self, in every
 * layer's name; denies stay.
 */
import type { CompiledPolicy, PathRow, RuleMatch } from '../../kernel/policy-rows.ts';
import { addRule, copyMatch, emptyMatch } from '../enforcement/rule-match.ts';
import { Allowances, enforces } from './allowances.ts';

const ALL_LAYERS = 0xffff;

export function withOwnProc(policy: CompiledPolicy): CompiledPolicy {
  const mounts = policy.privileges.granted.includes('mount');
  if (!enforces(policy) || mounts || !new Allowances(policy).under('read', '/proc/self')) return policy;
  const rules = [...policy.rules, OWN_PROC];
  const allow = { number: rules.length, effect: 'allow', layers: ALL_LAYERS, monitored: false } as const;
  const widened = (prefix: Buffer, match: RuleMatch): PathRow => {
    const copy = copyMatch(match);
    addRule(copy, allow);
    return { category: 'read', prefix, match: copy };
  };
  const isHere = ({ category, prefix }: PathRow) =>
    category === 'read' && (prefix.equals(ITSELF) || prefix.subarray(0, UNDER.length).equals(UNDER));
  const here = policy.paths.filter(isHere);
  const around = policy.paths.find(
    ({ category, prefix }) => category === 'read' && prefix.toString() === '/',
  );
  const missing = [ITSELF, UNDER].filter((wanted) => !here.some(({ prefix }) => prefix.equals(wanted)));
  return {
    ...policy,
    rules,
    paths: [
      ...policy.paths.filter((row) => !isHere(row)),
      ...here.map(({ prefix, match }) => widened(prefix, match)),
      ...missing.map((prefix) => widened(prefix, around?.match ?? emptyMatch())),
    ],
  };
}

const ITSELF = Buffer.from('/proc\0');
const UNDER = Buffer.from('/proc/');

const OWN_PROC = {
  layer: 'builtin:walls',
  category: 'read',
  effect: 'allow',
  pattern: '/proc/**',
  because: 'the run has a /proc of its own',
  file: '',
  line: 0,
};
