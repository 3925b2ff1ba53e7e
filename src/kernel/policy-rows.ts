/**
 * A compiled policy, and its rows as bytes for the kernel's policy maps.
 *
 * The shapes here are bpf/policy.h without its bytes: the runtime compiles into them, `encodeRows` lays them
 * out by the offsets that the build took from BTF. Little-endian, as the maps are.
 *
 * Throws: KERNEL_ROW for a row that no key can hold. The compiler refuses such rules before.
 */
import type { RuleRef } from '../contract/messages.ts';
import type { Category } from '../contract/pattern.ts';

/** What all rules that match say together: a bit per layer, the lowest rule number of each effect, 0 for none. */
export interface RuleMatch {
  allow: number;
  hold: number;
  deny: number;
  /** [0] of enforcing layers, [1] of monitoring ones. */
  allowRule: [number, number];
  holdRule: [number, number];
  denyRule: [number, number];
}

/** A prefix of a path with its NUL: "/a/b\0" is that name alone, "/a/b/" all under it. Closed over shorter ones. */
export interface PathRow {
  category: Category;
  prefix: Buffer;
  match: RuleMatch;
}

export interface NameRow {
  category: Category;
  form: 'component' | 'extension';
  name: Buffer;
  match: RuleMatch;
}

/** Inclusive; segments of one set are disjoint and sorted. */
export interface PortSegment {
  from: number;
  to: number;
  match: RuleMatch;
}

/** Closed over shorter prefixes. `portSet` is an index into CompiledPolicy.portSets. */
export interface AddressRow {
  category: Category;
  family: 4 | 6;
  protocol: 'tcp' | 'udp';
  bytes: Uint8Array;
  prefix: number;
  portSet: number;
}

/** Something that the policy says and this version or host does not keep. */
export interface Unenforced {
  /** `never-allows` is stricter than written, `not-kept` is weaker. */
  effect: 'never-allows' | 'not-kept';
  /** One sentence for people. */
  text: string;
  /** The rules it is about, by number. */
  rules: number[];
}

export interface CompiledPolicy {
  /** Rule number n is at n - 1. */
  rules: RuleRef[];
  /** By bit in the masks. */
  layers: string[];
  /** struct policy without lease and name filter. */
  masks: { layers: Record<Category, number>; all: number; monitor: number };
  paths: PathRow[];
  names: NameRow[];
  addresses: AddressRow[];
  portSets: PortSegment[][];
  unenforced: Unenforced[];
}

/** `count` entries of one map, keys and values back to back. */
export interface MapRows {
  keys: Buffer;
  values: Buffer;
  count: number;
}

export interface PolicyRows {
  /** Number of the policy, as all keys carry it. */
  policy: number;
  /** struct policy: the value of policies[policy]. */
  head: Buffer;
  paths: MapRows;
  names: MapRows;
  addresses: MapRows;
  ports: MapRows;
}
