/**
 * The resolver's thread, from the runtime's.
 *
 * What the thread has said is heard by drain(), and as the event loop comes to it. Throws: NAMES_THREAD where it does not
 * answer; what it could not do, as it says it.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { WarderError } from '../../base/error.ts';
import { atRoot, IS_BUNDLED } from '../../base/root.ts';
import type { NameDescriptors } from '../../kernel/addon.ts';
import { GivenRing } from './given-ring.ts';
import type { Fault, FromThread, ThreadData, ToThread } from './messages.ts';

const THREAD = atRoot(IS_BUNDLED ? 'dist/runtime/resolver-thread.js' : 'src/runtime/egress/thread.ts');
const ANSWER_MS = 10_000;
/** Young objects: it makes few that last, and all of this is resident. */
const YOUNG_MB = 4;

export class ResolverThread {
  readonly #port: MessagePort;
  readonly #said = new Int32Array(new SharedArrayBuffer(4));
  readonly #given: GivenRing;
  readonly #hear: (message: FromThread) => void;
  readonly #calls = new Map<number, (fault: Fault | undefined) => void>();
  #ids = 0;

  /** @param descriptors are the thread's from here on */
  constructor(descriptors: NameDescriptors, hear: (message: FromThread) => void) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#hear = hear;
    const given = GivenRing.memory();
    this.#given = new GivenRing(given);
    const answers = this.#said.buffer as SharedArrayBuffer;
    const data: ThreadData = { port: port2, answers, given, descriptors };
    const worker = new Worker(THREAD, {
      workerData: data,
      transferList: [port2],
      execArgv: [],
      env: {},
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    // As if it had happened on this thread: a runtime without its resolver is none.
    worker.on('error', (error) => {
      throw error;
    });
    worker.unref();
    port1.on('message', (message: FromThread) => this.#take(message));
    port1.unref();
  }

  post(message: ToThread): void {
    this.#port.postMessage(message);
  }

  /** Hears all that was said so far. */
  drain(): void {
    this.#hearGiven();
    for (let said = receiveMessageOnPort(this.#port); said; said = receiveMessageOnPort(this.#port))
      this.#take(said.message);
  }

  /** Stands still until all that was posted is done. */
  finish(): void {
    let done: { fault: Fault | undefined } | undefined;
    this.#call((fault) => {
      done = { fault };
    });
    const end = performance.now() + ANSWER_MS;
    for (;;) {
      const before = Atomics.load(this.#said, 0);
      this.drain();
      if (done || performance.now() > end) break;
      Atomics.wait(this.#said, 0, before, Math.max(1, end - performance.now()));
    }
    const failed = done ? done.fault && errorOf(done.fault) : silent();
    if (failed) throw failed;
  }

  /** Resolves once all that was posted is done. */
  async finished(): Promise<void> {
    const fault = await new Promise<Fault | undefined>((resolve) => this.#call(resolve));
    if (fault) throw errorOf(fault);
  }

  #call(done: (fault: Fault | undefined) => void): void {
    const id = ++this.#ids;
    this.#calls.set(id, done);
    this.post({ kind: 'call', id });
  }

  #hearGiven(): void {
    for (const given of this.#given.read()) this.#hear({ kind: 'given', ...given });
  }

  #take(message: FromThread): void {
    this.#hearGiven();
    if (message.kind !== 'done') {
      this.#hear(message);
      return;
    }
    this.#calls.get(message.id)?.(message.fault);
    this.#calls.delete(message.id);
  }

  /** It ends once all that was posted before is done. */
  close(): void {
    this.finish();
    this.post({ kind: 'close' });
  }
}

export function errorOf({ code, message, fix }: Fault): WarderError {
  return new WarderError(code, message, fix);
}

function silent(): WarderError {
  return new WarderError(
    'NAMES_THREAD',
    `the thread of the resolver has not answered for ${ANSWER_MS / 1000} s`,
    'see whether the machine has memory and processors left, and report this with the log',
  );
}
