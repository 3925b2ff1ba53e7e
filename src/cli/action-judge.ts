/**
 * Tells the runtime what a policy says of an action that is no path, when its agent asks: the decision of the
 * gateway's CheckAction, over the policy that is in force here.
 *
 * Throws: POLICY_ACTION, POLICY_VARIABLE.
 */
import type { EffectivePolicy } from '../contract/messages.ts';
import type { Variables } from '../contract/path-pattern.ts';
import { layerName, readPolicy } from '../contract/policy.ts';
import { parseAction } from '../gateway/policy/action-text.ts';
import { decide, prepare, type ReadyPolicy, ruleOf } from '../gateway/policy/decide.ts';
import type { ActionJudge } from '../runtime/why/may.ts';

/** Made ready once a policy; they go with it. */
const ready = new WeakMap<EffectivePolicy, ReadyPolicy>();

export const judgeAction: ActionJudge = (policy, variables, { category, target }) => {
  const prepared = readyFor(policy, variables);
  const decision = decide(prepared, parseAction(category, target, variables));
  return {
    verdict: decision.verdict,
    reason: decision.reason,
    rule: ruleOf(prepared, decision),
    layer: decision.reason === 'no_rule' ? layerName(prepared.policy.layers[decision.layer]!) : '',
  };
};

function readyFor(policy: EffectivePolicy, variables: Variables): ReadyPolicy {
  const known = ready.get(policy);
  if (known) return known;
  const prepared = prepare(readPolicy(policy), { variables });
  ready.set(policy, prepared);
  return prepared;
}
