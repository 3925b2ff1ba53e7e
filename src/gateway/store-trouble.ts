/**
 * When events could not be stored: how often, for what reason, and as an event of the log once they can be again
 * (before, there is no room for it).
 *
 * Never throws.
 */
import type { OwnEvents } from './own-events.ts';

export class StoreTrouble {
  /** Refused appends since the start of this gateway, by the error's code. */
  readonly refusals: Record<string, number> = {};
  readonly #own: OwnEvents;
  readonly #onError: (error: Error) => void;
  #since: { code: string; atMs: number; refusals: number } | undefined;

  constructor(own: OwnEvents, onError: (error: Error) => void) {
    this.#own = own;
    this.#onError = onError;
  }

  /** While it lasts. */
  get code(): string | undefined {
    return this.#since?.code;
  }

  refused(code: string): void {
    this.refusals[code] = (this.refusals[code] ?? 0) + 1;
    this.#since ??= { code, atMs: performance.now(), refusals: 0 };
    this.#since.refusals++;
  }

  /** After each append that was refused before. */
  stored(): void {
    const since = this.#since;
    if (!since) return;
    try {
      const seconds = Math.round((performance.now() - since.atMs) / 1000);
      this.#own.record({
        action: 'store.refused',
        subject: since.code,
        changes: { seconds: ['', `${seconds}`], refusals: ['', `${since.refusals}`] },
      });
      this.#since = undefined;
    } catch (error) {
      this.#onError(error as Error); // still no room: with the next append
    }
  }
}
