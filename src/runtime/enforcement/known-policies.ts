/**
 * Policies that were compiled before, by their content address: runs often follow each other under the same one.
 *
 * In:     verified policies. Their address is the digest that verifyPolicy made of what they say, so that another policy
 *         is another entry, and one that is only renewed is not.
 * Bounded: by rules. The ones that were not asked for the longest go first; the last one stays whatever it has.
 * Throws: what PolicyParts throws; nothing is kept of that one.
 */
import type { VerifiedPolicy } from '../../contract/signing.ts';
import { PolicyParts } from './policy-parts.ts';

const RULES_MOST = 20_000;

export class KnownPolicies {
  readonly #rulesMost: number;
  /** The one asked for last at the end. */
  readonly #parts = new Map<string, PolicyParts>();
  #rules = 0;

  constructor(rulesMost = RULES_MOST) {
    this.#rulesMost = rulesMost;
  }

  get size(): number {
    return this.#parts.size;
  }

  of({ address, policy }: Pick<VerifiedPolicy, 'address' | 'policy'>): PolicyParts {
    const known = this.#parts.get(address);
    const parts = known ?? new PolicyParts(policy);
    if (known) this.#parts.delete(address);
    else this.#rules += rulesOf(parts);
    this.#parts.set(address, parts);
    for (const [oldest, old] of this.#parts) {
      if (this.#rules <= this.#rulesMost || oldest === address) break;
      this.#parts.delete(oldest);
      this.#rules -= rulesOf(old);
    }
    return parts;
  }
}

function rulesOf({ table }: PolicyParts): number {
  return table.refs.length;
}
