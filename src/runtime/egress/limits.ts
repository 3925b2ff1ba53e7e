/**
 * How much a run may look up, so that names carry no more than is stated (docs/egress.md).
 *
 * What leaves in names is what an agent can choose in them: all that stands before the `*` of a rule. It is counted
 * each time that a server is asked, for the order of questions says something, too; what is answered from here is free.
 * In: names as they are asked. Out: whether there is still room. Times are those of a clock that only goes forward.
 */
export const LIMITS = {
  /** Questions: at once, and further ones in a second. */
  queries: 20_000,
  queriesPerSecond: 200,
  /** Addresses in an answer that count as one more question: they are what it costs, whoever else waits. */
  addresses: 16,
  /** Different names under wildcards, and bytes in front of the wildcards' own names, in an hour. */
  names: 2048,
  bytes: 32_768,
  /** Questions at servers at once; further ones wait for these. */
  waiting: 128,
} as const;

const HOUR_MS = 3_600_000;
/** Of its name: which type is asked for says something, too. */
const QUESTION_BYTES = 1;

export class RunLimits {
  readonly #nowMs: () => number;
  #queries: number = LIMITS.queries;
  #filledMs: number;
  #hourMs: number;
  readonly #names = new Set<string>();
  #bytes = 0;
  #asking = 0;
  readonly #turns: (() => void)[] = [];

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
    this.#filledMs = nowMs();
    this.#hourMs = nowMs();
  }

  takeQuery(): boolean {
    const now = this.#nowMs();
    const more = ((now - this.#filledMs) / 1000) * LIMITS.queriesPerSecond;
    this.#queries = Math.min(LIMITS.queries, this.#queries + more);
    this.#filledMs = now;
    if (this.#queries < 1) return false;
    this.#queries--;
    return true;
  }

  /** What was given in answer to one, beyond what anybody's answers have. */
  spend(addresses: number): void {
    this.#queries -= Math.floor(addresses / LIMITS.addresses);
  }

  /** Asks a server when there is room for one more. What waits is bounded by takeQuery. */
  async inTurn<T>(ask: () => Promise<T>): Promise<T> {
    if (this.#asking < LIMITS.waiting) this.#asking++;
    else await new Promise<void>((resolve) => this.#turns.push(resolve));
    try {
      return await ask();
    } finally {
      const next = this.#turns.shift();
      if (next) next();
      else this.#asking--;
    }
  }

  /** @param bytes of the name that its asker chose */
  takeName(name: string, bytes: number): boolean {
    if (bytes === 0) return true;
    const now = this.#nowMs();
    if (now - this.#hourMs >= HOUR_MS) {
      this.#hourMs = now;
      this.#names.clear();
      this.#bytes = 0;
    }
    const fits = this.#names.has(name) || this.#names.size < LIMITS.names;
    const more = bytes + QUESTION_BYTES;
    if (!fits || this.#bytes + more > LIMITS.bytes) return false;
    this.#names.add(name);
    this.#bytes += more;
    return true;
  }
}
