/**
 * Questions put to the worker, from the gateway's thread.
 *
 * The worker starts with the first question. At most WAITING questions wait; one that takes longer than
 * ANSWER_MS ends the worker, and a new one starts with the next question.
 *
 * Throws: GATEWAY_BUSY, GATEWAY_QUERY, and what the engine throws.
 */
import { Worker } from 'node:worker_threads';
import { WarderError } from '../../base/error.ts';
import { atRoot, IS_BUNDLED } from '../../base/root.ts';
import type { QueryMethod } from '../../contract/query-service.ts';

const WAITING = 64;
const ANSWER_MS = 60_000;
/** Past it the worker ends, and nothing else. */
const HEAP_MB = 512;
const WORKER = atRoot(IS_BUNDLED ? 'dist/gateway/query-worker.js' : 'src/gateway/query/thread.ts');

export interface Question {
  id: number;
  method: QueryMethod;
  request: Uint8Array;
}

export interface Answer {
  id: number;
  response?: Uint8Array;
  failure?: { code: string; message: string; fix: string };
}

interface Waiting {
  resolve(response: Uint8Array): void;
  reject(error: Error): void;
  timer: NodeJS.Timeout;
}

export class Questions {
  readonly #path: string;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #ids = 0;

  /** @param path of the database */
  constructor(path: string) {
    this.#path = path;
  }

  /** Resolves with the encoded response. */
  ask(method: QueryMethod, request: Uint8Array): Promise<Uint8Array> {
    if (this.#waiting.size >= WAITING) {
      return Promise.reject(
        new WarderError('GATEWAY_BUSY', `${WAITING} questions wait already`, 'ask again in a moment'),
      );
    }
    const worker = this.#start();
    const id = ++this.#ids;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#end(slow()), ANSWER_MS);
      this.#waiting.set(id, { resolve, reject, timer });
      worker.ref();
      worker.postMessage({ id, method, request } satisfies Question);
    });
  }

  close(): void {
    this.#end(new WarderError('GATEWAY_QUERY', 'the gateway stops', 'ask another, or again when it is back'));
  }

  #start(): Worker {
    if (this.#worker) return this.#worker;
    const worker = new Worker(WORKER, {
      workerData: { path: this.#path },
      execArgv: [],
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    worker.on('message', (answer: Answer) => this.#answered(answer));
    worker.on('error', (error) => this.#worker === worker && this.#end(failed(error)));
    worker.on('exit', () => this.#worker === worker && this.#end(failed(new Error('it ended'))));
    this.#worker = worker;
    return worker;
  }

  #answered({ id, response, failure }: Answer): void {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#worker?.unref();
    clearTimeout(waiting.timer);
    if (response) waiting.resolve(response);
    else if (failure?.code) waiting.reject(new WarderError(failure.code, failure.message, failure.fix));
    else waiting.reject(new Error(failure?.message ?? 'no answer'));
  }

  /** Ends the worker; every question that waits fails. */
  #end(error: Error): void {
    const worker = this.#worker;
    this.#worker = undefined;
    void worker?.terminate();
    for (const [id, waiting] of this.#waiting) {
      this.#waiting.delete(id);
      clearTimeout(waiting.timer);
      waiting.reject(error);
    }
  }
}

function slow(): WarderError {
  return new WarderError(
    'GATEWAY_QUERY',
    `no answer within ${ANSWER_MS / 1000} s`,
    'ask for less: name a run or a time',
  );
}

function failed(cause: Error): WarderError {
  return new WarderError('GATEWAY_QUERY', `the thread that answers failed: ${cause.message}`, 'ask again', {
    cause,
  });
}
