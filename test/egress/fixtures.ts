/**
 * A resolver with a policy of its own, in front of a DNS server that says what a test tells it to, bytes and all. The
 * kernel's maps are a list of what was written.
 */
import { createSocket, type Socket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import { decode, encode, type Packet } from 'dns-packet';
import { formatAddress } from '../../src/contract/address.ts';
import type { Asker, KernelNames, NamedAddress } from '../../src/kernel/named.ts';
import { HostsFile } from '../../src/runtime/egress/hosts-file.ts';
import type { LookupTold } from '../../src/runtime/egress/lookup.ts';
import { namePolicy } from '../../src/runtime/egress/name-policy.ts';
import { PolicyNames } from '../../src/runtime/egress/policy-names.ts';
import { ResolvConf } from '../../src/runtime/egress/resolv-conf.ts';
import { Resolver } from '../../src/runtime/egress/resolver.ts';
import { compile } from '../../src/runtime/enforcement/compile.ts';
import { message, type Rules } from '../policy/documents.ts';

export const ASKER: Asker = {
  ...{ run: 1, policy: 7, tgid: 100, tid: 100, uid: 0, startNs: 1n, comm: 'agent', server: '9.9.9.9' },
};

/** What the server answers to a query: messages as they are sent, one after the other. */
export type Says = (query: Packet, bytes: Buffer) => Buffer[];

/** In place of the host's; none of it where nothing is said. */
interface Files {
  hosts?: string;
  resolvConf?: string;
}

type Type = 'A' | 'AAAA' | 'TXT' | 'UNKNOWN_64' | 'UNKNOWN_65';

export class Bench {
  readonly told: LookupTold[] = [];
  /** "tcp 192.0.2.1", as written. */
  readonly written: string[] = [];
  /** The name that an address was last given for. */
  readonly given = new Map<string, string>();
  readonly problems: unknown[] = [];
  readonly resolver: Resolver;
  readonly names: PolicyNames;
  asked = 0;
  secret = '';
  readonly #server: Socket;
  #closed = false;

  private constructor(server: Socket, connect: Rules['connect'], mode: 'enforce' | 'monitor', files: Files) {
    this.#server = server;
    const compiled = compile(message({ mode, rules: { connect } as Rules }), {
      variables: {},
      homes: [],
      readLink: () => null,
    });
    const kernel = {
      nowNs: () => process.hrtime.bigint(),
      addPorts: () => () => {},
      write: ({ protocol, bytes }: NamedAddress) => this.written.push(`${protocol} ${formatAddress(bytes)}`),
      remove: () => {},
    };
    this.names = new PolicyNames(
      kernel as unknown as KernelNames,
      7,
      namePolicy(compiled)!,
      (address, name) => this.given.set(address, name),
    );
    this.resolver = new Resolver({
      namesOf: () => this.names,
      tell: (_, told) => this.told.push(told),
      holdsSecret: (_, text) => this.secret !== '' && text.includes(this.secret),
      onProblem: (error) => this.problems.push(error),
      hosts: new HostsFile(files.hosts ?? '/dev/null'),
      resolvConf: new ResolvConf(files.resolvConf ?? '/dev/null'),
      servers: () => [{ address: '127.0.0.1', port: (server.address() as AddressInfo).port }],
    });
  }

  static async make(
    connect: Rules['connect'],
    says: Says,
    mode: 'enforce' | 'monitor' = 'enforce',
    files: Files = {},
  ): Promise<Bench> {
    const server = createSocket('udp4');
    await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
    const bench = new Bench(server, connect, mode, files);
    server.on('message', (bytes, from) => {
      bench.asked++;
      for (const answer of says(decode(bytes), bytes)) server.send(answer, from.port, from.address);
    });
    return bench;
  }

  async ask(name: string, type: Type = 'A', run = ASKER.run): Promise<Packet & { rcode: string }> {
    const query = encode({ type: 'query', id: 99, flags: 0x0100, questions: [{ name, type: type as 'A' }] });
    const answer = await this.resolver.answer({ ...ASKER, run }, query, 'udp');
    return decode(answer!) as unknown as Packet & { rcode: string };
  }

  /** Addresses of an answer, or its code where it has none. */
  async addresses(name: string, type: 'A' | 'AAAA' = 'A'): Promise<string[]> {
    const { answers = [], rcode } = await this.ask(name, type);
    const found = answers.flatMap((record) => (record.type === type ? [String(record.data)] : []));
    return found.length > 0 ? found : [rcode];
  }

  /** Data of the answer's service bindings. */
  async bindings(name: string): Promise<Buffer[]> {
    const { answers = [] } = await this.ask(name, 'UNKNOWN_65');
    return answers.flatMap((record) =>
      String(record.type) === 'UNKNOWN_65' ? [(record as { data: Buffer }).data] : [],
    );
  }

  close(): void {
    if (!this.#closed) this.#server.close();
    this.#closed = true;
  }
}

/** An answer that repeats the question as it came. */
export function reply(query: Packet, bytes: Buffer, answers: NonNullable<Packet['answers']>): Buffer {
  const made = encode({
    type: 'response',
    id: query.id ?? 0,
    flags: 0x0180,
    questions: query.questions ?? [],
    answers,
  });
  // The codec writes the question as it read it, letters and all.
  bytes.copy(made, 12, 12, 12 + bytes.indexOf(0, 12) - 12 + 5);
  return made;
}
