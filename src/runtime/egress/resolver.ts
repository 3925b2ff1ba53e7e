/**
 * The resolver of governed processes: what the policy of a run allows to be looked up is asked of the host's DNS
 * servers, everything else is refused at once.
 *
 * In:  a message, and who sent it by the kernel's word.
 * Out: an answer; before it, the addresses in it are let through for the run. One event for each question.
 * Nothing rejects: what goes wrong within is SERVFAIL to the process and a problem to the operator.
 */
import { formatAddress } from '../../contract/address.ts';
import type { Asker } from '../../kernel/named.ts';
import { type Answer, type AnswerRecord, writeAnswer, writeFault } from './answer.ts';
import { ReplyCache } from './cache.ts';
import { OwnAddresses, sortAddresses } from './given-addresses.ts';
import { LIMITS, RunLimits } from './limits.ts';
import type { LookupTold, Ruled } from './lookup.ts';
import type { PolicyNames } from './policy-names.ts';
import { type Query, readQuery } from './query.ts';
import { type Reply, TYPE_NAMES, TYPES } from './records.ts';
import { askUpstream, hostServers, relay, type Server } from './upstream.ts';

export interface ResolverOptions {
  /** The names of a run's policy in force; undefined where the run is over. */
  namesOf: (run: number) => PolicyNames | undefined;
  tell: (asker: Asker, told: LookupTold) => void;
  /** Whether the redactor of a run finds a secret in a text. */
  holdsSecret: (run: number, text: string) => boolean;
  onProblem: (error: unknown) => void;
  /** In place of the host's. */
  servers?: readonly Server[] | undefined;
}

const LOOPBACK: Readonly<Record<number, Uint8Array>> = {
  [TYPES.A]: Uint8Array.of(127, 0, 0, 1),
  [TYPES.AAAA]: Uint8Array.from([...Array(15).fill(0), 1]),
};

export class Resolver {
  readonly #options: ResolverOptions;
  readonly #cache = new ReplyCache();
  readonly #own = new OwnAddresses();
  readonly #limits = new Map<number, RunLimits>();

  constructor(options: ResolverOptions) {
    this.#options = options;
  }

  async answer(asker: Asker, message: Buffer, transport: 'udp' | 'tcp'): Promise<Buffer | null> {
    const read = readQuery(message);
    const names = this.#options.namesOf(asker.run);
    if (!read || !names) return null;
    if ('malformed' in read) return writeFault(read.malformed, read.malformed.code);
    const { query } = read;
    try {
      if (names.judge.onlyMonitors && !(query.type in LOOPBACK))
        return await this.#pass(asker, query, message, transport);
      const { answer, told } = await this.#answer(asker, names, query);
      this.#options.tell(asker, told);
      return writeAnswer(query, answer, transport);
    } catch (error) {
      this.#options.onProblem(error);
      return writeAnswer(query, { code: 'SERVFAIL', records: [] }, transport);
    }
  }

