/**
 * Appends to a log, as something to wait for.
 */
import type { EventLog } from '../store/event-log.ts';

export class Signal {
  readonly #unwatch: () => void;
  #raised = false;
  #resolve: () => void = () => {};

  constructor(log: EventLog) {
    this.#unwatch = log.watch(() => {
      this.#raised = true;
      this.#resolve();
    });
  }

  reset(): void {
    this.#raised = false;
  }

  /** Resolves at the first append since reset, or when the time is over. */
  next(limitMs: number | undefined): Promise<void> {
    if (this.#raised) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = limitMs === undefined ? undefined : setTimeout(resolve, limitMs);
      this.#resolve = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  close(): void {
    this.#unwatch();
    this.#resolve();
  }
}
