/**
 * Egress by name on one host: the resolver, its sockets, and the kernel's word of where they are.
 *
 * In:  the sensor's map functions; which policy a run has. Out: answered look-ups, told as events.
 * Throws: NAMES_SOCKET where there is no port to be had.
 */
import { WarderError } from '../../base/error.ts';
import { loadAddon } from '../../kernel/addon.ts';
import type { KernelNames } from '../../kernel/named.ts';
import { OwnAddresses } from './given-addresses.ts';
import { HostsFile } from './hosts-file.ts';
import type { PolicyNames } from './policy-names.ts';
import { Resolver, type ResolverOptions } from './resolver.ts';
import { ResolverSockets } from './sockets.ts';

/** How often lines of /etc/hosts are given again. */
const HOSTS_MS = 20_000;

export interface NamesOptions extends Omit<ResolverOptions, 'hosts'> {
  /** Of every run. */
  all: () => readonly PolicyNames[];
}

export class Names {
  readonly #kernel: KernelNames;
  readonly #resolver: Resolver;
  readonly #options: NamesOptions;
  readonly #hosts = new HostsFile();
  readonly #own = new OwnAddresses();
  readonly #hostsTimer: NodeJS.Timeout;
  #sockets: Promise<ResolverSockets> | undefined;
  #closed = false;

  constructor(kernel: KernelNames, options: NamesOptions) {
    this.#kernel = kernel;
    this.#resolver = new Resolver({ ...options, hosts: this.#hosts });
    this.#options = options;
    this.#hostsTimer = setInterval(() => {
      for (const names of options.all()) this.giveHosts(names);
    }, HOSTS_MS).unref();
  }

  /** What /etc/hosts says of the names that a policy allows: for one that comes into force, and then again and again. */
  giveHosts(names: PolicyNames): void {
    try {
      names.giveHosts(this.#hosts.names(), (bytes) => this.#own.has(bytes));
    } catch (error) {
      this.#options.onProblem(error);
    }
  }

  /** From here on DNS of governed processes is led here. Once; again it is nothing. */
  async open(): Promise<void> {
    this.#sockets ??= this.#open();
    await this.#sockets;
  }

  async #open(): Promise<ResolverSockets> {
    const sockets = await ResolverSockets.open({
      askerOf: (asking) => {
        try {
          return this.#kernel.askerOf(asking);
        } catch (error) {
          this.#options.onProblem(error);
          return null;
        }
      },
      answer: (asker, message, transport) => this.#resolver.answer(asker, message, transport),
    }).catch((error) => {
      this.#sockets = undefined;
      throw new WarderError(
        'NAMES_SOCKET',
        `the resolver has no socket on loopback: ${error.message}`,
        'bring the loopback interface up (ip link set lo up)',
        { cause: error },
      );
    });
    if (this.#closed) sockets.close();
    else this.#kernel.setResolver(loadAddon().networkCookie(), sockets.ports);
    return sockets;
  }

  /** A run is over. */
  forget(run: number): void {
    this.#resolver.forget(run);
  }

  /** What is led here from now on is refused by nobody being there: at once. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#hostsTimer);
    void this.#sockets?.then((sockets) => sockets.close()).catch(() => {});
  }
}
