/**
 * Rules that cannot be kept as written, said in sentences: none is quietly weaker or stricter.
 *
 * Which categories a host can prevent, terminate or only observe is another question: kernel/mechanisms.ts.
 */

import type { RuleRef } from '../../contract/messages.ts';
import type { Pattern } from '../../contract/pattern.ts';
import type { Policy } from '../../contract/policy.ts';
import type { NumberedRule } from '../../contract/rule-table.ts';
import type { Unenforced } from '../../kernel/policy-rows.ts';
import type { PlacedRule } from './placing.ts';

type GapRule = Pick<NumberedRule, 'number' | 'rule'>;

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

/** Patterns without a row in the kernel's maps. */
const WITHOUT_ROW: Partial<Record<Pattern['kind'], string>> = {
  host: 'by host name',
};

export function gapsOf({ limits }: Pick<Policy, 'limits'>, rules: readonly GapRule[]): Unenforced[] {
  const gaps = (Object.keys(WITHOUT_ROW) as Pattern['kind'][]).flatMap((kind) => rulesGaps(kind, rules));
  const limited = limits.pids > 0 || limits.memoryBytes > 0 || limits.cpuPercent > 0;
  if (limited)
    gaps.push({ effect: 'not-kept', text: 'limits (pids, memory, cpu) are not set yet', rules: [] });
  return gaps;
}

function rulesGaps(kind: Pattern['kind'], rules: readonly GapRule[]): Unenforced[] {
  const gaps: Unenforced[] = [];
  const numbers = (allows: boolean) =>
    rules.flatMap(({ number, rule }) =>
      rule.pattern.kind === kind && (rule.effect === 'allow') === allows ? [number] : [],
    );
  const allowing = numbers(true);
  const refusing = numbers(false);
  const how = WITHOUT_ROW[kind] ?? '';
  if (allowing.length > 0) {
    gaps.push({
      effect: 'never-allows',
      text: sentence(allowing, 'allow', how),
      rules: allowing,
    });
  }
  if (refusing.length > 0) {
    gaps.push({
      effect: 'not-kept',
      text: sentence(refusing, 'deny or hold', how),
      rules: refusing,
    });
  }
  return gaps;
}

function sentence({ length }: readonly number[], effect: string, how: string): string {
  return length === 1
    ? `1 ${effect} rule ${how} never matches yet`
    : `${length} ${effect} rules ${how} never match yet`;
}
