/**
 * Which addresses of an answer a process may be given: those on the public internet that are not this host's own, and
 * those that a rule by address takes in.
 */
import { networkInterfaces } from 'node:os';
import { formatAddress, isPublic, parseAddress } from '../../contract/address.ts';

/** How long the list of the host's own addresses is believed. */
const OWN_MS = 1000;

export class OwnAddresses {
  #addresses = new Set<string>();
  #readMs = Number.NEGATIVE_INFINITY;

  has(bytes: Uint8Array): boolean {
    const nowMs = performance.now();
    if (nowMs - this.#readMs > OWN_MS) {
      this.#readMs = nowMs;
      const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
      this.#addresses = new Set(
        all.flatMap(({ address }) => {
          const own = parseAddress(address.split('%')[0]!)?.bytes;
          return own ? [formatAddress(own)] : [];
        }),
      );
    }
    return this.#addresses.has(formatAddress(bytes));
  }
}

/** What names lead to, and what they must not. */
export function sortAddresses(
  addresses: readonly Uint8Array[],
  own: OwnAddresses,
  ruled: (bytes: Uint8Array) => boolean,
): { given: Uint8Array[]; removed: Uint8Array[] } {
  const good = (bytes: Uint8Array) => (isPublic(bytes) && !own.has(bytes)) || ruled(bytes);
  return { given: addresses.filter(good), removed: addresses.filter((address) => !good(address)) };
}
