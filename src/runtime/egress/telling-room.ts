/**
 * How many look-ups of a run may be told and not heard: past it its questions are dropped unread, as a server does that has
 * too many, for nothing is answered untold and no queue grows without end.
 */
import { LIMITS } from './limits.ts';

/** As many as a run may ask at once. */
const MOST = LIMITS.queries;

export class TellingRoom {
  readonly #unheard = new Map<number, number>();

  has(run: number): boolean {
    return (this.#unheard.get(run) ?? 0) < MOST;
  }

  take(run: number): void {
    this.#unheard.set(run, (this.#unheard.get(run) ?? 0) + 1);
  }

  free(run: number, count: number): void {
    const unheard = this.#unheard.get(run);
    if (unheard !== undefined) this.#unheard.set(run, unheard - count);
  }

  /** A run is over. */
  forget(run: number): void {
    this.#unheard.delete(run);
  }
}