  async #answer(
    asker: Asker,
    names: PolicyNames,
    query: Query,
  ): Promise<{ answer: Answer; told: LookupTold }> {
    const { name, type, internet, asked } = query;
    const told = { name: name ?? asked, type: typeName(type), server: asker.server };
    if (name === null || !internet) return refused(told, { reason: 'name' });
    const loopback = localhost(name, type);
    if (loopback) return { answer: loopback, told: { ...told, code: 'NOERROR' } };
    const limits = this.#limitsOf(asker.run);
    const free = names.judge.onlyMonitors;
    if (!free && !limits.takeQuery()) return refused(told, { reason: 'limit' });
    const { ruling, would, chosen } = names.judge.judge(name);
    if (ruling.verdict === 'deny') {
      const decision = { ruling, would };
      return isExpanded(names, name)
        ? absent(told, decision)
        : refused(told, decision, names.because(ruling.rule));
    }
    if (!free && !(type in LOOPBACK)) return refused(told, { reason: 'type' });
    if (!free && chosen > 0 && this.#options.holdsSecret(asker.run, name))
      return refused(told, { reason: 'secret' });
    return await this.#forward(
      asker,
      names,
      { name, type, chosen },
      { ...told, decision: { ruling, would } },
    );
  }

  /** What a policy that only monitors lets pass and nobody here reads: told, and answered by the server that was asked. */
  async #pass(asker: Asker, query: Query, message: Buffer, transport: 'udp' | 'tcp'): Promise<Buffer> {
    const { name, asked, type } = query;
    const told = { name: name ?? asked, type: typeName(type), server: asker.server };
    const answer = await relay({ address: asker.server, port: 53 }, message, transport);
    this.#options.tell(asker, told);
    return answer;
  }

  async #forward(
    asker: Asker,
    names: PolicyNames,
    { name, type, chosen }: { name: string; type: number; chosen: number },
    told: LookupTold,
  ): Promise<{ answer: Answer; told: LookupTold }> {
    const limits = this.#limitsOf(asker.run);
    const servers = this.#serversFor(asker, names);
    const key = `${name} ${type} ${servers.map(({ address, port }) => `${address}#${port}`)}`;
    const cached = await this.#cache.get(key, () => {
      const fits = names.judge.onlyMonitors || limits.takeName(name, chosen);
      if (!fits || limits.waiting >= LIMITS.waiting) return null;
      limits.waiting++;
      return askUpstream(servers, name, type).finally(() => limits.waiting--);
    });
    if (!cached) return refused(told, { reason: 'limit' });
    const { reply, ttl, hit } = cached;
    return this.#give(names, name, reply, { ...told, cached: hit }, ttl);
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
    return this.#options.servers ?? hostServers();
  }

  #give(
    names: PolicyNames,
    name: string,
    { code, aliases, addresses, last }: Reply,
    told: LookupTold,
    ttl: number,
  ): { answer: Answer; told: LookupTold } {
    const free = names.judge.onlyMonitors;
    for (const { target } of aliases) {
      const decision = names.judge.judge(target);
      if (decision.ruling.verdict === 'deny' && decision.ruling.reason === 'rule')
        return refused({ ...told, aliases: aliases.map((alias) => alias.target) }, decision);
    }
    const { given, removed } = sortAddresses(
      addresses,
      this.#own,
      (bytes) => free || names.addressRuleHolds(bytes),
    );
    names.give(
      name,
      given.map(({ bytes }) => bytes),
      ttl,
    );
    const records: AnswerRecord[] = [
      ...aliases.map(({ owner, target }) => ({ owner, type: TYPES.CNAME, ttl, target })),
      ...given.map(({ bytes }) => ({
        owner: last,
        type: bytes.length === 4 ? TYPES.A : TYPES.AAAA,
        ttl,
        data: bytes,
      })),
    ];
    const taken = removed.map(({ bytes }) => formatAddress(bytes));
    return {
      answer: {
        code,
        records,
        ...(taken.length > 0
          ? { reason: { code: 17, text: `host names do not reach ${taken.join(', ')}` } as const }
          : {}),
      },
      told: {
        ...told,
        code,
        aliases: aliases.map(({ target }) => target),
        addresses: given.map(({ bytes }) => formatAddress(bytes)),
        ...(taken.length > 0 ? { removed: taken, decision: { reason: 'rebinding' } } : {}),
      },
    };
  }
}

function typeName(type: number): string {
  return TYPE_NAMES[type] ?? `TYPE${type}`;
}

/** Without asking anybody (RFC 6761, 6.3); whether a process may connect there is for rules by address. */
function localhost(name: string, type: number): Answer | null {
  if (name !== 'localhost' && !name.endsWith('.localhost')) return null;
  const data = LOOPBACK[type];
  return { code: 'NOERROR', records: data ? [{ owner: name, type, ttl: 60, data }] : [] };
}

function refused(told: LookupTold, decision: Ruled, because = ''): { answer: Answer; told: LookupTold } {
  const text = `refused by the policy of this run${because ? `: ${because}` : ''}`;
  return {
    answer: { code: 'REFUSED', records: [], reason: { code: 18, text } },
    told: { ...told, code: 'REFUSED', decision },
  };
}

/**
 * An allowed name with one of the search domains of resolv.conf(5) behind it. Refusing that would end a resolver library's
 * search before it comes to the name itself; nobody is asked.
 */
function isExpanded(names: PolicyNames, name: string): boolean {
  const labels = name.split('.');
  return labels.some((_, end) => {
    if (end < 2) return false;
    const { ruling } = names.judge.judge(labels.slice(0, end).join('.'));
    return ruling.verdict !== 'deny' && ruling.rule > 0;
  });
}

function absent(told: LookupTold, decision: Ruled): { answer: Answer; told: LookupTold } {
  return { answer: { code: 'NXDOMAIN', records: [] }, told: { ...told, code: 'NXDOMAIN', decision } };
}
