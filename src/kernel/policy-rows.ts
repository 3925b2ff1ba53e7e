/**
 * A compiled policy, and its rows as bytes for the kernel's policy maps.
 *
 * The shapes here are bpf/policy.h without its bytes: the runtime compiles into them, `encodeRows` lays them
 * out by the offsets that the build took from BTF. Little-endian, as the maps are.
 *
 * Throws: KERNEL_ROW for a row that no key can hold. The compiler refuses such rules before.
 */
import { WarderError } from '../base/error.ts';
import type { RuleRef } from '../contract/messages.ts';
import { CATEGORIES, type Category, type Privilege } from '../contract/pattern.ts';
import { constants, enums, layout } from './generated/layout.ts';

/** What all rules that match say together: a bit per layer, the lowest rule number of each effect, 0 for none. */
export interface RuleMatch {
  allow: number;
  hold: number;
  deny: number;
  /** Layers that deny to run here what may be written, unless they allow or hold the content. */
  guard: number;
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

/** What `exec` says of one content. */
export interface ContentRow {
  /** SHA-256. */
  digest: Buffer;
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

/** A rule of `connect` by host name. It has no row of its own: addresses get one as they are given for names. */
export interface HostRow {
  name: string;
  /** Names under it, and not itself. */
  under: boolean;
  protocol: 'tcp' | 'udp' | null;
  from: number;
  to: number;
  /** What it adds to what it matches. */
  rule: { number: number; effect: 'allow' | 'hold' | 'deny'; layers: number; monitored: boolean };
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

/** A bit per layer: those that have a category, those of documents, those that only monitor. */
export interface LayerMasks {
  layers: Record<Category, number>;
  all: number;
  monitor: number;
}

export interface CompiledPolicy {
  /** Rule number n is at n - 1. */
  rules: RuleRef[];
  /** By bit in the masks. */
  layers: string[];
  masks: LayerMasks;
  /** Granted in force, and were every monitoring layer enforcing. */
  privileges: { granted: Privilege[]; would: Privilege[] };
  paths: PathRow[];
  /** Directories above a place that a rule refuses, each by its own name: moving one would move that place. */
  pinned: Omit<PathRow, 'category'>[];
  names: NameRow[];
  contents: ContentRow[];
  addresses: AddressRow[];
  portSets: PortSegment[][];
  hosts: HostRow[];
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
  /** struct policy: the value of policies[policy]. Its lease is 0, which denies everything: the sensor sets it. */
  head: Buffer;
  paths: MapRows;
  names: MapRows;
  contents: MapRows;
  addresses: MapRows;
  ports: MapRows;
}

const AF_INET = 2;
const AF_INET6 = 10;
const IPPROTO = { tcp: 6, udp: 17 } as const;
/** In keys, the bits in front of a path or an address: all between the prefix length and it. */
const HEAD_BITS = {
  path: (layout.path_key.fields.path.offset - layout.path_key.fields.policy.offset) * 8,
  address: (layout.address_key.fields.address.offset - layout.address_key.fields.policy.offset) * 8,
};

export function encodeRows(compiled: CompiledPolicy, policy: number): PolicyRows {
  return {
    policy,
    head: encodeHead(compiled),
    paths: encodeMap(
      [
        ...compiled.paths.map((row) => ({ ...row, number: categoryNumber(row.category) })),
        ...compiled.pinned.map((row) => ({ ...row, number: constants.CATEGORY_PINNED })),
      ],
      layout.path_key.size,
      layout.rule_match.size,
      (row, key, value) => {
        encodePathKey(row.prefix, row.number, policy, key);
        encodeMatch(row.match, value);
      },
    ),
    names: encodeMap(compiled.names, layout.name_key.size, layout.rule_match.size, (row, key, value) => {
      encodeNameKey(row, policy, key);
      encodeMatch(row.match, value);
    }),
    contents: encodeMap(
      compiled.contents,
      layout.content_rule_key.size,
      layout.rule_match.size,
      (row, key, value) => {
        key.writeUInt32LE(policy, layout.content_rule_key.fields.policy.offset);
        row.digest.copy(key, layout.content_rule_key.fields.digest.offset);
        encodeMatch(row.match, value);
      },
    ),
    addresses: encodeMap(
      compiled.addresses,
      layout.address_key.size,
      layout.port_set.size,
      (row, key, value) => {
        encodeAddressKey(row, policy, key);
        value.writeUInt32LE(row.portSet, layout.port_set.fields.set.offset);
        value.writeUInt32LE(compiled.portSets[row.portSet]!.length, layout.port_set.fields.count.offset);
      },
    ),
    ports: encodePorts(compiled.portSets, policy),
  };
}

type EncodeRow<Row> = (row: Row, key: Buffer, value: Buffer) => void;

function encodeMap<Row>(
  rows: readonly Row[],
  keyBytes: number,
  valueBytes: number,
  encode: EncodeRow<Row>,
): MapRows {
  const keys = Buffer.alloc(rows.length * keyBytes);
  const values = Buffer.alloc(rows.length * valueBytes);
  rows.forEach((row, index) => {
    const key = keys.subarray(index * keyBytes, (index + 1) * keyBytes);
    encode(row, key, values.subarray(index * valueBytes, (index + 1) * valueBytes));
  });
  return { keys, values, count: rows.length };
}

function encodeHead({ masks, names, contents, privileges, hosts }: CompiledPolicy): Buffer {
  const { fields, size } = layout.policy;
  const head = Buffer.alloc(size);
  const each = {
    layers: fields.layers.size / CATEGORIES.length,
    names: fields.names.size / CATEGORIES.length,
  };
  for (const category of CATEGORIES) {
    const index = categoryNumber(category);
    head.writeUInt16LE(masks.layers[category], fields.layers.offset + index * each.layers);
    nameFilter(names, category, head.subarray(fields.names.offset + index * each.names));
  }
  // A policy that only monitors learns names, too.
  const named = hosts.length > 0 || (masks.all !== 0 && (masks.all & ~masks.monitor) === 0);
  head.writeUInt16LE(named ? enums.policy_flag.POLICY_NAMES : 0, fields.flags.offset);
  head.writeUInt16LE(masks.all, fields.all.offset);
  head.writeUInt16LE(masks.monitor, fields.monitor.offset);
  for (const { match } of contents) {
    const allow = head.readUInt16LE(fields.content_allow.offset) | match.allow;
    const refuse = head.readUInt16LE(fields.content_refuse.offset) | match.hold | match.deny;
    head.writeUInt16LE(allow, fields.content_allow.offset);
    head.writeUInt16LE(refuse, fields.content_refuse.offset);
  }
  head.writeUInt32LE(privilegeBits(privileges.granted), fields.privileged.offset);
  head.writeUInt32LE(privilegeBits(privileges.would), fields.privileged_would.offset);
  return head;
}

/** struct policy's `names`: which names are worth a look-up. name_hash() of bpf/decide.h. */
function nameFilter(rows: readonly NameRow[], category: Category, words: Buffer): void {
  for (const { category: own, name } of rows) {
    if (own !== category) continue;
    const bit = (name[0]! * 7 + name[name.length - 1]! * 3 + name.length) & (constants.NAME_WORDS * 64 - 1);
    words[bit >> 3]! |= 1 << (bit & 7);
  }
}

function privilegeBits(privileges: readonly Privilege[]): number {
  return privileges.reduce((bits, privilege) => bits | privilegeNumber(privilege), 0);
}

/** `raw-socket` is PRIVILEGE_RAW_SOCKET. */
function privilegeNumber(privilege: Privilege): number {
  const name = `PRIVILEGE_${privilege.toUpperCase().replaceAll('-', '_')}` as keyof typeof enums.privilege;
  return enums.privilege[name];
}

function categoryNumber(category: Category): number {
  return enums.category[`CATEGORY_${category.toUpperCase()}` as keyof typeof enums.category];
}

function encodePathKey(prefix: Buffer, category: number, policy: number, key: Buffer): void {
  const { fields } = layout.path_key;
  fits('path', prefix.length, constants.PATH_RULE_BYTES);
  key.writeUInt32LE(HEAD_BITS.path + prefix.length * 8, fields.prefix_bits.offset);
  key.writeUInt32LE(policy, fields.policy.offset);
  key.writeUInt32LE(category, fields.category.offset);
  prefix.copy(key, fields.path.offset);
}

function encodeNameKey({ category, form, name }: NameRow, policy: number, key: Buffer): void {
  const { fields } = layout.name_key;
  fits('name', name.length, constants.NAME_RULE_BYTES);
  const { NAME_COMPONENT, NAME_EXTENSION } = enums.name_form;
  key.writeUInt32LE(policy, fields.policy.offset);
  key.writeUInt8(categoryNumber(category), fields.category.offset);
  key.writeUInt8(form === 'component' ? NAME_COMPONENT : NAME_EXTENSION, fields.form.offset);
  key.writeUInt8(name.length, fields.length.offset);
  name.copy(key, fields.name.offset);
}

function encodeAddressKey(row: AddressRow, policy: number, key: Buffer): void {
  const { fields } = layout.address_key;
  key.writeUInt32LE(HEAD_BITS.address + row.prefix, fields.prefix_bits.offset);
  key.writeUInt32LE(policy, fields.policy.offset);
  key.writeUInt8(categoryNumber(row.category), fields.category.offset);
  key.writeUInt8(row.family === 4 ? AF_INET : AF_INET6, fields.family.offset);
  key.writeUInt8(IPPROTO[row.protocol], fields.protocol.offset);
  key.set(row.bytes, fields.address.offset);
}

/** @param first number of the first of these sets */
export function encodePorts(portSets: readonly PortSegment[][], policy: number, first = 0): MapRows {
  const key = layout.port_key;
  const rule = layout.port_rule;
  const rows = portSets.flatMap((segments, set) =>
    segments.map((segment, index) => ({ set: first + set, index, segment })),
  );
  return encodeMap(rows, key.size, rule.size, ({ set, index, segment }, keyBytes, value) => {
    keyBytes.writeUInt32LE(policy, key.fields.policy.offset);
    keyBytes.writeUInt32LE(set, key.fields.set.offset);
    keyBytes.writeUInt32LE(index, key.fields.index.offset);
    value.writeUInt16LE(segment.from, rule.fields.from.offset);
    value.writeUInt16LE(segment.to, rule.fields.to.offset);
    encodeMatch(segment.match, value.subarray(rule.fields.match.offset));
  });
}

function encodeMatch(match: RuleMatch, value: Buffer): void {
  const { fields } = layout.rule_match;
  value.writeUInt16LE(match.allow, fields.allow.offset);
  value.writeUInt16LE(match.hold, fields.hold.offset);
  value.writeUInt16LE(match.deny, fields.deny.offset);
  value.writeUInt16LE(match.guard, fields.guard.offset);
  for (const index of [0, 1] as const) {
    value.writeUInt32LE(match.allowRule[index], fields.allow_rule.offset + index * 4);
    value.writeUInt32LE(match.holdRule[index], fields.hold_rule.offset + index * 4);
    value.writeUInt32LE(match.denyRule[index], fields.deny_rule.offset + index * 4);
  }
}

function fits(kind: string, bytes: number, most: number): void {
  if (bytes >= 1 && bytes <= most) return;
  throw new WarderError(
    'KERNEL_ROW',
    `a ${kind} row of ${bytes} bytes has no key: 1 to ${most} fit`,
    'report this: the compiler must refuse such a rule',
  );
}
