/** Two sockets joined to one, for relays that a test can cut: what ends one end ends the other. */
import type { Socket } from 'node:net';

/** @param open holds both for as long as they are open */
export function joinSockets(near: Socket, far: Socket, open: Set<Socket>): void {
  for (const [one, other] of [
    [near, far],
    [far, near],
  ] as const) {
    open.add(one);
    one.on('error', () => {});
    one.on('close', () => {
      open.delete(one);
      other.destroy();
    });
    one.pipe(other);
  }
}
