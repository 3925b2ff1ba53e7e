/**
 * bpf/decide.h in this process: what the rules that match an action say together.
 *
 * In:  what the matching rules say, which layers have the category. Out: the ruling in force, and the one that would be
 *      were every monitoring layer enforcing. Pure.
 */
import type { KernelRuling } from '../../kernel/events.ts';
import type { LayerMasks, RuleMatch } from '../../kernel/policy-rows.ts';

export const ALL_LAYERS = 0xffff;

export interface MatchRuling {
  ruling: KernelRuling;
  /** The same object where no monitoring layer says otherwise. */
  would: KernelRuling;
}

/** match_join of bpf/decide.h. */
export function join(match: RuleMatch, more: RuleMatch | undefined): void {
  if (!more) return;
  match.allow |= more.allow;
  match.hold |= more.hold;
  match.deny |= more.deny;
  match.guard |= more.guard;
  for (const at of [0, 1] as const) {
    match.allowRule[at] = first(match.allowRule[at], more.allowRule[at]);
    match.holdRule[at] = first(match.holdRule[at], more.holdRule[at]);
    match.denyRule[at] = first(match.denyRule[at], more.denyRule[at]);
  }
}

/** The lower of two rule numbers, where 0 is none. */
function first(a: number, b: number): number {
  if (a === 0 || b === 0) return a || b;
  return Math.min(a, b);
}

/** @param layers bits of those that have the category */
export function decideMatch(
  match: RuleMatch,
  layers: number,
  masks: Pick<LayerMasks, 'all' | 'monitor'>,
): MatchRuling {
  const keep = ALL_LAYERS & ~masks.monitor;
  const would = ruled(match, layers, ALL_LAYERS, true);
  if (onlyMonitors(masks)) return { ruling: { ...would, verdict: 'allow' }, would };
  return { ruling: masks.monitor === 0 ? would : ruled(match, layers, keep, false), would };
}

/** No layer enforces: nothing is refused. */
export function onlyMonitors({ all, monitor }: Pick<LayerMasks, 'all' | 'monitor'>): boolean {
  return all !== 0 && (all & ~monitor) === 0;
}

/** rule() of bpf/decide.h. */
function ruled(match: RuleMatch, layers: number, keep: number, monitored: boolean): KernelRuling {
  const missing = layers & keep & ~(match.allow | match.hold);
  const by = (verdict: KernelRuling['verdict'], [own, theirs]: [number, number]): KernelRuling => ({
    verdict,
    reason: 'rule',
    layer: 0,
    rule: monitored ? first(own, theirs) : own,
  });
  if ((match.deny | match.guard) & keep) return by('deny', match.denyRule);
  if (missing !== 0) return { verdict: 'deny', reason: 'no_rule', layer: lowestBit(missing), rule: 0 };
  if (match.hold & keep) return by('hold', match.holdRule);
  if ((layers & keep) === 0 && match.allow !== ALL_LAYERS)
    return { verdict: 'deny', reason: 'no_category', layer: 0, rule: 0 };
  return by('allow', match.allowRule);
}

function lowestBit(mask: number): number {
  return 31 - Math.clz32(mask & -mask);
}
