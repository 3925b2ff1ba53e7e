/**
 * Whether a name holds a secret, asked of the redactor, which is another thread's. A name of a run that held none is
 * not asked about again: it has been at a server.
 *
 * In: names. Out: questions by number; their answers.
 */
/** Names of a run that are remembered. */
const KEPT = 4096;

export class SecretQuestions {
  readonly #ask: (question: { id: number; run: number; name: string }) => void;
  readonly #waiting = new Map<number, (holds: boolean) => void>();
  /** By run. */
  readonly #clean = new Map<number, Set<string>>();
  #ids = 0;

  constructor(ask: (question: { id: number; run: number; name: string }) => void) {
    this.#ask = ask;
  }

  ask(run: number, name: string): boolean | Promise<boolean> {
    if (this.#clean.get(run)?.has(name)) return false;
    const id = ++this.#ids;
    this.#ask({ id, run, name });
    return new Promise((resolve) => {
      this.#waiting.set(id, (holds) => {
        if (!holds) this.#keep(run, name);
        resolve(holds);
      });
    });
  }

  answered(id: number, holds: boolean): void {
    this.#waiting.get(id)?.(holds);
    this.#waiting.delete(id);
  }

  /** A run is over. */
  forget(run: number): void {
    this.#clean.delete(run);
  }

  #keep(run: number, name: string): void {
    const clean = this.#clean.get(run) ?? new Set();
    if (clean.size >= KEPT) clean.clear();
    this.#clean.set(run, clean.add(name));
  }
}
