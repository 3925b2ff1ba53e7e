/**
 * The resolver of governed processes: what the policy of a run allows to be looked up is asked of the host's DNS
 * servers, everything else is refused at once.
 *
 * In:  a message, and who sent it by the kernel's word.
 * Out: an answer; before it, the addresses in it are let through for the run. One event for each question.
 * Nothing rejects: what goes wrong within is SERVFAIL to the process and a problem to the operator.
 */
import type { Asker } from '../../kernel/named.ts';
import { type Answer, writeAnswer, writeFault } from './answer.ts';
import { ReplyCache } from './cache.ts';
import { OwnAddresses } from './given-addresses.ts';
import { GivenAnswers } from './given-answer.ts';
import { HostsFile } from './hosts-file.ts';
import { RunLimits } from './limits.ts';
import { type Answered, type LookupTold, type Ruled, refused } from './lookup.ts';
import type { PolicyNames } from './policy-names.ts';
import { type Query, readQuery } from './query.ts';
import { type Asked, asked } from './question.ts';
import { ANSWERED, type Reply, TYPES, typeName } from './records.ts';
import { ResolvConf, type Server } from './resolv-conf.ts';
import { askUpstream, relay } from './upstream.ts';

export interface ResolverOptions {
  /** The names of a run's policy in force; undefined where the run is over. */
  namesOf: (run: number) => PolicyNames | undefined;
  tell: (asker: Asker, told: LookupTold) => void;
  /** Whether the redactor of a run finds a secret in a text. */
  holdsSecret: (run: number, text: string) => boolean | Promise<boolean>;
  onProblem: (error: unknown) => void;
  /** In place of the host's; none: the host's. */
  servers?: (() => readonly Server[] | undefined) | undefined;
  hosts?: HostsFile;
  resolvConf?: ResolvConf;
}

const LOOPBACK: Readonly<Record<number, Uint8Array>> = {
  [TYPES.A]: Uint8Array.of(127, 0, 0, 1),
  [TYPES.AAAA]: Uint8Array.from([...Array(15).fill(0), 1]),
};
/** Seconds that a line of /etc/hosts is told to be good for. */
const HOSTS_TTL = 10;

export class Resolver {
  readonly #options: ResolverOptions;
  readonly #cache = new ReplyCache();
  readonly #given = new GivenAnswers(new OwnAddresses());
  readonly #hosts: HostsFile;
  readonly #resolvConf: ResolvConf;
  readonly #limits = new Map<number, RunLimits>();

  constructor(options: ResolverOptions) {
    this.#options = options;
    this.#hosts = options.hosts ?? new HostsFile();
    this.#resolvConf = options.resolvConf ?? new ResolvConf();
  }

