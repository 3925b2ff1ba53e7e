/**
 * The rules by host name of a policy, with what each adds to what it matches.
 */
import type { NumberedRule } from '../../contract/rule-table.ts';
import type { HostRow } from '../../kernel/policy-rows.ts';
import type { LayerBits } from './masks.ts';

export function hostRows(rules: readonly NumberedRule[], bits: LayerBits): HostRow[] {
  return rules.flatMap((numbered): HostRow[] => {
    const { pattern } = numbered.rule;
    if (pattern.kind !== 'host') return [];
    const { name, under, protocol, from, to } = pattern;
    return [{ name, under, protocol, from, to, rule: bits.of(numbered) }];
  });
}
