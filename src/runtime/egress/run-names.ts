/**
 * The names of runs, by the policies that are in force, about to be, or were until a moment ago.
 *
 * In:  policies as they come and go. Throws: what PolicyNames throws.
 */
import type { PolicyNames } from './policy-names.ts';

export class RunNames {
  /** Of each run, the one that names are judged by last. */
  readonly #policies = new Map<number, Map<number, PolicyNames>>();

  /** @param policy its number */
  enter(run: number, policy: number, names: PolicyNames): void {
    const policies = this.#policies.get(run) ?? new Map<number, PolicyNames>();
    const before = [...policies.values()].at(-1);
    this.#policies.set(run, policies.set(policy, names));
    if (before) names.carry(before);
  }

  remove(run: number, policy: number): void {
    this.#policies.get(run)?.get(policy)?.remove();
    this.#policies.get(run)?.delete(policy);
  }

  forget(run: number): void {
    for (const names of this.#policies.get(run)?.values() ?? []) names.remove();
    this.#policies.delete(run);
  }

  /** What names of the run are judged by. */
  judging(run: number): PolicyNames | undefined {
    return [...(this.#policies.get(run)?.values() ?? [])].at(-1);
  }

  /** Of every run. */
  all(): PolicyNames[] {
    return [...this.#policies.keys()].flatMap((run) => this.judging(run) ?? []);
  }
}