  async answer(asker: Asker, message: Buffer, transport: 'udp' | 'tcp'): Promise<Buffer | null> {
    const read = readQuery(message);
    const names = this.#options.namesOf(asker.run);
    if (!read || !names) return null;
    if ('malformed' in read) return writeFault(read.malformed, read.malformed.code);
    const { query } = read;
    try {
      if (names.judge.onlyMonitors && !ANSWERED.has(query.type))
        return await this.#pass(asker, query, message, transport);
      const { answer, told } = await this.#answer(asker, names, query);
      // Another policy came into force meanwhile: what was given for this one is nobody's.
      if (this.#options.namesOf(asker.run) !== names) return await this.answer(asker, message, transport);
      const looksLike = names.lookalikes.of(told.name);
      this.#options.tell(asker, looksLike === undefined ? told : { ...told, looksLike });
      return writeAnswer(query, answer, transport);
    } catch (error) {
      this.#options.onProblem(error);
      return writeAnswer(query, { code: 'SERVFAIL', records: [] }, transport);
    }
  }

  async #answer(asker: Asker, names: PolicyNames, query: Query): Promise<Answered> {
    const { name, type, internet } = query;
    const told = this.#told(asker, query);
    if (name === null || !internet) return refused(told, { reason: 'name' });
    const loopback = localhost(name, type);
    if (loopback) return { answer: loopback, told: { ...told, code: 'NOERROR' } };
    const free = names.judge.onlyMonitors;
    if (!free && !this.#limitsOf(asker.run).takeQuery()) return refused(told, { reason: 'limit' });
    const question = asked(name, type);
    const { ruling, would, chosen } = names.judge.judge(question.policyName);
    if (ruling.verdict === 'deny') {
      const decision = { ruling, would };
      return this.#isExpanded(names, name)
        ? absent(told, decision)
        : refused(told, decision, names.because(ruling.rule));
    }
    if (!free && !ANSWERED.has(type)) return refused(told, { reason: 'type' });
    const freeBytes = chosen + name.length - question.policyName.length;
    if (!free && freeBytes > 0 && (await this.#options.holdsSecret(asker.run, name)))
      return refused(told, { reason: 'secret' });
    const ruled = { ...told, decision: { ruling, would } };
    const known = free ? undefined : this.#hosts.names().get(name);
    if (known) return this.#given.give(names, question, hostsReply(question, known), HOSTS_TTL, ruled);
    return await this.#forward(asker, names, question, freeBytes, ruled);
  }

  /** What a policy that only monitors lets pass and nobody here reads: told, and answered by the server that was asked. */
  async #pass(asker: Asker, query: Query, message: Buffer, transport: 'udp' | 'tcp'): Promise<Buffer> {
    const answer = await relay({ address: asker.server, port: 53 }, message, transport);
    this.#options.tell(asker, this.#told(asker, query));
    return answer;
  }

  #told({ server }: Asker, { name, asked: written, type }: Query): LookupTold {
    return { name: name ?? written, type: typeName(type), server };
  }

  /** @param chosen bytes of the name that its asker chose */
  async #forward(
    asker: Asker,
    names: PolicyNames,
    question: Asked,
    chosen: number,
    told: LookupTold,
  ): Promise<Answered> {
    const limits = this.#limitsOf(asker.run);
    const { name, type } = question;
    const servers = this.#serversFor(asker, names);
    const key = `${name} ${type} ${servers.map(({ address, port }) => `${address}#${port}`)}`;
    const ask = () => {
      const fits = names.judge.onlyMonitors || limits.takeName(name, chosen);
      return fits ? askUpstream(servers, name, type) : null;
    };
    // A run waits for its own turn before anybody can wait for what it asks.
    const cached = this.#cache.kept(key) ?? (await limits.inTurn(() => this.#cache.get(key, ask)));
    if (!cached) return refused(told, { reason: 'limit' });
    const { reply, ttl, hit } = cached;
    const answered = this.#given.give(names, question, reply, ttl, { ...told, cached: hit });
    const { addresses = [], removed = [] } = answered.told;
    limits.spend(addresses.length + removed.length);
    return answered;
  }

  #limitsOf(run: number): RunLimits {
    const limits = this.#limits.get(run) ?? new RunLimits();
    this.#limits.set(run, limits);
    return limits;
  }

  /** A run is over. */
  forget(run: number): void {
    this.#limits.delete(run);
  }

  /** A policy that only monitors changes nothing: the server that was asked is asked. */
  #serversFor(asker: Asker, names: PolicyNames): readonly Server[] {
    if (names.judge.onlyMonitors) return [{ address: asker.server, port: 53 }];
    return this.#options.servers?.() ?? this.#resolvConf.read().servers;
  }

  /**
   * An allowed name with a search domain of resolv.conf(5) behind it. Refusing that would end a resolver library's
   * search before it comes to the name itself; nobody is asked. Which domains a container has is not known here: behind
   * a name of two labels and more any is taken for one.
   */
  #isExpanded(names: PolicyNames, name: string): boolean {
    const allowed = (start: string) => {
      const { ruling } = names.judge.judge(start);
      return ruling.verdict !== 'deny' && ruling.rule > 0;
    };
    const labels = name.split('.');
    const { search } = this.#resolvConf.read();
    return (
      labels.some((_, end) => end >= 2 && allowed(labels.slice(0, end).join('.'))) ||
      search.some((domain) => name.endsWith(`.${domain}`) && allowed(name.slice(0, -domain.length - 1)))
    );
  }
}

/** Without asking anybody (RFC 6761, 6.3); whether a process may connect there is for rules by address. */
function localhost(name: string, type: number): Answer | null {
  if (name !== 'localhost' && !name.endsWith('.localhost')) return null;
  const data = LOOPBACK[type];
  return { code: 'NOERROR', records: data ? [{ owner: name, type, ttl: 60, data }] : [] };
}

function hostsReply({ name, type }: Asked, known: readonly Uint8Array[]): Reply {
  const length = LOOPBACK[type]?.length;
  const addresses = known.filter((bytes) => bytes.length === length);
  return {
    ...{ code: 'NOERROR', aliases: [], bindings: [], last: name, ttl: HOSTS_TTL },
    addresses: addresses.map((bytes) => ({ bytes, ttl: HOSTS_TTL })),
  };
}

function absent(told: LookupTold, decision: Ruled): Answered {
  return { answer: { code: 'NXDOMAIN', records: [] }, told: { ...told, code: 'NXDOMAIN', decision } };
}
