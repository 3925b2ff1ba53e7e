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
import { type Answer, type AnswerRecord, type Code, writeAnswer, writeFault } from './answer.ts';
import { ReplyCache } from './cache.ts';
import { OwnAddresses, sortAddresses } from './given-addresses.ts';
import type { LookupTold, Ruled } from './lookup.ts';
import type { PolicyNames } from './policy-names.ts';
import { type Query, readQuery } from './query.ts';
import { type Reply, TYPE_NAMES, TYPES } from './records.ts';
import { askUpstream, hostServers, type Server } from './upstream.ts';

export interface ResolverOptions {
  /** The names of a run's policy in force; undefined where the run is over. */
  namesOf: (run: number) => PolicyNames | undefined;
  tell: (asker: Asker, told: LookupTold) => void;
  onProblem: (error: unknown) => void;
  /** In place of the host's. */
  servers?: readonly Server[] | undefined;
}

/** Questions of one run that wait for a server. */
const WAITING_MOST = 128;
const LOOPBACK: Readonly<Record<number, Uint8Array>> = {
  [TYPES.A]: Uint8Array.of(127, 0, 0, 1),
  [TYPES.AAAA]: Uint8Array.from([...Array(15).fill(0), 1]),
};

export class Resolver {
  readonly #options: ResolverOptions;
  readonly #cache = new ReplyCache();
  readonly #own = new OwnAddresses();
  readonly #waiting = new Map<number, number>();

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
    const told = { name: name ?? asked, type: TYPE_NAMES[type] ?? `TYPE${type}`, server: asker.server };
    if (name === null || !internet) return refused(told, { reason: 'name' });
    const loopback = localhost(name, type);
    if (loopback) return { answer: loopback, told: { ...told, code: 'NOERROR' } };
    const { ruling, would } = names.judge.judge(name);
    if (ruling.verdict === 'deny') return refused(told, { ruling, would });
    if (!(type in LOOPBACK)) {
      if (!names.judge.onlyMonitors) return refused(told, { reason: 'type' });
    }
    return await this.#forward(asker, names, { name, type }, { ...told, decision: { ruling, would } });
  }

  async #forward(
    asker: Asker,
    names: PolicyNames,
    { name, type }: { name: string; type: number },
    told: LookupTold,
  ): Promise<{ answer: Answer; told: LookupTold }> {
    const waiting = this.#waiting.get(asker.run) ?? 0;
    if (waiting >= WAITING_MOST) return refused(told, { reason: 'limit' });
    this.#waiting.set(asker.run, waiting + 1);
    try {
      const servers = this.#serversFor(asker, names);
      const key = `${name} ${type} ${servers.map(({ address, port }) => `${address}#${port}`)}`;
      const { reply, ttl, hit } = await this.#cache.get(key, () => askUpstream(servers, name, type));
      return this.#give(names, name, reply, { ...told, cached: hit }, ttl);
    } finally {
      const left = (this.#waiting.get(asker.run) ?? 1) - 1;
      if (left > 0) this.#waiting.set(asker.run, left);
      else this.#waiting.delete(asker.run);
    }
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

/** Without asking anybody (RFC 6761, 6.3); whether a process may connect there is for rules by address. */
function localhost(name: string, type: number): Answer | null {
  if (name !== 'localhost' && !name.endsWith('.localhost')) return null;
  const data = LOOPBACK[type];
  return { code: 'NOERROR', records: data ? [{ owner: name, type, ttl: 60, data }] : [] };
}

function refused(told: LookupTold, decision: Ruled): { answer: Answer; told: LookupTold } {
  const code: Code = 'REFUSED';
  return {
    answer: { code, records: [], reason: { code: 18, text: 'the policy of this run does not allow it' } },
    told: { ...told, code, decision },
  };
}
