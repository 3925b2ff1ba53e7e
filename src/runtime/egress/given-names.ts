/**
 * Which names the addresses of runs were given for: what connections are told with.
 *
 * Bounded: of a run the address that was given longest ago goes first.
 */
import type { NameJudge } from '../enforcement/judge-name.ts';

const ADDRESSES_MOST = 4096;
/** Names that are remembered of one address. */
const NAMES_MOST = 64;

export class GivenNames {
  /** By run, by address; the name that came last is the last. */
  readonly #runs = new Map<number, Map<string, Set<string>>>();

  add(run: number, address: string, name: string): void {
    const addresses = this.#runs.get(run) ?? new Map<string, Set<string>>();
    const names = addresses.get(address) ?? new Set();
    names.delete(name);
    names.add(name);
    if (names.size > NAMES_MOST) names.delete(names.values().next().value!);
    addresses.delete(address);
    addresses.set(address, names);
    if (addresses.size > ADDRESSES_MOST) addresses.delete(addresses.keys().next().value!);
    this.#runs.set(run, addresses);
  }

  /** The name that an address was last given for; with `rule`, by preference one that this rule is about. */
  nameOf(run: number, address: string, rule: number, judge: NameJudge | undefined): string | undefined {
    const names = [...(this.#runs.get(run)?.get(address) ?? [])].reverse();
    const isAbout = (name: string) => {
      const { tcp, udp } = judge!.judge(name).ports;
      return [...tcp, ...udp].some(({ match }) =>
        [...match.allowRule, ...match.holdRule, ...match.denyRule].includes(rule),
      );
    };
    return (judge && rule > 0 ? names.find(isAbout) : undefined) ?? names[0];
  }

  /** A run is over. */
  forget(run: number): void {
    this.#runs.delete(run);
  }
}
