/**
 * Recorded actions decided again under another policy: the engine of `replay --policy` and of `policy what-if`.
 *
 * In:  what a run would have had: a policy made ready for it, or a refusal; a recorded event.
 * Out: what was in force then, what the policy says with every layer enforcing, and how the two differ. Pure.
 */
import type { Action } from '../../contract/action.ts';
import { type Event, Verdict as Number_, Reason, type RuleRef } from '../../contract/messages.ts';
import { layerName } from '../../contract/policy.ts';
import { decide, type ReadyPolicy, type Ruling, ruleOf, type Verdict } from './decide.ts';
import { decideLookup } from './decide-lookup.ts';
import { actionsOf } from './event-actions.ts';

export type Difference = 'same' | 'newly refused' | 'newly allowed' | 'undecided';

export interface Redecision {
  difference: Difference;
  /** In force when it happened. */
  before: Verdict;
  /** With every layer enforcing; unset where undecided. */
  after?: Verdict;
  /** What decided, in words: a rule, a layer that has none, or why it cannot be decided. */
  why: string;
  category: string;
  rule: RuleRef | null;
}

const VERDICTS: Readonly<Record<number, Verdict>> = {
  [Number_.VERDICT_ALLOW]: 'allow',
  [Number_.VERDICT_HOLD]: 'hold',
  [Number_.VERDICT_DENY]: 'deny',
};
/** Reasons that are the policy's. */
const BY_RULES: ReadonlySet<number> = new Set([
  Reason.REASON_RULE,
  Reason.REASON_NO_RULE,
  Reason.REASON_NO_CATEGORY,
]);
const GRAVITY: readonly Verdict[] = ['allow', 'hold', 'deny'];

/** What a run would have had; a refusal, in words, where it would not have started. */
export type Rerun = { ready: ReadyPolicy } | { refusal: string };

/** Undefined for an event that nothing was decided about. */
export function decideAgain(rerun: Rerun, event: Event): Redecision | undefined {
  const before = VERDICTS[event.decision?.verdict ?? 0];
  if (!before) return undefined;
  const category = event.decision?.category ?? '';
  if ('refusal' in rerun) {
    const difference = differenceOf(before, 'deny');
    return { difference, before, after: 'deny', why: rerun.refusal, category, rule: null };
  }
  return underPolicy(rerun.ready, event, before, category);
}

function underPolicy(ready: ReadyPolicy, event: Event, before: Verdict, category: string): Redecision {
  if (event.nameLookup) return lookupUnderPolicy(ready, event, before, category);
  const { actions, unsure } = actionsOf(event);
  if (actions.length === 0) {
    return {
      difference: 'undecided',
      before,
      why: unsure || 'nothing a rule is about',
      category,
      rule: null,
    };
  }
  const gravest = actions
    .map((action) => ({ action, ruling: decide(ready, action).would }))
    .reduce((a, b) => (GRAVITY.indexOf(b.ruling.verdict) > GRAVITY.indexOf(a.ruling.verdict) ? b : a));
  const { verdict } = gravest.ruling;
  return {
    difference: differenceOf(before, verdict),
    before,
    after: verdict,
    why: rulingWords(ready, gravest.action, gravest.ruling),
    category: gravest.action.category,
    rule: ruleOf(ready, gravest.ruling),
  };
}

/** What rules say of a name: an answer that was refused for what it held, or a limit, is not theirs to change. */
function lookupUnderPolicy(ready: ReadyPolicy, event: Event, before: Verdict, category: string): Redecision {
  const name = event.nameLookup?.name ?? '';
  const reason = event.decision?.reason ?? 0;
  if (!BY_RULES.has(reason) || name.includes('[REDACTED:')) {
    const why = 'it was refused whatever the rules say';
    return { difference: 'undecided', before, why, category, rule: null };
  }
  const { would } = decideLookup(ready, name);
  const { verdict } = would;
  const why = rulingWords(ready, { category: 'connect' }, would);
  // Of what is held an address may be known.
  const [was, is] = [before, verdict].map((one) => (one === 'hold' ? 'allow' : one)) as [Verdict, Verdict];
  return {
    difference: differenceOf(was, is),
    before,
    after: verdict,
    why,
    category,
    rule: ruleOf(ready, would),
  };
}

function differenceOf(before: Verdict, after: Verdict): Difference {
  if ((before === 'allow') === (after === 'allow')) return 'same';
  return after === 'allow' ? 'newly allowed' : 'newly refused';
}

/** `deny **\/.env (team/demo:coding-agent, policy.yaml:12): credentials`, `no write rule of fleet:x allows it` */
function rulingWords(ready: ReadyPolicy, { category }: Pick<Action, 'category'>, ruling: Ruling): string {
  const rule = ruleOf(ready, ruling);
  if (rule) {
    const place = rule.file ? `, ${rule.file}:${rule.line}` : '';
    return `${rule.effect} ${rule.pattern} (${rule.layer}${place})${rule.because ? `: ${rule.because}` : ''}`;
  }
  if (ruling.reason === 'rule') return 'no rule is about it';
  if (ruling.reason === 'no_category') return `no layer has ${category}`;
  return `no ${category} rule of ${layerName(ready.policy.layers[ruling.layer]!)} allows it`;
}
