/**
 * Rules that this version cannot put into the kernel's maps, said in sentences: none is quietly weaker or
 * stricter than written.
 *
 * Which categories a host can prevent, terminate or only observe is another question: kernel/mechanisms.ts.
 */
import type { Pattern } from '../../contract/pattern.ts';
import type { Policy } from '../../contract/policy.ts';
import type { NumberedRule } from '../../contract/rule-table.ts';
import type { Unenforced } from '../../kernel/policy-rows.ts';

type GapRule = Pick<NumberedRule, 'number' | 'rule'>;

/** Patterns without a row in the kernel's maps. */
const WITHOUT_ROW: Partial<Record<Pattern['kind'], string>> = {
  sha256: 'by content (sha256)',
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
