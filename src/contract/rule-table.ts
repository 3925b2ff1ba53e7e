/**
 * The numbers of a policy's rules: how the kernel names them, and both evaluations of a policy with it.
 *
 * Rules are numbered from 1 in the order of layers, categories and lines, so that the lowest number is the
 * broadest layer's first rule. Behind them stand the denies of `builtin:write-xor-run`, one for each category
 * that runs code and each rule that allows writing.
 */
import type { RuleRef } from './messages.ts';
import type { Category } from './pattern.ts';
import { layerName, type PolicyLayers, type PolicyRule } from './policy.ts';

export interface NumberedRule {
  number: number;
  category: Category;
  /** Index into Policy.layers. */
  layer: number;
  rule: PolicyRule;
}

/** What `write` allows may not be run, where `category` does not name that place. */
export interface WriteGuard {
  number: number;
  category: 'exec' | 'load';
  write: NumberedRule;
}

export interface RuleTable {
  /** Rule number n is at n - 1. */
  refs: RuleRef[];
  rules: NumberedRule[];
  guards: WriteGuard[];
}

export const WRITE_GUARD_LAYER = 'builtin:write-xor-run';

export function numberRules(policy: PolicyLayers): RuleTable {
  const refs: RuleRef[] = [];
  const rules = policy.layers.flatMap((layer, index) =>
    [...layer.categories].flatMap(([category, written]) =>
      written.map((rule): NumberedRule => {
        const { effect, text: pattern, because, line } = rule;
        refs.push({ layer: layerName(layer), category, effect, pattern, because, file: layer.file, line });
        return { number: refs.length, category, layer: index, rule };
      }),
    ),
  );
  const writes = rules.filter(
    ({ category, layer, rule }) =>
      category === 'write' && rule.effect === 'allow' && !policy.layers[layer]!.builtin,
  );
  const guards = (['exec', 'load'] as const).flatMap((category) =>
    writes.map((write): WriteGuard => {
      const ref = refs[write.number - 1]!;
      const because = `what ${ref.layer} lets the agent write it may not run, unless ${category} names that place`;
      refs.push({ ...ref, layer: WRITE_GUARD_LAYER, category, effect: 'deny', because });
      return { number: refs.length, category, write };
    }),
  );
  return { refs, rules, guards };
}
