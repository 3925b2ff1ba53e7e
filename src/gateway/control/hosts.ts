/**
 * The runtimes that are attached, and the runs that each says it has.
 */
import { toNumber } from '../../contract/int64.ts';
import type { ActiveRun, GatewayMessage } from '../../contract/messages.ts';
import { shownOf } from './shown.ts';

/** One runtime's stream. */
export interface AttachedHost {
  host: string;
  /** @param kind a later message of the same kind takes the place of one that was not sent yet */
  send(kind: string, message: GatewayMessage): void;
}

/** What is kept of the runs that one host tells of, in all its streams: ten thousand of the usual length. What is more is not there. */
const MOST_BYTES = 1 << 20;

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
    let bytes = 0;
    for (const [other, told] of this.#runs)
      if (other !== host && other.host === host.host) for (const run of told.values()) bytes += bytesOf(run);
    const kept = runs.filter((run) => {
      bytes += bytesOf(run);
      return bytes <= MOST_BYTES;
    });
    this.#runs.set(host, new Map(kept.map((run) => [run.run ?? '', run])));
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
  list(): { runs: { host: string; run: ActiveRun }[]; leftOut: number } {
    const all = this.#all().sort((a, b) => toNumber(a.run.startedUnixMs) - toNumber(b.run.startedUnixMs));
    const { shown, leftOut } = shownOf(all, ({ host, run }) => host.length + bytesOf(run));
    return { runs: shown, leftOut };
  }

  #all(): { host: string; run: ActiveRun }[] {
    return [...this.#runs].flatMap(([{ host }, runs]) => [...runs.values()].map((run) => ({ host, run })));
  }
}

/** In an answer, with what frames it. */
function bytesOf({ run, agent }: ActiveRun): number {
  return Buffer.byteLength(run ?? '') + Buffer.byteLength(agent ?? '') + 32;
}
