/**
 * `warder policy explain FILE… dns NAME[/TYPE]`: the resolver's answer to a look-up, and why.
 *
 * Throws: POLICY_ACTION for what is no host name or no type of a record.
 */
import { WarderError } from '../base/error.ts';
import { hostName } from '../contract/host-name.ts';
import type { ReadyPolicy } from '../gateway/policy/decide.ts';
import { hostRules } from '../gateway/policy/decide-lookup.ts';
import type { Explanation } from '../gateway/policy/explain.ts';
import { explainLookup } from '../gateway/policy/explain-lookup.ts';
import { Lookalikes } from '../runtime/egress/lookalike.ts';
import { asked } from '../runtime/egress/question.ts';
import { ANSWERED, typeName, typeNumber } from '../runtime/egress/records.ts';

export interface LookupSaid {
  lookup: { name: string; type: string };
  explanation: Explanation;
  /** Why, where no rule says it; the verdict is `deny` then, or `allow` of a name that no rule is about. */
  why?: string;
}

export function sayLookup(ready: ReadyPolicy, target: string): LookupSaid {
  const { name, type } = lookupOf(target);
  const explanation = explainLookup(ready, asked(name, type).policyName);
  const { decision, notes } = explanation;
  const lookup = { name, type: typeName(type) };
  const meant = lookalike(ready, name);
  const known = meant === undefined ? notes : [...notes, `it looks like ${meant}`];
  if (!explanation.isLed || ANSWERED.has(type)) {
    const why =
      decision.verdict === 'allow' && decision.rule === 0 ? { why: 'no rule is about this name' } : {};
    return { lookup, explanation: { ...explanation, notes: known }, ...why };
  }
  const why = `queries for ${lookup.type} are not answered, whatever rules say: those for ${answered()} are`;
  const onlyMonitors = ready.policy.layers.every(({ mode, builtin }) => builtin || mode === 'monitor');
  if (onlyMonitors) return { lookup, explanation: { ...explanation, notes: [...known, `enforced, ${why}`] } };
  const refused = { ...decision, verdict: 'deny' } as const;
  const changes = [...explanation.changes, `ask for ${answered()}: no rule lets other types pass`];
  return { lookup, explanation: { ...explanation, decision: refused, changes, notes: known }, why };
}

function answered(): string {
  return new Intl.ListFormat('en').format([...ANSWERED].map(typeName));
}

function lookalike(ready: ReadyPolicy, name: string): string | undefined {
  const allowing = hostRules(ready).filter(({ effect }) => effect !== 'deny');
  return new Lookalikes(allowing.map(({ pattern }) => pattern.name)).of(name);
}

function lookupOf(target: string): { name: string; type: number } {
  const [written = '', text = 'A', ...more] = target.split('/');
  const name = hostName(written);
  const type = typeNumber(text);
  if (name === null || type === null || more.length > 0)
    throw new WarderError(
      'POLICY_ACTION',
      `dns ${target}: not one host name and, behind a slash, the type of a record`,
      'write api.example.com, or api.example.com/TXT',
    );
  return { name, type };
}
