/**
 * Counts by key, in bounded memory: past `limit` keys, new ones are counted together.
 */
export interface Count {
  key: string;
  count: number;
}

export class BoundedCounts {
  readonly #limit: number;
  readonly #counts = new Map<string, number>();
  /** Sum over all keys, those that had no room included. */
  total = 0;
  /** Counted without a key of their own. */
  beyond = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(key: string, count = 1): void {
    this.total += count;
    const known = this.#counts.get(key);
    if (known === undefined && this.#counts.size >= this.#limit) this.beyond += count;
    else this.#counts.set(key, (known ?? 0) + count);
  }

  /** Most frequent first, equal ones by name. */
  sorted(): Count[] {
    return [...this.#counts]
      .map(([key, count]) => ({ key, count }))
      .sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1));
  }
}
