/**
 * Which file it was that was started by a link. A script's event has its name as it was passed, and a link that the work
 * made itself is followed by no rule (docs/policy.md): the rule must be about the file. Its interpreter opens it next, and
 * that event has the resolved path.
 *
 * In:  starts and opens of each process, in the order in which they were recorded.
 * Out: the file for each start: the first that is opened then. What interpreters look for before is passed over: configuration
 *      (node's package.json), and what Python loads of a virtual environment. Where the name itself is opened after all, it
 *      was no link, and the first answer is taken back.
 * Bounded: STARTS that wait for an open, OPENS looked at for each; what is past that stays what was passed.
 */
const STARTS = 10_000;
const OPENS = 500;
const BEFORE = /\.(json|toml|cfg|conf|ini|lock|ya?ml|pth|pyc)$|\/\.[^/]+$|\/site-packages\//;

interface Start {
  passed: string;
  /** What it is taken to be. */
  file: string;
  opens: number;
}

/** What was taken for the script, and what it is. */
export interface Correction {
  from: string;
  to: string;
}

export class StartedScripts {
  readonly #waiting = new Map<string, Start>();

  /** @param process its exec id. An interpreter that starts another one (`env node`) goes on with the same script. */
  started(process: string, passed: string): void {
    this.#waiting.delete(process);
    if (this.#waiting.size >= STARTS) this.#waiting.delete(this.#waiting.keys().next().value!);
    this.#waiting.set(process, { passed, file: passed, opens: 0 });
  }

  /** What the opening of a file says of the script that this process was started with. */
  opened(process: string, path: string): Correction | undefined {
    const start = this.#waiting.get(process);
    if (!start) return undefined;
    const { passed, file } = start;
    const isPassed = path === passed;
    if (isPassed || ++start.opens >= OPENS) this.#waiting.delete(process);
    if (isPassed) return file === passed ? undefined : { from: file, to: passed };
    if (file !== passed || BEFORE.test(path)) return undefined;
    start.file = path;
    return { from: passed, to: path };
  }
}
