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
/** Addresses at which those that are over are looked for first. */
const SWEEP_AT = 256;
/** What lasts less than this longer than what is there is not written again; of the grace it is little. */
const SAME_NS = 1_000_000_000n;
/** For how long a line of /etc/hosts counts after it was read. */
const HOSTS_S = 60;
const NS_PER_S = 1_000_000_000n;
const PROTOCOLS = ['tcp', 'udp'] as const;

interface Given {
  bytes: Uint8Array;
  untilNs: bigint;
  name: string;
  ruling: NameRuling;
}

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
  /** By address, then by name: what was given, and until when. */
  readonly #given = new Map<string, Map<string, Given>>();
  readonly #sets = new Map<string, PortSet>();
  readonly #removeSets: (() => void)[] = [];
  #nextSet: number;
  #sweepAt = SWEEP_AT;
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
    for (const bytes of addresses)
      this.#give({ bytes, name, untilNs, ruling: this.judge.judge(name) }, nowNs);
  }

  /** The same for names that the host knows itself, for a minute and a half: to be called again before that. */
  giveHosts(hosts: HostNames, isOwn: (bytes: Uint8Array) => boolean): void {
    for (const [name, addresses] of hosts) {
      const { ruling } = this.judge.judge(name);
      const given = addresses.filter((bytes) => isPublic(bytes) && !isOwn(bytes));
      if (ruling.verdict !== 'deny' && ruling.rule > 0) this.give(name, given, HOSTS_S);
    }
  }

  #give(given: Given, nowNs: bigint): void {
    const key = formatAddress(given.bytes);
    const names = this.#given.get(key) ?? new Map<string, Given>();
    const before = names.get(given.name);
    const isLast = before !== undefined && [...names.keys()].at(-1) === given.name;
    const isKnown = before !== undefined && before.untilNs + SAME_NS > given.untilNs;
    if (names.size === 0 && this.#given.size >= ADDRESSES_MOST) throw full();
    names.delete(given.name); // so that the name that came last is the last
    names.set(given.name, isKnown ? before : given);
    if (names.size > NAMES_MOST) names.delete(names.keys().next().value!);
    this.#given.set(key, names);
    if (!isKnown) this.#write(given.bytes, [...names.values()], nowNs);
    if (!isLast) this.#onGiven(key, given.name);
  }

  #write(bytes: Uint8Array, names: readonly Given[], nowNs: bigint): void {
    if (!isPublic(bytes)) return;
    for (const protocol of PROTOCOLS) {
      const rules = this.#rulesOf(names, protocol, nowNs);
      if (rules.length > 0) this.#kernel.write({ policy: this.#policy, protocol, bytes }, rules);
    }
  }

  /** Names with the same rules are one; of more than there is room for, those that last longest. */
  #rulesOf(names: readonly Given[], protocol: 'tcp' | 'udp', nowNs: bigint): NamedRule[] {
    const rules = new Map<number, NamedRule>();
    for (const { untilNs, ruling } of names) {
      const segments = ruling.ports[protocol];
      if (segments.length === 0 || untilNs <= nowNs) continue;
      const { set } = this.#portSet(segments);
      const before = rules.get(set);
      if (!before || before.untilNs < untilNs) rules.set(set, { untilNs, set, segments: segments.length });
    }
    return [...rules.values()].sort((a, b) => (a.untilNs < b.untilNs ? 1 : -1)).slice(0, NAMED_RULES_MOST);
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
    for (const names of before.#given.values()) {
      for (const { bytes, name, untilNs } of names.values()) {
        const ruling = this.judge.judge(name);
        if (untilNs > nowNs && ruling.ruling.verdict !== 'deny')
          this.#give({ bytes, name, untilNs, ruling }, nowNs);
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
    if (this.#given.size < this.#sweepAt) return;
    const over = [...this.#given].filter(([, names]) =>
      [...names.values()].every(({ untilNs }) => untilNs <= nowNs),
    );
    this.#drop(over.map(([key]) => key));
    this.#sweepAt = Math.min(ADDRESSES_MOST, Math.max(SWEEP_AT, this.#given.size * 2));
  }

  #drop(keys: readonly string[]): void {
    const rows = keys.flatMap((key) => {
      const [first] = this.#given.get(key)?.values() ?? [];
      this.#given.delete(key);
      return first
        ? PROTOCOLS.map((protocol) => ({ policy: this.#policy, protocol, bytes: first.bytes }))
        : [];
    });
    if (rows.length > 0) this.#kernel.remove(rows);
  }
}

function full(): WarderError {
  return new WarderError(
    'NAMES_FULL',
    `the run has ${ADDRESSES_MOST} addresses by name, and none of them is over`,
    'it looks up more than an agent does; see its lookups with: warder query events',
  );
}
