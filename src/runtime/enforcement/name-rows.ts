/**
 * Rows of the name table of one category: names anywhere, and extensions.
 *
 * What some layer's `write` allows by name is denied to run by that name, for each layer that does not name it
 * the same way.
 */
import type { Category } from '../../contract/pattern.ts';
import type { NumberedRule, WriteGuard } from '../../contract/rule-table.ts';
import type { NameRow } from '../../kernel/policy-rows.ts';
import type { LayerBits } from './masks.ts';
import { addGuard, addRule, type Contribution, emptyMatch } from './rule-match.ts';

interface Name {
  form: NameRow['form'];
  name: string;
}

export function nameRows(
  category: Category,
  rules: readonly NumberedRule[],
  guards: readonly WriteGuard[],
  bits: LayerBits,
): NameRow[] {
  const rows = new Map<string, NameRow>();
  const add = ({ form, name }: Name, contribution: Contribution, join = addRule) => {
    const key = `${form} ${name}`;
    const row = rows.get(key) ?? { category, form, name: Buffer.from(name), match: emptyMatch() };
    join(row.match, contribution);
    rows.set(key, row);
  };
  const naming = new Set<string>();
  for (const rule of rules) {
    const name = nameOf(rule);
    if (!name) continue;
    add(name, bits.of(rule));
    if (rule.rule.effect !== 'deny') naming.add(`${rule.layer} ${name.form} ${name.name}`);
  }
  for (const { number, write } of guards) {
    const name = nameOf(write);
    if (!name) continue;
    for (const layer of bits.having(category)) {
      const named = naming.has(`${layer} ${name.form} ${name.name}`);
      if (!named) add(name, bits.guarding(number, write.layer, layer), addGuard);
    }
  }
  return [...rows.values()];
}

function nameOf({ rule: { pattern } }: NumberedRule): Name | null {
  switch (pattern.kind) {
    case 'name':
      return { form: 'component', name: pattern.name };
    case 'extension':
      return { form: 'extension', name: pattern.extension };
    default:
      return null;
  }
}
