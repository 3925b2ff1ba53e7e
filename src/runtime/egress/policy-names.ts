/**
 * The names of one policy in the kernel: what it says of a name, and the addresses that were given for names, which the
 * kernel programs let through for as long as stands with them.
 *
 * In:  a compiled policy under its number; names with addresses as they are given.
 * Out: rows, written before an answer goes out, taken away when their time is over or the policy leaves.
 * Throws: KERNEL_MAP_WRITE where there is no room; then the name is not to be answered.
 */
import { WarderError } from '../../base/error.ts';
import { formatAddress, isPublic, prefixContains } from '../../contract/address.ts';
import { type KernelNames, NAMED_RULES_MOST, type NamedRule } from '../../kernel/named.ts';
import type { PortSegment } from '../../kernel/policy-rows.ts';
import { NameJudge, type NameRuling } from '../enforcement/judge-name.ts';
import { matchKey } from '../enforcement/rule-match.ts';
import type { HostNames } from './hosts-file.ts';
import { Lookalikes } from './lookalike.ts';
import type { NamePolicy } from './name-policy.ts';

/** An address is let through for at least this long, for a client that is slow to connect, … */
const FLOOR_S = 30;
/** … and for this much longer than its record lasts, for one that keeps it to the last moment. */
const GRACE_S = 30;
/** Addresses that a policy can have at once; each is up to two rows. */
const ADDRESSES_MOST = 4096;
/** Names that are remembered of one address. */
const NAMES_MOST = 64;
/** Addresses at which those that are over are looked for first, and how often at most after that. */
const SWEEP_AT = 256;
const SWEEP_NS = 1_000_000_000n;
/** What lasts less than this longer than what is there is not written again; of the grace it is little. */
const SAME_NS = 1_000_000_000n;
/** For how long a line of /etc/hosts counts after it was read. */
const HOSTS_S = 60;
const NS_PER_S = 1_000_000_000n;
const PROTOCOLS = ['tcp', 'udp'] as const;

interface Address {
  bytes: Uint8Array;
  /** When all that it was given for is over. */
  untilNs: bigint;
  /** That it was given for, and until when; the one that came last is the last. */
  names: Map<string, bigint>;
  last: string;
  /** Its rows, by sets of ports: names with the same rules are one, so that many names cost what one does. */
  rows: Record<Protocol, ReadonlyMap<number, NamedRule>>;
}

type Protocol = (typeof PROTOCOLS)[number];

interface PortSet {
  set: number;
  segments: number;
}

export class PolicyNames {
  readonly judge: NameJudge;
  readonly lookalikes: Lookalikes;
  readonly #kernel: KernelNames;
  readonly #policy: number;
  readonly #says: NamePolicy;
  readonly #onGiven: (address: string, name: string) => void;
  readonly #given = new Map<string, Address>();
  readonly #sets = new Map<string, PortSet>();
  readonly #setsOf = new WeakMap<NameRuling, Record<Protocol, PortSet | null>>();
  readonly #removeSets: (() => void)[] = [];
  #nextSet: number;
  #sweepAt = SWEEP_AT;
  #sweptNs = 0n;
  /** That this one follows: the kernel judges by it for another moment, so it is given what this one is. */
  #former: PolicyNames | undefined;
  /** Removed. */
  isOver = false;

  /** @param onGiven told of an address for another name than the one before, once it is in the kernel */
  constructor(
    kernel: KernelNames,
    policy: number,
    says: NamePolicy,
    onGiven: (address: string, name: string) => void,
  ) {
    this.#kernel = kernel;
    this.#policy = policy;
    this.#says = says;
    this.#onGiven = onGiven;
    this.#nextSet = says.portSets;
    this.judge = new NameJudge(says);
    const allowing = says.hosts.filter(({ rule }) => rule.effect !== 'deny');
    this.lookalikes = new Lookalikes(allowing.map(({ name }) => name));
  }

  /** As whoever wrote the rule of this number said; empty for none. */
  because(rule: number): string {
    return this.#says.because[rule - 1] ?? '';
  }

  /** Whether a rule by address takes in this one, at any port. */
  addressRuleHolds(bytes: Uint8Array): boolean {
    return this.#says.reached.some(({ bytes: network, prefix }) => prefixContains(network, prefix, bytes));
  }

