/**
 * Why an action has its verdict, and what would have to change for it to pass.
 *
 * In:  a policy made ready, an action.
 * Out: the decision, every rule that matches with its layer, the layers that have the category and do not
 *      allow, and one sentence for each thing that stands in the way. Pure.
 */
import type { Action } from '../../contract/action.ts';
import type { RuleRef } from '../../contract/messages.ts';
import { layerName, type PolicyLayer } from '../../contract/policy.ts';
import { WRITE_GUARD_LAYER } from '../../contract/rule-table.ts';
import { type Decision, decide, matchingRules, type ReadyPolicy, type ReadyRule } from './decide.ts';

export interface Explanation {
  decision: Decision;
  /** Every rule that matches, by number. */
  matching: RuleRef[];
  /** Layers that have the category and do not allow the action. */
  missing: string[];
  /** What would let it pass, one sentence each; empty when it passes. */
  changes: string[];
  /** What is worth knowing besides. */
  notes: string[];
}

export function explain(ready: ReadyPolicy, action: Action, decision = decide(ready, action)): Explanation {
  const { layers } = ready.policy;
  const rules = matchingRules(ready, action).sort((a, b) => a.number - b.number);
  const matching = [...new Set(rules.map(({ number }) => number))].map(
    (number) => ready.table.refs[number - 1]!,
  );
  const agrees = (layer: number) =>
    rules.some(({ effect, layer: by }) => effect !== 'deny' && (by === 'every' || by === layer));
  const missing = layers.filter(
    (layer, index) => !layer.builtin && layer.categories.has(action.category) && !agrees(index),
  );
  const needed = needsChange(ready, action, rules);
  const standing = matching.filter((rule) => rule.effect !== 'deny' || needed(rule));
  const changes = changesFor(action.category, standing, missing);
  const nobody = !layers.some((layer) => layer.categories.has(action.category)) && matching.length === 0;
  if (nobody) changes.push(`a layer with ${action.category}: and a rule that allows it`);
  return {
    decision,
    matching,
    missing: missing.map(layerName),
    changes: decision.would.verdict === 'allow' ? [] : changes,
    notes: notes(ready, decision),
  };
}

/** @param missing layers that do not allow it */
export function changesFor(
  category: string,
  matching: readonly RuleRef[],
  missing: readonly PolicyLayer[],
): string[] {
  const refs = (effect: string) => matching.filter((rule) => rule.effect === effect);
  return [
    ...refs('deny').map(liftDeny),
    ...refs('hold').map((rule) => `a person must approve it, for ${place(rule)} holds it`),
    ...missing.map((layer) => `an allow rule under ${category} in ${layerName(layer)} (${layer.file})`),
  ];
}

/** Of the places that may be written, naming the innermost is enough. */
function needsChange(
  ready: ReadyPolicy,
  action: Action,
  rules: readonly ReadyRule[],
): (rule: RuleRef) => boolean {
  if (!('path' in action)) return () => true;
  const depthOf = ({ matches }: ReadyRule) => matches.depth(action.path);
  const guards = rules.filter(({ number }) => ready.table.refs[number - 1]!.layer === WRITE_GUARD_LAYER);
  const deepest = Math.max(...guards.map(depthOf));
  const implied = new Set(
    guards
      .filter((guard) => guard.matches.name === null && depthOf(guard) < deepest)
      .map(({ number }) => number),
  );
  return (rule) => !implied.has(ready.table.refs.indexOf(rule) + 1);
}

function liftDeny(rule: RuleRef): string {
  if (rule.layer === WRITE_GUARD_LAYER) {
    return `a rule under ${rule.category} that names the place of write rule ${rule.pattern} (${rule.file}:${rule.line})`;
  }
  if (rule.file === '') return `lift_builtin: ["${rule.pattern}"] in a layer, for ${rule.layer} denies it`;
  return `take out or narrow the deny at ${place(rule)}`;
}

function place({ file, line, layer, pattern }: RuleRef): string {
  return file === '' ? `${layer} ${pattern}` : `${file}:${line} (${pattern})`;
}

/** What is worth knowing of a decision, beside it. */
export function notes({ policy }: ReadyPolicy, { verdict, would }: Decision): string[] {
  if (verdict === would.verdict) return [];
  const monitoring = policy.layers
    .filter(({ mode, builtin }) => mode === 'monitor' && !builtin)
    .map(layerName);
  return [`${monitoring.join(', ')} only monitors: with it enforcing the answer would be ${would.verdict}`];
}
