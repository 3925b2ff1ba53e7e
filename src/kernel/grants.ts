/**
 * Grants as bytes: a person's yes to one held action, as bpf/policy.h lays it out.
 *
 * In:  a grant, the number of the kernel policy that holds. Out: the map, its key.
 * Null for a path that is longer than a key, or no address: it cannot be granted.
 */
import { parseAddress } from '../contract/address.ts';
import type { Category } from '../contract/pattern.ts';
import { constants, enums, layout } from './generated/layout.ts';

export interface PathGrant {
  category: Category;
  /** Absolute and resolved, or "@name". */
  path: string;
  /** The process that may execute it; 0 for everything but exec. */
  tgid: number;
}

export interface AddressGrant {
  category: Category;
  protocol: 'tcp' | 'udp';
  /** As inet_ntop writes it. */
  address: string;
  port: number;
}

export type Grant = PathGrant | AddressGrant;

const AF_INET = 2;
const AF_INET6 = 10;
const IPPROTO = { tcp: 6, udp: 17 };

export function grantKey(
  grant: Grant,
  policy: number,
): { map: 'path_grants' | 'address_grants'; key: Buffer } | null {
  return 'path' in grant ? pathKey(grant, policy) : addressKey(grant, policy);
}

function pathKey({ category, path, tgid }: PathGrant, policy: number) {
  const { fields, size } = layout.path_grant_key;
  const bytes = Buffer.from(path);
  if (bytes.length >= constants.PATH_RULE_BYTES) return null;
  const key = Buffer.alloc(size);
  key.writeUInt32LE(policy, fields.policy.offset);
  key.writeUInt32LE(categoryNumber(category), fields.category.offset);
  key.writeUInt32LE(tgid, fields.tgid.offset);
  bytes.copy(key, fields.path.offset);
  return { map: 'path_grants' as const, key };
}

function addressKey({ category, protocol, address, port }: AddressGrant, policy: number) {
  const { fields, size } = layout.address_grant_key;
  const bytes = parseAddress(address)?.bytes;
  if (!bytes) return null;
  const key = Buffer.alloc(size);
  key.writeUInt32LE(policy, fields.policy.offset);
  key.writeUInt8(categoryNumber(category), fields.category.offset);
  key.writeUInt8(bytes.length === 4 ? AF_INET : AF_INET6, fields.family.offset);
  key.writeUInt8(IPPROTO[protocol], fields.protocol.offset);
  key.writeUInt16LE(port, fields.port.offset);
  key.set(bytes, fields.address.offset);
  return { map: 'address_grants' as const, key };
}

function categoryNumber(category: Category): number {
  return enums.category[`CATEGORY_${category.toUpperCase()}` as keyof typeof enums.category];
}
