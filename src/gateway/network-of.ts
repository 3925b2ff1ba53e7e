/**
 * Where somebody comes from, as limits count: one address of IPv4; of IPv6 its network of 64 bits, of which whoever
 * has one address has them all.
 *
 * In:  `10.0.0.1:80`, `::1:80`, `[::1]:80`, or an address alone. Out: a text to count by. Nothing throws.
 */
import { formatAddress, maskAddress, parseAddress } from '../contract/address.ts';

const NETWORK_BITS = 64;

export function networkOf(peer: string): string {
  const host = peer.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  const address = parseAddress(host.replace(/%.*$/, ''));
  if (address?.family !== 6) return address ? formatAddress(address.bytes) : host;
  return `${formatAddress(maskAddress(address.bytes, NETWORK_BITS))}/${NETWORK_BITS}`;
}