  /** Lets the ports of the name's rules through at these addresses. To be called before they are told to anybody. */
  give(name: string, addresses: readonly Uint8Array[], ttl: number): void {
    if (this.isOver) return;
    if (this.#former?.isOver) this.#former = undefined;
    this.#former?.give(name, addresses, ttl);
    const nowNs = this.#kernel.nowNs();
    const untilNs = nowNs + BigInt(Math.max(ttl, FLOOR_S) + GRACE_S) * NS_PER_S;
    this.#sweep(nowNs);
    for (const bytes of addresses) this.#give(name, bytes, untilNs, nowNs);
  }

  /** The same for names that the host knows itself, for a minute and a half: to be called again before that. */
  giveHosts(hosts: HostNames, isOwn: (bytes: Uint8Array) => boolean): void {
    for (const [name, addresses] of hosts) {
      const { ruling } = this.judge.judge(name);
      const given = addresses.filter((bytes) => isPublic(bytes) && !isOwn(bytes));
      if (ruling.verdict !== 'deny' && ruling.rule > 0) this.give(name, given, HOSTS_S);
    }
  }

  #give(name: string, bytes: Uint8Array, untilNs: bigint, nowNs: bigint): void {
    const key = formatAddress(bytes);
    const known = this.#given.get(key);
    if (!known && this.#given.size >= ADDRESSES_MOST) throw full();
    const address = known ?? emptyAddress(bytes);
    this.#given.set(key, address);
    this.#write(address, this.#setsFor(name), untilNs, nowNs);
    const { names } = address;
    const before = names.get(name) ?? 0n;
    names.delete(name); // so that the name that came last is the last
    names.set(name, before > untilNs ? before : untilNs);
    if (names.size > NAMES_MOST) names.delete(names.keys().next().value!);
    if (address.untilNs < untilNs) address.untilNs = untilNs;
    if (address.last !== name) this.#onGiven(key, name);
    address.last = name;
  }

  /** Of more sets of ports than there is room for, those that last longest. */
  #write(address: Address, sets: Record<Protocol, PortSet | null>, untilNs: bigint, nowNs: bigint): void {
    const { bytes, rows } = address;
    if (!isPublic(bytes)) return;
    for (const protocol of PROTOCOLS) {
      const set = sets[protocol];
      const before = set && rows[protocol].get(set.set);
      if (!set || (before && before.untilNs + SAME_NS > untilNs)) continue;
      const row = new Map(rows[protocol]).set(set.set, { ...set, untilNs });
      const rules = [...row.values()]
        .filter((rule) => rule.untilNs > nowNs)
        .sort((a, b) => (a.untilNs < b.untilNs ? 1 : -1))
        .slice(0, NAMED_RULES_MOST);
      this.#kernel.write({ policy: this.#policy, protocol, bytes }, rules);
      rows[protocol] = new Map(rules.map((rule) => [rule.set, rule]));
    }
  }

  #setsFor(name: string): Record<Protocol, PortSet | null> {
    const ruling = this.judge.judge(name);
    const known = this.#setsOf.get(ruling);
    if (known) return known;
    const of = (protocol: Protocol) =>
      ruling.ports[protocol].length > 0 ? this.#portSet(ruling.ports[protocol]) : null;
    const sets = { tcp: of('tcp'), udp: of('udp') };
    this.#setsOf.set(ruling, sets);
    return sets;
  }

  #portSet(segments: readonly PortSegment[]): PortSet {
    const key = segments.map(({ from, to, match }) => `${from}-${to} ${matchKey(match)}`).join(';');
    const known = this.#sets.get(key);
    if (known) return known;
    const made = { set: this.#nextSet++, segments: segments.length };
    this.#removeSets.push(this.#kernel.addPorts(this.#policy, made.set, segments));
    this.#sets.set(key, made);
    return made;
  }

  /** What another policy had given stays, as far as this one allows the names. Before this one is in force. */
  carry(before: PolicyNames): void {
    this.#former = before;
    const nowNs = this.#kernel.nowNs();
    for (const { bytes, names } of before.#given.values()) {
      for (const [name, untilNs] of names) {
        if (untilNs > nowNs && this.judge.judge(name).ruling.verdict !== 'deny')
          this.#give(name, bytes, untilNs, nowNs);
      }
    }
  }

  /** Takes all of it out of the kernel; nothing is given by it from here on. */
  remove(): void {
    this.isOver = true;
    this.#drop([...this.#given.keys()]);
    for (const remove of this.#removeSets.splice(0)) remove();
  }

  #sweep(nowNs: bigint): void {
    if (this.#given.size < this.#sweepAt || nowNs - this.#sweptNs < SWEEP_NS) return;
    this.#sweptNs = nowNs;
    this.#drop([...this.#given].flatMap(([key, { untilNs }]) => (untilNs <= nowNs ? [key] : [])));
    this.#sweepAt = Math.min(ADDRESSES_MOST, Math.max(SWEEP_AT, this.#given.size * 2));
  }

  #drop(keys: readonly string[]): void {
    const rows = keys.flatMap((key) => {
      const { bytes } = this.#given.get(key)!;
      this.#given.delete(key);
      return PROTOCOLS.map((protocol) => ({ policy: this.#policy, protocol, bytes }));
    });
    if (rows.length > 0) this.#kernel.remove(rows);
  }
}

function emptyAddress(bytes: Uint8Array): Address {
  return { bytes, untilNs: 0n, names: new Map(), last: '', rows: { tcp: new Map(), udp: new Map() } };
}

function full(): WarderError {
  return new WarderError(
    'NAMES_FULL',
    `the run has ${ADDRESSES_MOST} addresses by name, and none of them is over`,
    'it looks up more than an agent does; see its lookups with: warder query events',
  );
}
