/**
 * The runtimes that are attached, and the runs that each says it has.
 */
import { toNumber } from '../../contract/int64.ts';
import type { ActiveRun, GatewayMessage } from '../../contract/messages.ts';

/** One runtime's stream. */
export interface AttachedHost {
  host: string;
  /** @param kind a later message of the same kind takes the place of one that was not sent yet */
  send(kind: string, message: GatewayMessage): void;
}

/** Runs that one runtime may tell of. */
const MOST_RUNS = 10_000;

export class AttachedHosts {
  readonly #runs = new Map<AttachedHost, ReadonlyMap<string, ActiveRun>>();

  add(host: AttachedHost): void {
    this.#runs.set(host, new Map());
  }

  remove(host: AttachedHost): void {
    this.#runs.delete(host);
  }

  tell(host: AttachedHost, runs: readonly ActiveRun[]): void {
    if (!this.#runs.has(host)) return;
    this.#runs.set(host, new Map(runs.slice(0, MOST_RUNS).map((run) => [run.run ?? '', run])));
  }

  /** Who has a run. */
  of(run: string): AttachedHost | undefined {
    for (const [host, runs] of this.#runs) if (runs.has(run)) return host;
    return undefined;
  }

  named(name: string): AttachedHost[] {
    return [...this.#runs.keys()].filter(({ host }) => host === name);
  }

  /** Oldest run first. */
  all(): { host: string; run: ActiveRun }[] {
    return [...this.#runs]
      .flatMap(([{ host }, runs]) => [...runs.values()].map((run) => ({ host, run })))
      .sort((a, b) => toNumber(a.run.startedUnixMs) - toNumber(b.run.startedUnixMs));
  }
}
