/**
 * Which file it was that was started by a link. A script's event has its name as it was passed, and a link that the work
 * made itself is followed by no rule (docs/policy.md): the rule must be about the file. Its interpreter opens it next, and
 * that event has the resolved path.
 *
 * In:  starts and opens of each process, in the order in which they were recorded.
 * Out: for a start, once, the file. Configuration that an interpreter looks for before (node's package.json) is passed over.
 * Bounded: STARTS that wait for an open, OPENS looked at for each; what is past that stays what was passed.
 */
const STARTS = 10_000;
const OPENS = 500;
const CONFIGURATION = /\.(json|toml|cfg|conf|ini|lock|ya?ml)$|\/\.[^/]+$/;

interface Start {
  passed: string;
  opens: number;
}

export class StartedScripts {
  readonly #waiting = new Map<string, Start>();

  /** @param process its exec id. An interpreter that starts another one (`env node`) goes on with the same script. */
  started(process: string, passed: string): void {
    this.#waiting.delete(process);
    if (this.#waiting.size >= STARTS) this.#waiting.delete(this.#waiting.keys().next().value!);
    this.#waiting.set(process, { passed, opens: 0 });
  }

  /** The name that a file was started by, where the file that is opened is the script that this process waits for. */
  opened(process: string, path: string): string | undefined {
    const start = this.#waiting.get(process);
    if (!start) return undefined;
    const isScript = path === start.passed || !CONFIGURATION.test(path);
    if (isScript || ++start.opens >= OPENS) this.#waiting.delete(process);
    return isScript ? start.passed : undefined;
  }
}
