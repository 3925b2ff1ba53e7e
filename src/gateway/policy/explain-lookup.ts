/**
 * Why a host name may be looked up or not, and what would have to change, as explain.ts says it of actions.
 *
 * In:  a policy made ready, a name in normal form. Out: rules by name that are about it, at whatever port. Pure.
 */
import { layerName } from '../../contract/policy.ts';
import type { ReadyPolicy } from './decide.ts';
import { decideLookup, hostRules, isAbout, namingLayers } from './decide-lookup.ts';
import { changesFor, type Explanation, notes } from './explain.ts';

const NOT_LED =
  'no rule of the policy is by name: DNS is not answered by Warder, port 53 is an address like any other';

export interface LookupExplanation extends Explanation {
  /** Warder's resolver answers under this policy. */
  isLed: boolean;
}

export function explainLookup(ready: ReadyPolicy, host: string): LookupExplanation {
  const { layers } = ready.policy;
  const hosts = hostRules(ready);
  const about = hosts.filter((rule) => isAbout(rule, host));
  const decision = decideLookup(ready, host);
  const agrees = (layer: number) => about.some((rule) => rule.effect !== 'deny' && rule.layer === layer);
  const missing = [...namingLayers(hosts)].filter((layer) => !agrees(layer)).map((layer) => layers[layer]!);
  const matching = about.map(({ number }) => ready.table.refs[number - 1]!);
  const isLed = hosts.length > 0 || layers.every(({ mode, builtin }) => builtin || mode === 'monitor');
  return {
    isLed,
    decision,
    matching,
    missing: missing.map(layerName),
    changes: decision.would.verdict === 'allow' ? [] : changesFor('connect', matching, missing),
    notes: [...notes(ready, decision), ...(isLed ? [] : [NOT_LED])],
  };
}
