/**
 * What a policy says of a host name: whether it may be looked up, and which ports of its addresses may be reached.
 *
 * A name may be looked up where some port of it may be reached, or be held, as far as names decide: a layer that
 * allows or holds names must name it; one that has addresses alone judges the connection, not the name.
 *
 * In: a compiled policy; names in normal form (contract/host-name.ts). Pure.
 */
import type { CompiledPolicy, HostRow, PortSegment, RuleMatch } from '../../kernel/policy-rows.ts';
import { portSegments } from './address-rows.ts';
import { ALL_LAYERS, decideMatch, type MatchRuling, onlyMonitors } from './decide-match.ts';
import { emptyMatch } from './rule-match.ts';

export interface NameRuling extends MatchRuling {
  /** What the rules say that match the name, by port; none where none does. */
  ports: { tcp: PortSegment[]; udp: PortSegment[] };
  /** Bytes of it that its asker chose: what stands before the longest name that a rule has; 0 where a rule has all of it. */
  chosen: number;
}

const ORDER = ['allow', 'hold', 'deny', 'none'];
/** Names that were judged are kept, up to this many. */
const KEPT = 4096;

export type NamingPolicy = Pick<CompiledPolicy, 'hosts' | 'masks'>;

export class NameJudge {
  readonly #policy: NamingPolicy;
  /** Bits of the layers that allow or hold names. */
  readonly #naming: number;
  readonly #judged = new Map<string, NameRuling>();

  constructor(policy: NamingPolicy) {
    this.#policy = policy;
    this.#naming = policy.hosts.reduce(
      (bits, { rule }) => (rule.effect === 'deny' ? bits : bits | rule.layers),
      0,
    );
  }

  /** Prevents nothing: every name is answered. */
  get onlyMonitors(): boolean {
    return onlyMonitors(this.#policy.masks);
  }

  judge(name: string): NameRuling {
    const known = this.#judged.get(name);
    if (known) return known;
    if (this.#judged.size >= KEPT) this.#judged.clear();
    const ruling = this.#judge(name);
    this.#judged.set(name, ruling);
    return ruling;
  }

  #judge(name: string): NameRuling {
    const rows = this.#policy.hosts.filter((row) => hostMatches(row, name));
    const of = (protocol: 'tcp' | 'udp') =>
      portSegments(rows.filter((row) => row.protocol === null || row.protocol === protocol).map(networkOf));
    const ports = { tcp: of('tcp'), udp: of('udp') };
    const segments = [...ports.tcp, ...ports.udp];
    const first = segments.find(({ match }) => match.deny === 0);
    // getaddrinfo(3) sorts addresses by connecting to port 0, which sends nothing.
    if (first && !ports.udp.some(({ from }) => from === 0))
      ports.udp.unshift({ from: 0, to: 0, match: first.match });
    const matches = segments.length > 0 ? segments.map(({ match }) => match) : [emptyMatch()];
    const rulings = matches.map((match) => this.#decide(match));
    const best = (of: (ruling: MatchRuling) => MatchRuling['ruling']) =>
      rulings.map(of).reduce((a, b) => (ORDER.indexOf(b.verdict) < ORDER.indexOf(a.verdict) ? b : a));
    const named = Math.max(
      0,
      ...rows.filter(({ rule }) => rule.effect !== 'deny').map((row) => row.name.length),
    );
    const chosen = Math.max(0, name.length - named - 1);
    return { ruling: best(({ ruling }) => ruling), would: best(({ would }) => would), ports, chosen };
  }

  #decide(match: RuleMatch): MatchRuling {
    const { masks } = this.#policy;
    const enforcing = this.#naming & ~masks.monitor;
    const decided = decideMatch(match, this.#naming, masks);
    const free = { ...match, allow: ALL_LAYERS };
    // Where no layer allows names, only what denies or holds them has a say.
    return {
      ruling: enforcing === 0 ? decideMatch(free, 0, masks).ruling : decided.ruling,
      would: this.#naming === 0 ? decideMatch(free, 0, masks).would : decided.would,
    };
  }
}

function hostMatches({ name, under }: HostRow, host: string): boolean {
  return under ? host.endsWith(`.${name}`) : host === name;
}

function networkOf({ from, to, rule }: HostRow) {
  return { bytes: new Uint8Array(), prefix: 0, from, to, rule };
}
