/**
 * Events of look-ups on their way: several go as one, for each way to the log has its price, and who asks for names waits
 * while it is paid.
 *
 * In: events. Out: the same in batches, in order, within BATCH_MS. Nothing is dropped; what goes wrong is told.
 */
import type { SealedEvent } from '../event-builder.ts';

const BATCH_MS = 20;
const BATCH_MOST = 512;

export class ToldLookups {
  readonly #send: (events: SealedEvent[]) => Promise<void>;
  readonly #onProblem: (error: unknown) => void;
  #waiting: SealedEvent[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sent = Promise.resolve();

  constructor(send: (events: SealedEvent[]) => Promise<void>, onProblem: (error: unknown) => void) {
    this.#send = send;
    this.#onProblem = onProblem;
  }

  add(event: SealedEvent): void {
    this.#waiting.push(event);
    if (this.#waiting.length >= BATCH_MOST) void this.flush();
    else this.#timer ??= setTimeout(() => void this.flush(), BATCH_MS);
  }

  /** Resolves once all that was added has been sent. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const events = this.#waiting;
    this.#waiting = [];
    if (events.length > 0) this.#sent = this.#sent.then(() => this.#send(events)).catch(this.#onProblem);
    return this.#sent;
  }
}
