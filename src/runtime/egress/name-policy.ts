/**
 * What of a compiled policy names are judged by: small enough to be told to another thread.
 */
import type { AddressRow, CompiledPolicy } from '../../kernel/policy-rows.ts';
import { onlyMonitors } from '../enforcement/decide-match.ts';
import type { NamingPolicy } from '../enforcement/judge-name.ts';

export interface NamePolicy extends NamingPolicy {
  /** Networks that rules by address let be reached, at any port. */
  reached: Pick<AddressRow, 'bytes' | 'prefix'>[];
  /** How many sets of ports it has: further ones have higher numbers. */
  portSets: number;
  /** As whoever wrote a rule said; rule number n is at n - 1. */
  because: string[];
}

/** Null for one that the kernel leads no DNS for (policy-rows.ts). */
export function namePolicy({ hosts, masks, addresses, portSets, rules }: CompiledPolicy): NamePolicy | null {
  if (hosts.length === 0 && !onlyMonitors(masks)) return null;
  const reached = addresses.filter(
    ({ category, portSet }) =>
      category === 'connect' && portSets[portSet]!.some(({ match }) => (match.allow | match.hold) !== 0),
  );
  return {
    hosts,
    masks,
    reached: reached.map(({ bytes, prefix }) => ({ bytes, prefix })),
    portSets: portSets.length,
    because: rules.map(({ because }) => because ?? ''),
  };
}
