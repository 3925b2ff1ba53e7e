/**
 * What was read from the database a moment ago, for what every call asks for. Other processes write there too, so that nothing
 * is believed for longer than KEPT_MS; this process says what it changes itself.
 */

/** How late another process's change is seen. */
const KEPT_MS = 50;
const MOST = 10_000;

export class Recent<K, V extends object | number> {
  readonly #read: (key: K) => V | undefined;
  readonly #kept = new Map<K, { value: V; untilMs: number }>();

  /** @param read what is not there is asked for each time, so that nobody can fill this with names that he makes up */
  constructor(read: (key: K) => V | undefined) {
    this.#read = read;
  }

  get(key: K): V | undefined {
    const now = performance.now();
    const kept = this.#kept.get(key);
    if (kept && kept.untilMs > now) return kept.value;
    const value = this.#read(key);
    if (this.#kept.size >= MOST) this.#kept.clear();
    if (value === undefined) this.#kept.delete(key);
    else this.#kept.set(key, { value, untilMs: now + KEPT_MS });
    return value;
  }

  /** This process changes what is read. */
  forget(key: K): void {
    this.#kept.delete(key);
  }
}
