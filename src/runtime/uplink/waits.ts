/**
 * Those who wait for something of the uplink to change; each looks for itself whenever something has.
 */
import type { WarderError } from '../../base/error.ts';

export class Waits {
  readonly #waiting = new Set<() => void>();
  /** Why there is nothing to wait for any more. */
  #ended: WarderError | undefined;

  /** Resolves when `ready`; rejects when there is an end, or `late` says why after `limitMs`. */
  until(ready: () => boolean, limitMs?: number, late?: () => WarderError): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error?: WarderError): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        if (error) reject(error);
        else resolve();
      };
      const look = (): void => {
        if (ready()) settle();
        else if (this.#ended) settle(this.#ended);
      };
      const timer = limitMs === undefined ? undefined : setTimeout(() => settle(late?.()), limitMs);
      this.#waiting.add(look);
      look();
    });
  }

  wake(): void {
    for (const look of [...this.#waiting]) look();
  }

  end(problem: WarderError): void {
    this.#ended = problem;
    this.wake();
  }
}
