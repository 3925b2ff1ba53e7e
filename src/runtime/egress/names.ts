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
import { OtherNetworks } from './other-networks.ts';
import type { PolicyNames } from './policy-names.ts';
import { Resolver, type ResolverOptions } from './resolver.ts';
import { type Handler, ResolverSockets } from './sockets.ts';

export interface NamesOptions extends Omit<ResolverOptions, 'hosts'> {
  /** Of every run. */
  all: () => readonly PolicyNames[];
  /** Processes under runs. */
  processes: () => readonly { run: number; tgid: number }[];
  /** Whether a process is under a run now. */
  isOf: (run: number, pid: number) => boolean;
}

/** How often what is there is looked at: lines of /etc/hosts are given again, network namespaces that nobody is in let go. */
const ROUND_MS = 20_000;
/** A descriptor of none: this process's own. */
const OWN_NETWORK = -1;

export class Names {
  readonly #kernel: KernelNames;
  readonly #resolver: Resolver;
  readonly #options: NamesOptions;
  readonly #hosts = new HostsFile();
  readonly #own = new OwnAddresses();
  readonly #others: OtherNetworks;
  readonly #round: NodeJS.Timeout;
  #sockets: ResolverSockets | undefined;

  constructor(kernel: KernelNames, options: NamesOptions) {
    const { isOf, onProblem, processes } = options;
    this.#kernel = kernel;
    this.#resolver = new Resolver({ ...options, hosts: this.#hosts });
    this.#options = options;
    const handler = (network: number) => this.#handler(network);
    this.#others = new OtherNetworks({ kernel, handler, isOf, onProblem });
    this.#round = setInterval(() => {
      for (const names of options.all()) this.giveHosts(names);
      this.#others.sweep(() => processes().map(({ tgid }) => tgid));
    }, ROUND_MS).unref();
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
  open(): void {
    if (this.#sockets) return;
    try {
      const opened = loadAddon().resolverSockets(OWN_NETWORK);
      this.#sockets = new ResolverSockets(this.#handler(OWN_NETWORK), opened);
      this.#kernel.clearResolvers();
      this.#kernel.setResolver(opened.cookie, opened.ports);
    } catch (error) {
      throw new WarderError(
        'NAMES_SOCKET',
        `the resolver has no socket on loopback: ${(error as Error).message}`,
        'bring the loopback interface up (ip link set lo up)',
        { cause: error },
      );
    }
  }

  #handler(network: number): Handler {
    return {
      askerOf: (asking) => {
        try {
          return this.#kernel.askerOf(asking, network);
        } catch (error) {
          this.#options.onProblem(error);
          return null;
        }
      },
      answer: (asker, message, transport) => this.#resolver.answer(asker, message, transport),
    };
  }

  /** Processes came under a run that may be in other network namespaces: they are answered there as well. */
  reach(run: number): void {
    for (const process of this.#options.processes())
      if (process.run === run) this.#others.reach(run, process.tgid);
  }

  /** The kernel had to refuse a question of this process, for want of somebody to answer it there. */
  unanswered(run: number, pid: number): void {
    this.#others.unanswered(run, pid);
  }

  /** A run is over. */
  forget(run: number): void {
    this.#resolver.forget(run);
    this.#others.forget(run);
  }

  /** What is led here from now on is refused by nobody being there: at once. */
  close(): void {
    clearInterval(this.#round);
    this.#others.close();
    this.#sockets?.close();
  }
}
