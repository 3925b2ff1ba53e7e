/**
 * What compiling makes of a policy alone: the same for every run under it, whatever the host has at its paths.
 *
 * In:  the EffectivePolicy as it was signed; of it only what its content address covers (contract/canonical.ts) may be in here.
 * Out: rules, numbers, bits, and rows that name no place; rows that do, as long as the places are the same.
 *      Runs share all of it: nobody changes any.
 * Throws: POLICY_MESSAGE.
 */
import type { EffectivePolicy } from '../../contract/messages.ts';
import { CATEGORIES, type Category } from '../../contract/pattern.ts';
import { type PolicyLayers, readPolicy } from '../../contract/policy.ts';
import { numberRules, type RuleTable } from '../../contract/rule-table.ts';
import type { CompiledPolicy, Unenforced } from '../../kernel/policy-rows.ts';
import { addressRows } from './address-rows.ts';
import { contentRows } from './content-rows.ts';
import { gapsOf } from './gaps.ts';
import { hostRows } from './host-rows.ts';
import { LayerBits } from './masks.ts';
import { nameRows } from './name-rows.ts';
import { privileges } from './privileges.ts';

/** Rows that depend on what is at the paths of rules, and the rules that they name. */
export type PlacedRows = Readonly<Pick<CompiledPolicy, 'rules' | 'paths' | 'pinned'>> & {
  complaints: readonly string[];
};

type Placeless = Pick<
  CompiledPolicy,
  'layers' | 'masks' | 'privileges' | 'names' | 'contents' | 'addresses' | 'portSets' | 'hosts'
>;

export class PolicyParts {
  readonly policy: PolicyLayers;
  readonly table: RuleTable;
  readonly bits: LayerBits;
  readonly placeless: Placeless;
  readonly gaps: readonly Unenforced[];
  #placed: { places: string; rows: PlacedRows } | undefined;

  constructor(message: EffectivePolicy) {
    const { layers, limits } = readPolicy(message);
    this.policy = { layers };
    this.table = numberRules(this.policy);
    this.bits = new LayerBits(this.policy);
    this.placeless = placeless(this.table, this.bits);
    this.gaps = gapsOf({ limits });
  }

  /** @param places all that the rows depend on; other places take the place of those before */
  placed(places: string, make: () => PlacedRows): PlacedRows {
    if (this.#placed?.places !== places) this.#placed = { places, rows: make() };
    return this.#placed.rows;
  }
}

/** Those of a category, in their order. */
export function of<T extends { category: Category }>(list: readonly T[], category: Category): T[] {
  return list.filter((entry) => entry.category === category);
}

function placeless({ rules, guards }: RuleTable, bits: LayerBits): Placeless {
  return {
    layers: bits.names,
    masks: bits.masks,
    privileges: privileges(rules, bits),
    names: CATEGORIES.flatMap((category) =>
      nameRows(category, of(rules, category), of(guards, category), bits),
    ),
    contents: contentRows(rules, bits),
    ...addressRows(rules, bits),
    hosts: hostRows(rules, bits),
  };
}
