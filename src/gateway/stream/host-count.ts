/**
 * How many of something one host has, in all its streams, and at most so many: what a stream alone may have, a host would have as
 * often as it opens streams.
 */
export class HostCount {
  readonly #most: number;
  readonly #counts = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
  }

  /** One more; false where the host has its share. */
  add(host: string): boolean {
    const count = this.#counts.get(host) ?? 0;
    if (count >= this.#most) return false;
    this.#counts.set(host, count + 1);
    return true;
  }

  remove(host: string, count: number): void {
    const left = (this.#counts.get(host) ?? 0) - count;
    if (left > 0) this.#counts.set(host, left);
    else this.#counts.delete(host);
  }
}
