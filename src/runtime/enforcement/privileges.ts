/**
 * What a policy grants of `privileged`: the kernel asks for one bit, so that layers are joined here.
 *
 * A privilege is granted when every layer that has the category allows it and none denies or holds it; a held
 * one has no moment at which the kernel could wait for a person. A policy whose layers all monitor grants all.
 */
import { PRIVILEGES, type Privilege } from '../../contract/pattern.ts';
import type { NumberedRule } from '../../contract/rule-table.ts';
import type { CompiledPolicy } from '../../kernel/policy-rows.ts';
import type { LayerBits } from './masks.ts';
import { addRule, emptyMatch } from './rule-match.ts';

export function privileges(rules: readonly NumberedRule[], bits: LayerBits): CompiledPolicy['privileges'] {
  const { layers, all, monitor } = bits.masks;
  const granted = (privilege: Privilege, keep: number) => {
    const match = emptyMatch();
    for (const rule of rules) {
      const { pattern } = rule.rule;
      if (pattern.kind === 'privilege' && pattern.privilege === privilege) addRule(match, bits.of(rule));
    }
    const having = layers.privileged & keep;
    return having !== 0 && (having & ~match.allow) === 0 && ((match.hold | match.deny) & keep) === 0;
  };
  const enforcing = all & ~monitor;
  return {
    granted: PRIVILEGES.filter((privilege) => enforcing === 0 || granted(privilege, enforcing)),
    would: PRIVILEGES.filter((privilege) => granted(privilege, all)),
  };
}
