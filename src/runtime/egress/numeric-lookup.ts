/**
 * In place of node's own look-up, for datagram sockets that are told numeric addresses and nothing else: that one puts each
 * datagram and each connection off to its next turn, to say that an address is one.
 */
import { isIP } from 'node:net';

export function numericLookup(
  address: string,
  _options: unknown,
  done: (error: null, address: string, family: number) => void,
): void {
  done(null, address, isIP(address));
}
