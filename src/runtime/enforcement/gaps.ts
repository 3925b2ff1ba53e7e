/**
 * Rules that this version cannot put into the kernel's maps, said in sentences: none is quietly weaker or
 * stricter than written.
 *
 * Which categories a host can prevent, terminate or only observe is another question: kernel/mechanisms.ts.
 */
import type { Pattern } from '../../contract/pattern.ts';
import type { NumberedRule } from '../../contract/rule-table.ts';
import type { Unenforced } from '../../kernel/policy-rows.ts';

/** Patterns without a row in the kernel's maps. */
const WITHOUT_ROW: Partial<Record<Pattern['kind'], string>> = {
  sha256: 'by content (sha256)',
  host: 'by host name',
};

export function gapsOf(rules: readonly NumberedRule[]): Unenforced[] {
  return (Object.keys(WITHOUT_ROW) as Pattern['kind'][]).flatMap((kind) => rulesGaps(kind, rules));
}

function rulesGaps(kind: Pattern['kind'], rules: readonly NumberedRule[]): Unenforced[] {
  const gaps: Unenforced[] = [];
  const numbers = (allows: boolean) =>
    rules.flatMap(({ number, rule }) =>
      rule.pattern.kind === kind && (rule.effect === 'allow') === allows ? [number] : [],
    );
  const allowing = numbers(true);
  const refusing = numbers(false);
  const how = WITHOUT_ROW[kind];
  if (allowing.length > 0) {
    gaps.push({
      effect: 'never-allows',
      text: `${count(allowing, 'allow')} ${how} never match yet`,
      rules: allowing,
    });
  }
  if (refusing.length > 0) {
    gaps.push({
      effect: 'not-kept',
      text: `${count(refusing, 'deny or hold')} ${how} never match yet`,
      rules: refusing,
    });
  }
  return gaps;
}

function count(rules: readonly number[], effect: string): string {
  return rules.length === 1 ? `1 ${effect} rule` : `${rules.length} ${effect} rules`;
}
