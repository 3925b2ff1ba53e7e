/**
 * How many connections strangers may hold: each costs a file descriptor and memory, and asks for no credential. One that a
 * known caller has called by counts no more.
 *
 * In:     connections to the ports that a gateway listens at; who is known (access.ts).
 * Out:    past a bound the oldest connection of a stranger is ended, so that whoever comes next is heard: those who hold
 *         many have nothing of it, and a host behind the same address still gets in. Counted.
 *
 * grpc-js shows no connections, so this listens where node says that one came.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { networkOf } from './network-of.ts';

const CHANNEL = 'net.server.socket';
export const STRANGE_CONNECTIONS = { ofNetwork: 256, inAll: 2048 } as const;

interface Bounds {
  ofNetwork: number;
  inAll: number;
}

export class Connections {
  readonly #bounds: Bounds;
  /** By `address:port`, oldest first. */
  readonly #strange = new Map<string, { socket: Socket; network: string }>();
  readonly #ofNetworks = new Map<string, Set<string>>();
  readonly #ports = new Set<number>();
  readonly #onSocket = (message: unknown): void => this.#came((message as { socket: Socket }).socket);
  ended = 0;

  constructor(bounds: Bounds = STRANGE_CONNECTIONS) {
    this.#bounds = bounds;
    subscribe(CHANNEL, this.#onSocket);
  }

  /** @param address that the gateway listens at: `host:port`; of a unix socket its mode says who connects */
  listensAt(address: string): void {
    const port = /:(\d+)$/.exec(address)?.[1];
    if (port !== undefined && !address.startsWith('unix:')) this.#ports.add(Number(port));
  }

  /** @param peer who was found to be known, as gRPC says it */
  known(peer: string): void {
    this.#forget(peer);
  }

  close(): void {
    unsubscribe(CHANNEL, this.#onSocket);
    this.#strange.clear();
    this.#ofNetworks.clear();
  }

  #came(socket: Socket): void {
    const { remoteAddress, remotePort, localPort = 0 } = socket;
    if (remoteAddress === undefined || !this.#ports.has(localPort)) return;
    const peer = `${remoteAddress}:${remotePort}`;
    const network = networkOf(peer);
    const ofNetwork = this.#ofNetworks.get(network) ?? new Set();
    this.#strange.set(peer, { socket, network });
    this.#ofNetworks.set(network, ofNetwork.add(peer));
    socket.once('close', () => this.#forget(peer));
    if (ofNetwork.size > this.#bounds.ofNetwork) this.#end(ofNetwork.values().next().value!);
    else if (this.#strange.size > this.#bounds.inAll) this.#end(this.#strange.keys().next().value!);
  }

  #end(peer: string): void {
    const { socket } = this.#strange.get(peer)!;
    this.#forget(peer);
    this.ended++;
    socket.destroy();
  }

  #forget(peer: string): void {
    const known = this.#strange.get(peer);
    if (!known) return;
    this.#strange.delete(peer);
    const ofNetwork = this.#ofNetworks.get(known.network);
    ofNetwork?.delete(peer);
    if (ofNetwork?.size === 0) this.#ofNetworks.delete(known.network);
  }
}
