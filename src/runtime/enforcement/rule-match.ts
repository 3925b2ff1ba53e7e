/**
 * What the rules that match an action say together: bpf/policy.h's struct rule_match, built rule by rule.
 *
 * Joining is commutative and idempotent, as match_join in bpf/decide.h: the order of rules cannot matter.
 */
import type { Effect } from '../../contract/policy.ts';
import type { RuleMatch } from '../../kernel/policy-rows.ts';

/** What one rule adds to every action that it matches. */
export interface Contribution {
  number: number;
  effect: Effect;
  /** Bits of the layers that it counts for. */
  layers: number;
  /** Its rule number stands with those of monitoring layers. */
  monitored: boolean;
}

export function emptyMatch(): RuleMatch {
  return { allow: 0, hold: 0, deny: 0, guard: 0, allowRule: [0, 0], holdRule: [0, 0], denyRule: [0, 0] };
}

export function addRule(match: RuleMatch, { number, effect, layers, monitored }: Contribution): void {
  const rules = effect === 'allow' ? match.allowRule : effect === 'hold' ? match.holdRule : match.denyRule;
  const at = monitored ? 1 : 0;
  match[effect] |= layers;
  rules[at] = rules[at] === 0 ? number : Math.min(rules[at]!, number);
}

/** A deny to run what may be written. Its number stands with those of denies, all of which are lower. */
export function addGuard(match: RuleMatch, { number, layers, monitored }: Contribution): void {
  const at = monitored ? 1 : 0;
  match.guard |= layers;
  match.denyRule[at] = match.denyRule[at] === 0 ? number : Math.min(match.denyRule[at]!, number);
}

export function copyMatch(match: RuleMatch): RuleMatch {
  return {
    ...match,
    allowRule: [...match.allowRule],
    holdRule: [...match.holdRule],
    denyRule: [...match.denyRule],
  };
}

export function sameMatch(a: RuleMatch, b: RuleMatch): boolean {
  return matchKey(a) === matchKey(b);
}

/** Equal for equal matches only. */
export function matchKey({ allow, hold, deny, guard, allowRule, holdRule, denyRule }: RuleMatch): string {
  return `${allow},${hold},${deny},${guard},${allowRule},${holdRule},${denyRule}`;
}

export function saysNothing({ allow, hold, deny, guard }: RuleMatch): boolean {
  return (allow | hold | deny | guard) === 0;
}
