/**
 * The resolver in network namespaces of containers and the like: sockets of this process, on loopback there.
 *
 * In:  a run with a process in another network namespace. Out: DNS of governed processes there is answered as here, until
 *      none of them is left. Bounded: past NETWORKS_MOST it stays refused, and is told.
 */
import { closeSync, fstatSync, openSync, statSync } from 'node:fs';
import { WarderError } from '../../base/error.ts';
import { loadAddon, type OpenedSockets } from '../../kernel/addon.ts';
import type { KernelResolvers } from '../../kernel/named.ts';

/** Network namespaces at once. */
const NETWORKS_MOST = 256;
/** How often at most the kernel's word that nobody answers somewhere is looked after. */
const PAUSE_MS = 5;
/** How long one where no socket could be opened is left alone. */
const FAILED_MS = 1000;

interface Network {
  /** Of the namespace: it is held by this. */
  descriptor: number;
  cookie: bigint;
}

export interface OtherNetworksOptions {
  kernel: KernelResolvers;
  /** Takes the sockets, and the namespace's descriptor. */
  listen: (network: number, opened: OpenedSockets) => void;
  /** Closes them. */
  leave: (network: number) => void;
  /** Whether a process is under a run now. */
  isOf: (run: number, pid: number) => boolean;
  onProblem: (error: unknown) => void;
}

export class OtherNetworks {
  readonly #options: OtherNetworksOptions;
  /** By inode of the namespace; null while one could not be opened. */
  readonly #networks = new Map<bigint, { runs: Set<number>; network: Network | null }>();
  readonly #own = networkOf('self');
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(options: OtherNetworksOptions) {
    this.#options = options;
  }

  /** Nobody answered a process: where it is in another namespace, somebody does from here on. */
  unanswered(run: number, pid: number): void {
    const nowMs = performance.now();
    if (nowMs - this.#lastMs < PAUSE_MS) return;
    this.#lastMs = nowMs;
    this.reach(run, pid);
  }

  /** Opens sockets where a process of a run is, if that is elsewhere and there are none. */
  reach(run: number, pid: number): void {
    const id = networkOf(pid);
    if (id === null || id === this.#own) return;
    const known = this.#networks.get(id);
    if (known) known.runs.add(run);
    else this.#open(run, pid, id);
  }

  #open(run: number, pid: number, id: bigint): void {
    if (this.#networks.size >= NETWORKS_MOST) {
      this.#options.onProblem(tooMany());
      return;
    }
    let descriptor: number | undefined;
    try {
      descriptor = openSync(`/proc/${pid}/ns/net`, 'r');
      // The number may be another process's by now.
      if (fstatSync(descriptor, { bigint: true }).ino !== id || !this.#options.isOf(run, pid)) return;
      const entry = { runs: new Set([run]), network: null as Network | null };
      this.#networks.set(id, entry);
      entry.network = this.#serve(descriptor);
      descriptor = undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return; // it ended
      this.#options.onProblem(error);
      setTimeout(() => this.#networks.delete(id), FAILED_MS).unref();
    } finally {
      if (descriptor !== undefined) closeSync(descriptor);
    }
  }

  #serve(descriptor: number): Network {
    const { kernel, listen } = this.#options;
    const opened = loadAddon().resolverSockets(descriptor);
    listen(descriptor, opened);
    kernel.setResolver(opened.cookie, opened.ports);
    return { descriptor, cookie: opened.cookie };
  }

  /** A run is over. */
  forget(run: number): void {
    for (const [id, entry] of this.#networks) {
      entry.runs.delete(run);
      if (entry.runs.size === 0) this.#close(id);
    }
  }

  /** Lets go of those that no process is in: a namespace ends with the last that holds it, and this is one. */
  sweep(processes: () => readonly number[]): void {
    if (this.#networks.size === 0) return;
    const used = new Set(processes().map(networkOf));
    for (const id of [...this.#networks.keys()]) if (!used.has(id)) this.#close(id);
  }

  close(): void {
    for (const id of [...this.#networks.keys()]) this.#close(id);
  }

  #close(id: bigint): void {
    const network = this.#networks.get(id)?.network;
    this.#networks.delete(id);
    if (!network) return;
    try {
      this.#options.kernel.setResolver(network.cookie, null);
    } catch (error) {
      this.#options.onProblem(error);
    }
    this.#options.leave(network.descriptor);
  }
}

/** The inode of the network namespace that a process is in; null where there is no such process. */
function networkOf(pid: number | 'self'): bigint | null {
  try {
    return statSync(`/proc/${pid}/ns/net`, { bigint: true }).ino;
  } catch {
    return null;
  }
}

function tooMany(): WarderError {
  return new WarderError(
    'NAMES_NETWORKS',
    `agents are in more than ${NETWORKS_MOST} network namespaces: names are refused in further ones`,
    'end runs that are not needed, or give their policies rules by address',
  );
}
