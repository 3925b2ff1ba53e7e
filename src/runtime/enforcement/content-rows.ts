/**
 * Rows of rules by content: one for each SHA-256 that `exec` speaks of, with what all rules about it say.
 */
import type { NumberedRule } from '../../contract/rule-table.ts';
import type { ContentRow } from '../../kernel/policy-rows.ts';
import type { LayerBits } from './masks.ts';
import { addRule, emptyMatch } from './rule-match.ts';

export function contentRows(rules: readonly NumberedRule[], bits: LayerBits): ContentRow[] {
  const rows = new Map<string, ContentRow>();
  for (const numbered of rules) {
    const { pattern } = numbered.rule;
    if (pattern.kind !== 'sha256') continue;
    const row = rows.get(pattern.digest) ?? {
      digest: Buffer.from(pattern.digest, 'hex'),
      match: emptyMatch(),
    };
    addRule(row.match, bits.of(numbered));
    rows.set(pattern.digest, row);
  }
  return [...rows.values()];
}
