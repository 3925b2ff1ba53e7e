/**
 * How often each of many callers may do something: token buckets, in bounded memory.
 *
 * A caller has `burst` at once, and `perSecond` more each second. Of callers that are not at their limit nothing
 * is kept. When more are at it than are kept, new ones are refused until others have rested.
 */
export interface RateLimitOptions {
  perSecond: number;
  burst: number;
  /** Callers kept at once. */
  most?: number;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

export class RateLimit {
  readonly #options: Required<RateLimitOptions>;
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: RateLimitOptions) {
    this.#options = { most: 10_000, ...options };
  }

  /** Whether the caller may, now; then it counts. */
  take(caller: string, nowMs: number = performance.now()): boolean {
    const { burst, most } = this.#options;
    const bucket = this.#buckets.get(caller);
    const tokens = bucket ? this.#tokens(bucket, nowMs) : burst;
    if (!bucket && this.#buckets.size >= most) this.#sweep(nowMs);
    if (tokens < 1 || (!bucket && this.#buckets.size >= most)) return false;
    this.#buckets.set(caller, { tokens: tokens - 1, atMs: nowMs });
    return true;
  }

  #tokens({ tokens, atMs }: Bucket, nowMs: number): number {
    return Math.min(this.#options.burst, tokens + ((nowMs - atMs) / 1000) * this.#options.perSecond);
  }

  #sweep(nowMs: number): void {
    for (const [caller, bucket] of this.#buckets) {
      if (this.#tokens(bucket, nowMs) >= this.#options.burst) this.#buckets.delete(caller);
    }
  }
}
