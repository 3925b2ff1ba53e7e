/**
 * A process of test/bench/worker.c: asked for a loop, it says how long that took.
 *
 * Throws: what the worker says went wrong, and its end.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export const WORKER = fileURLToPath(new URL('../../build/bench/worker', import.meta.url));

export class Worker {
  readonly child: ChildProcess;
  /** Of the worker itself, whatever it was started by. */
  pid = 0;
  #text = '';
  #waiting: PromiseWithResolvers<string> | undefined;
  #ended: Error | undefined;

  private constructor(child: ChildProcess) {
    this.child = child;
    child.stdout!.setEncoding('utf8').on('data', (piece: string) => this.#take(piece));
    let errors = '';
    child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
      errors = (errors + piece).slice(-4000);
    });
    child.once('exit', (code, signal) => {
      this.#ended = new Error(`a worker ended with ${signal ?? code}: ${errors}`);
      this.#waiting?.reject(this.#ended);
    });
  }

  /** @param through words of a command that starts the worker */
  static async start(directory: string, through: readonly string[] = [], cwd = directory): Promise<Worker> {
    const [program, ...words] = [...through, WORKER, directory];
    const child = spawn(program!, words, { stdio: ['pipe', 'pipe', 'pipe'], cwd });
    const worker = new Worker(child);
    const ready = await worker.#line();
    worker.pid = Number(/^ready (\d+)$/.exec(ready)?.[1]);
    if (!worker.pid) throw new Error(`a worker said '${ready}' instead of being ready`);
    return worker;
  }

  /** Nanoseconds, or what else the request is answered with. One request at a time. */
  async ask(request: string): Promise<number> {
    return (await this.run(request)).ns;
  }

  /** With the CPU time of a command and its children. */
  async run(request: string): Promise<{ ns: number; cpuNs: number }> {
    const [ns, cpuNs] = await this.#answer(request);
    return { ns, cpuNs };
  }

  /** Opens at a steady rate, as many as it makes for rate 0; `seconds`: how long they took in truth. */
  async pace(rate: number, seconds: number): Promise<{ made: number; seconds: number }> {
    const [made, ns] = await this.#answer(`pace ${rate} ${seconds * 1000}`);
    return { made, seconds: ns / 1e9 };
  }

  async #answer(request: string): Promise<[number, number]> {
    const line = this.#line();
    this.child.stdin!.write(`${request}\n`);
    const answer = await line;
    const [, first, second] = /^(\d+) (\d+)$/.exec(answer) ?? [];
    if (first === undefined) throw new Error(`${request}: ${answer}`);
    return [Number(first), Number(second)];
  }

  async end(): Promise<void> {
    if (this.#ended) return;
    const ended = once(this.child, 'exit');
    this.child.stdin!.end();
    await ended;
  }

  #line(): Promise<string> {
    if (this.#ended) return Promise.reject(this.#ended);
    this.#waiting = Promise.withResolvers();
    return this.#waiting.promise;
  }

  #take(piece: string): void {
    this.#text += piece;
    const end = this.#text.indexOf('\n');
    if (end < 0) return;
    const line = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 1);
    this.#waiting?.resolve(line);
  }
}
