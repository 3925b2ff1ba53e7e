/**
 * Rules that cannot be kept as written, said in sentences: none is quietly weaker or stricter.
 *
 * Which categories a host can prevent, terminate or only observe is another question: kernel/mechanisms.ts.
 */

import type { RuleRef } from '../../contract/messages.ts';
import type { Policy } from '../../contract/policy.ts';
import type { Unenforced } from '../../kernel/policy-rows.ts';
import type { PlacedRule } from './placing.ts';

/** Rules that say less than they seem to, for a link on their way is in the agent's hands. */
export function linkGaps(placed: readonly PlacedRule[], refs: readonly RuleRef[]): Unenforced[] {
  return placed.flatMap(({ number, category, rule, unfollowed }) =>
    unfollowed.map((path): Unenforced => {
      const { file, layer } = refs[number - 1]!;
      const where = file ? `${file}:${rule.line}` : layer;
      const text = `${category} ${rule.text} (${where}) does not hold for ${path}, where it leads: the agent may change a link on the way`;
      return { effect: rule.effect === 'allow' ? 'never-allows' : 'not-kept', text, rules: [number] };
    }),
  );
}

export function gapsOf({ limits }: Pick<Policy, 'limits'>): Unenforced[] {
  const gaps: Unenforced[] = [];
  const limited = limits.pids > 0 || limits.memoryBytes > 0 || limits.cpuPercent > 0;
  if (limited)
    gaps.push({ effect: 'not-kept', text: 'limits (pids, memory, cpu) are not set yet', rules: [] });
  return gaps;
}
