/**
 * Egress by name on one host, from the runtime's thread: the resolver's own thread, its sockets, and the kernel's word of
 * where they are. The thread is there from the first policy on that the kernel leads DNS for.
 *
 * In:  the kernel's word on resolvers; the policies of runs. Out: look-ups as they are told.
 * Throws: NAMES_SOCKET where there is no port to be had, NAMES_THREAD where the thread does not answer.
 */
import { WarderError } from '../../base/error.ts';
import { loadAddon } from '../../kernel/addon.ts';
import type { Asker, KernelResolvers } from '../../kernel/named.ts';
import type { CompiledPolicy } from '../../kernel/policy-rows.ts';
import type { NameJudge } from '../enforcement/judge-name.ts';
import { GivenNames } from './given-names.ts';
import type { LookupTold } from './lookup.ts';
import type { FromThread, Lookup } from './messages.ts';
import { namePolicy } from './name-policy.ts';
import { OtherNetworks } from './other-networks.ts';
import type { Server } from './resolv-conf.ts';
import { errorOf, ResolverThread } from './resolver-thread.ts';

export interface NamesOptions {
  /** @param unixNs when it was answered */
  tell: (asker: Asker, told: LookupTold, unixNs: bigint) => void;
  /** Whether the redactor of a run finds a secret in a text. */
  holdsSecret: (run: number, text: string) => boolean;
  onProblem: (error: unknown) => void;
  /** In place of the host's; none: the host's. */
  servers: readonly Server[] | undefined;
  /** Processes under runs. */
  processes: () => readonly { run: number; tgid: number }[];
  /** Whether a process is under a run now. */
  isOf: (run: number, pid: number) => boolean;
}

/** How often network namespaces that nobody is in are let go. */
const ROUND_MS = 20_000;
/** A descriptor of none: this process's own. */
const OWN_NETWORK = -1;
/** The thread hears of what was heard of it in lots of this many. */
const SEEN_LOT = 128;

export class Names {
  readonly #kernel: KernelResolvers;
  readonly #options: NamesOptions;
  readonly #others: OtherNetworks;
  readonly #round: NodeJS.Timeout;
  readonly #given = new GivenNames();
  /** By run: look-ups that were heard of, and that the thread does not know of yet. */
  readonly #seen = new Map<number, number>();
  /** Whose policies were entered, until they are over. */
  readonly #runs = new Set<number>();
  #servers: readonly Server[] | undefined;
  #thread: ResolverThread | undefined;

  constructor(kernel: KernelResolvers, options: NamesOptions) {
    const { isOf, onProblem, processes, servers } = options;
    this.#kernel = kernel;
    this.#options = options;
    this.#servers = servers;
    this.#others = new OtherNetworks({
      ...{ kernel, isOf, onProblem },
      listen: (network, opened) => this.#thread?.post({ kind: 'listen', network, opened }),
      leave: (network) => this.#thread?.post({ kind: 'leave', network }),
    });
    this.#round = setInterval(
      () => this.#others.sweep(() => processes().map(({ tgid }) => tgid)),
      ROUND_MS,
    ).unref();
  }

  /** One that was here before may have left word of resolvers of its own. */
  takeOver(): void {
    this.#kernel.clearResolvers();
  }

  /** From here on names are asked of these. */
  ask(servers: readonly Server[] | undefined): void {
    this.#servers = servers;
    this.#thread?.post({ kind: 'servers', servers });
  }

  /**
   * A policy is about to be in force, under its number.
   *
   * @param follows another one in force: then what was given for that is given for this one when this returns; otherwise
   *        what `/etc/hosts` says is, once settled() resolves
   */
  enter(run: number, policy: number, compiled: CompiledPolicy, follows: boolean): void {
    const says = namePolicy(compiled);
    if (!says) return;
    this.#runs.add(run);
    this.#thread ??= this.#open();
    this.#thread.post({ kind: 'policy', run, policy, says });
    if (follows) this.#thread.finish();
  }

  /** A policy is not in force any more, or never was. */
  leave(run: number, policy: number): void {
    this.#thread?.post({ kind: 'remove', run, policy });
  }

  /** Resolves once what was entered is in the kernel, and all look-ups that were answered before are heard of. */
  async settled(): Promise<void> {
    await this.#thread?.finished();
  }

  /** Hears what addresses were given so far. */
  drain(): void {
    this.#thread?.drain();
  }

  /** The name that an address was last given to a run for; with `rule`, by preference one that this rule is about. */
  nameOf(run: number, address: string, rule: number, judge: NameJudge | undefined): string | undefined {
    return this.#given.nameOf(run, address, rule, judge);
  }

  #open(): ResolverThread {
    try {
      const opened = loadAddon().resolverSockets(OWN_NETWORK);
      const thread = new ResolverThread(this.#kernel.descriptors(), (message) => this.#hear(message));
      thread.post({ kind: 'servers', servers: this.#servers });
      thread.post({ kind: 'listen', network: OWN_NETWORK, opened });
      this.#kernel.clearResolvers();
      this.#kernel.setResolver(opened.cookie, opened.ports);
      return thread;
    } catch (error) {
      throw new WarderError(
        'NAMES_SOCKET',
        `the resolver has no socket on loopback: ${(error as Error).message}`,
        'bring the loopback interface up (ip link set lo up)',
        { cause: error },
      );
    }
  }

  #hear(message: FromThread): void {
    if (message.kind === 'given') {
      const { run, address, name } = message;
      if (this.#runs.has(run)) this.#given.add(run, address, name);
    } else if (message.kind === 'told') for (const lookup of message.lookups) this.#heard(lookup);
    else if (message.kind === 'secret') {
      const { id, run, name } = message;
      this.#thread?.post({ kind: 'secret', id, holds: this.#options.holdsSecret(run, name) });
    } else if (message.kind === 'problem') this.#options.onProblem(errorOf(message.fault));
  }

  #heard({ asker, told, unixNs }: Lookup): void {
    this.#options.tell(asker, told, unixNs);
    const count = (this.#seen.get(asker.run) ?? 0) + 1;
    this.#seen.set(asker.run, count % SEEN_LOT);
    if (count === SEEN_LOT) this.#thread?.post({ kind: 'seen', run: asker.run, count });
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
    this.#thread?.post({ kind: 'forget', run });
    this.#others.forget(run);
    this.#runs.delete(run);
    this.#given.forget(run);
    this.#seen.delete(run);
  }

  /** What is led here from now on is refused by nobody being there: at once. */
  close(): void {
    clearInterval(this.#round);
    this.#others.close();
    this.#thread?.close();
    this.#thread = undefined;
  }
}
