/**
 * IPv4 and IPv6 addresses as bytes in network order, and prefixes of them.
 *
 * An IPv4-mapped IPv6 address (::ffff:a.b.c.d) is the IPv4 address: the kernel programs judge it so.
 * Text in: what node:net takes (RFC 4291, no zone). Nothing throws: what is no address is null.
 */
import { isIPv4, isIPv6 } from 'node:net';

export interface Address {
  family: 4 | 6;
  /** Four or sixteen. */
  bytes: Uint8Array;
}

/** No zone (`%eth0`): an address rule is about addresses, not links. */
export function parseAddress(text: string): Address | null {
  if (isIPv4(text)) return { family: 4, bytes: Uint8Array.from(text.split('.'), Number) };
  if (!isIPv6(text) || text.includes('%')) return null;
  return unmapped({ family: 6, bytes: ipv6Bytes(text) });
}

export function isMapped(bytes: Uint8Array): boolean {
  return (
    bytes.length === 16 &&
    bytes.subarray(0, 10).every((byte) => byte === 0) &&
    bytes[10] === 0xff &&
    bytes[11] === 0xff
  );
}

function unmapped(address: Address): Address {
  return isMapped(address.bytes) ? { family: 4, bytes: address.bytes.slice(12) } : address;
}

/** The sixteen bytes of a valid IPv6 text, mapped or not. */
export function ipv6Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(16);
  const [head = '', tail] = text.split('::');
  const first = groups(head);
  const last = tail === undefined ? [] : groups(tail);
  bytes.set(first, 0);
  bytes.set(last, 16 - last.length);
  return bytes;
}

function groups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

/** The address with all bits behind the first `prefix` set to 0. */
export function maskAddress(bytes: Uint8Array, prefix: number): Uint8Array {
  return bytes.map((byte, index) => {
    const bits = Math.min(8, Math.max(0, prefix - index * 8));
    return byte & (0xff << (8 - bits));
  });
}

/** Whether the first `prefix` bits of both are the same. Both of one family. */
export function prefixContains(network: Uint8Array, prefix: number, bytes: Uint8Array): boolean {
  if (network.length !== bytes.length) return false;
  const whole = prefix >> 3;
  for (let at = 0; at < whole; at++) if (network[at] !== bytes[at]) return false;
  const rest = prefix & 7;
  return rest === 0 || (network[whole]! ^ bytes[whole]!) >> (8 - rest) === 0;
}

/** `10.0.0.1`, or IPv6 in the short form of RFC 5952. */
export function formatAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const words: number[] = [];
  for (let at = 0; at < 16; at += 2) words.push((bytes[at]! << 8) | bytes[at + 1]!);
  const zeros = longestZeros(words);
  const hex = (from: number, to: number) =>
    words
      .slice(from, to)
      .map((word) => word.toString(16))
      .join(':');
  return zeros.length < 2 ? hex(0, 8) : `${hex(0, zeros.at)}::${hex(zeros.at + zeros.length, 8)}`;
}

function longestZeros(words: readonly number[]): { at: number; length: number } {
  let best = { at: 0, length: 0 };
  for (let at = 0; at < words.length; at++) {
    let length = 0;
    while (words[at + length] === 0) length++;
    if (length > best.length) best = { at, length };
  }
  return best;
}

/** Not to be reached through a host name: private, loopback, link-local, metadata, shared, multicast, reserved. */
const NOT_PUBLIC: readonly (readonly [network: string, prefix: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
  // All of IPv6 but global unicast, which is 2000::/3; of that, what carries an IPv4 address or is for one site.
  ['::', 3],
  ['4000::', 2],
  ['8000::', 1],
  ['2001::', 23],
  ['2002::', 16],
];

const NOT_PUBLIC_NETWORKS = NOT_PUBLIC.map(([network, prefix]) => ({
  bytes: network.includes(':') ? ipv6Bytes(network) : Uint8Array.from(network.split('.'), Number),
  prefix,
}));

/** Whether an address is on the public internet. IANA special-purpose registries, as of 2024. */
export function isPublic(bytes: Uint8Array): boolean {
  return !NOT_PUBLIC_NETWORKS.some((network) => prefixContains(network.bytes, network.prefix, bytes));
}

/** The address a connection goes to: unspecified is loopback (inet(7), ipv6(7)), mapped is IPv4. */
export function connectedAddress(bytes: Uint8Array): Uint8Array {
  const address = isMapped(bytes) ? bytes.slice(12) : bytes;
  if (address.some((byte) => byte !== 0)) return address;
  return address.length === 4 ? Uint8Array.of(127, 0, 0, 1) : ipv6Bytes('::1');
}
