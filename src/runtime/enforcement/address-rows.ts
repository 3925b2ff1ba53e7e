/**
 * Rows of the address tries, one trie for each category, family and protocol, and their port sets.
 *
 * In:  numbered rules, of which those by address count.
 * Out: rows closed over shorter prefixes. Each has its ports as disjoint segments in order, a segment with what
 *      all rules say that hold it; ports that no rule is about have none.
 */
import { ipv6Bytes, prefixContains } from '../../contract/address.ts';
import type { Protocol } from '../../contract/pattern.ts';
import type { NumberedRule } from '../../contract/rule-table.ts';
import type { AddressRow, CompiledPolicy, PortSegment } from '../../kernel/policy-rows.ts';
import type { LayerBits } from './masks.ts';
import { addRule, type Contribution, emptyMatch, matchKey, sameMatch } from './rule-match.ts';

export interface Network {
  /** Masked to its prefix. */
  bytes: Uint8Array;
  prefix: number;
  from: number;
  to: number;
  rule: Contribution;
}

export interface NetworkRow {
  bytes: Uint8Array;
  prefix: number;
  segments: PortSegment[];
}

function networkRows(networks: readonly Network[]): NetworkRow[] {
  const nodes = new Map<string, Network[]>();
  for (const network of networks) {
    const key = `${Buffer.from(network.bytes).toString('hex')}/${String(network.prefix).padStart(3, '0')}`;
    const same = nodes.get(key) ?? [];
    same.push(network);
    nodes.set(key, same);
  }
  // In this order a network comes before all that it contains.
  const sorted = [...nodes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, node]) => node);
  const stack: { at: Network; all: readonly Network[] }[] = [];
  return sorted.map((node) => {
    const at = node[0]!;
    while (stack.length > 0 && !holds(stack.at(-1)!.at, at)) stack.pop();
    const all = [...(stack.at(-1)?.all ?? []), ...node];
    stack.push({ at, all });
    return { bytes: at.bytes, prefix: at.prefix, segments: portSegments(all) };
  });
}

function holds(outer: Network, inner: Network): boolean {
  return outer.prefix <= inner.prefix && prefixContains(outer.bytes, outer.prefix, inner.bytes);
}

/** Swept from port 0 upwards: a segment ends where the set of rules changes. */
export function portSegments(networks: readonly Network[]): PortSegment[] {
  const byStart = [...networks].sort((a, b) => a.from - b.from);
  const starts = new Set(networks.flatMap(({ from, to }) => [from, to + 1]));
  const edges = [...starts].sort((a, b) => a - b);
  const segments: PortSegment[] = [];
  let active: Network[] = [];
  let next = 0;
  edges.forEach((from, index) => {
    active = active.filter(({ to }) => to >= from);
    while (byStart[next] !== undefined && byStart[next]!.from <= from) active.push(byStart[next++]!);
    if (active.length === 0) return;
    const match = emptyMatch();
    for (const { rule } of active) addRule(match, rule);
    const to = edges[index + 1]! - 1;
    const before = segments.at(-1);
    if (before && before.to === from - 1 && sameMatch(before.match, match)) before.to = to;
    else segments.push({ from, to, match });
  });
  return segments;
}

const PROTOCOLS: readonly Protocol[] = ['tcp', 'udp'];

/** All address rows of a policy. Equal sets of ports are one. */
export function addressRows(
  rules: readonly NumberedRule[],
  bits: LayerBits,
): Pick<CompiledPolicy, 'addresses' | 'portSets'> {
  const portSets: PortSegment[][] = [];
  const known = new Map<string, number>();
  const portSet = (segments: PortSegment[]) => {
    const key = segments.map(({ from, to, match }) => `${from}-${to} ${matchKey(match)}`).join(';');
    const number = known.get(key) ?? portSets.push(segments) - 1;
    known.set(key, number);
    return number;
  };
  const addresses = (['connect', 'listen'] as const).flatMap((category) =>
    ([4, 6] as const).flatMap((family) =>
      PROTOCOLS.flatMap((protocol) => {
        const networks = networksOf(rules, { category, family, protocol }, bits);
        const rows = category === 'connect' ? withUnspecified(networks, family) : networkRows(networks);
        return rows.map(({ bytes, prefix, segments }): AddressRow => {
          return { category, family, protocol, bytes, prefix, portSet: portSet(segments) };
        });
      }),
    ),
  );
  return { addresses, portSets };
}

/** A rule without a protocol is one for each. */
function networksOf(
  rules: readonly NumberedRule[],
  trie: Pick<AddressRow, 'category' | 'family' | 'protocol'>,
  bits: LayerBits,
): Network[] {
  return rules.flatMap((numbered): Network[] => {
    const { pattern } = numbered.rule;
    if (numbered.category !== trie.category || pattern.kind !== 'address' || pattern.family !== trie.family)
      return [];
    if (pattern.protocol !== null && pattern.protocol !== trie.protocol) return [];
    const { bytes, prefix, from, to } = pattern;
    return [{ bytes, prefix, from, to, rule: bits.of(numbered) }];
  });
}

/**
 * A connection to the unspecified address goes to loopback: what is said of loopback is said of it, and
 * nothing else.
 */
function withUnspecified(networks: readonly Network[], family: 4 | 6): NetworkRow[] {
  if (networks.length === 0) return [];
  const loopback = family === 4 ? Uint8Array.of(127, 0, 0, 1) : ipv6Bytes('::1');
  const holding = networks.filter(({ bytes, prefix }) => prefixContains(bytes, prefix, loopback));
  const unspecified = new Uint8Array(loopback.length);
  const prefix = loopback.length * 8;
  const others = networkRows(networks).filter(
    (row) => row.prefix !== prefix || row.bytes.some((byte) => byte !== 0),
  );
  return [...others, { bytes: unspecified, prefix, segments: portSegments(holding) }];
}
