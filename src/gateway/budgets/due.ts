/**
 * Pools whose users are to be told by and by: together, and none again before its time, so that a thousand hosts that speak at once
 * cost a round of shares now and then, and not one for each word.
 */
import type { Pool } from './pool.ts';

export class DuePools {
  readonly #tell: (pools: Pool[]) => void;
  readonly #due = new Set<Pool>();
  #waiting: { timer: NodeJS.Timeout; atMs: number } | undefined;

  /** @param tell those whose time it is */
  constructor(tell: (pools: Pool[]) => void) {
    this.#tell = tell;
  }

  soon(pools: Iterable<Pool>): void {
    let atMs = Number.POSITIVE_INFINITY;
    for (const pool of pools) {
      this.#due.add(pool);
      atMs = Math.min(atMs, pool.notBeforeMs);
    }
    if (atMs === Number.POSITIVE_INFINITY || (this.#waiting && this.#waiting.atMs <= atMs)) return;
    clearTimeout(this.#waiting?.timer);
    const timer = setTimeout(() => this.#now(), Math.max(0, atMs - performance.now()));
    this.#waiting = { timer, atMs };
  }

  /** What waits is told now: it is the last time. */
  close(): void {
    clearTimeout(this.#waiting?.timer);
    this.#tell([...this.#due]);
    this.#due.clear();
  }

  #now(): void {
    this.#waiting = undefined;
    const nowMs = performance.now();
    const [now, later]: [Pool[], Pool[]] = [[], []];
    for (const pool of this.#due) (pool.notBeforeMs <= nowMs ? now : later).push(pool);
    this.#due.clear();
    this.soon(later);
    this.#tell(now);
  }
}
