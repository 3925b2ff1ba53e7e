/**
 * Events of one stream on their way into the log.
 *
 * In:     batches of one origin, checked, in order.
 * Out:    an acknowledgement for each append. A batch that the store has no room for is kept and tried again, and the runtime
 *         told why; meanwhile the stream is not read, so that the runtime's own bound is the only buffer that fills.
 */
import type { WarderError } from '../../base/error.ts';
import type { Origin } from '../../contract/canonical.ts';
import { toLong } from '../../contract/int64.ts';
import type { GatewayMessage } from '../../contract/messages.ts';
import { countStored, type GatewayMetrics } from '../metrics.ts';
import type { LogEntry } from '../store/entry.ts';
import type { EventLog } from '../store/event-log.ts';
import type { StoreTrouble } from '../store-trouble.ts';

/** What a stream reads ahead of the store, in bytes of events. */
const READ_AHEAD_BYTES = 4 * 1024 * 1024;
/** Events that are stored at once: bounds how long a transaction holds the thread. */
const STORE_EVENTS = 8192;
/** Wait before a batch that could not be stored is tried again. */
const STORE_RETRY_MS = 250;
/** What passes by itself once the disk has room or another process lets go. */
const RETRIED = new Set(['GATEWAY_STORE_FULL', 'GATEWAY_STORE_IO', 'GATEWAY_STORE_BUSY']);

export interface StoringContext {
  log: EventLog;
  trouble: StoreTrouble;
  metrics: GatewayMetrics;
  onError(error: Error): void;
}

export interface StoringOptions extends StoringContext {
  origin: Origin;
  /** The last sequence of the origin that the log has. */
  received: number;
  send(kind: string, message: GatewayMessage): void;
  /** The store failed for good: the stream is over. */
  onFailed(details: string): void;
}

export class Storing {
  readonly #options: StoringOptions;
  #received: number;
  #waiting: LogEntry[] = [];
  #waitingBytes = 0;
  #working: Promise<void> | undefined;
  #room: (() => void) | undefined;
  #open = true;

  constructor(options: StoringOptions) {
    this.#options = options;
    this.#received = options.received;
  }

  /** Resolves when the stream may be read on. */
  async add(first: number, entries: readonly LogEntry[]): Promise<void> {
    const last = first + entries.length - 1;
    if (last <= this.#received) return this.#acknowledgeAgain();
    this.#received = last;
    for (const entry of entries) {
      this.#waiting.push(entry);
      this.#waitingBytes += entry.body.length;
    }
    this.#working ??= this.#store().finally(() => {
      this.#working = undefined;
    });
    if (this.#waitingBytes > READ_AHEAD_BYTES) {
      await new Promise<void>((resolve) => {
        this.#room = resolve;
      });
    }
  }

  /** Resolves when nothing is on its way. */
  async idle(): Promise<void> {
    await this.#working;
  }

  /** The stream is over: what is not stored yet comes again in the next one. */
  close(): void {
    this.#open = false;
    this.#room?.();
  }

  /** A batch that came twice: tell again how far the log is, if nothing is on its way there. */
  async #acknowledgeAgain(): Promise<void> {
    await this.#working;
    const { log, origin } = this.#options;
    this.#acknowledge(await log.lastSequence(origin));
  }

  #acknowledge(sequence: number): void {
    this.#options.send('acknowledgement', { acknowledgement: { sequence: toLong(sequence) } });
  }

  /** Stores what waits, one append at a time: order is what makes the sequence mean anything. */
  async #store(): Promise<void> {
    while (this.#waiting.length > 0 && this.#open) {
      const entries = this.#waiting.splice(0, STORE_EVENTS);
      const since = performance.now();
      const sequence = await this.#storeUntilDone(entries);
      if (sequence !== undefined) {
        countStored(this.#options.metrics, entries, since);
        this.#acknowledge(sequence);
      }
      for (const { body } of entries) this.#waitingBytes -= body.length;
      if (this.#waitingBytes <= READ_AHEAD_BYTES) this.#room?.();
    }
  }

  async #storeUntilDone(entries: LogEntry[]): Promise<number | undefined> {
    const { log, origin, trouble, send, onError, onFailed } = this.#options;
    for (let told = ''; this.#open; ) {
      try {
        const sequence = await log.append(origin, entries);
        if (told) send('status', { status: {} });
        trouble.stored();
        return sequence;
      } catch (error) {
        const { code, message, fix } = error as WarderError;
        if (!RETRIED.has(code)) {
          onError(error as Error);
          onFailed(`${code}: ${message}`);
          return undefined;
        }
        trouble.refused(code);
        if (code !== told) {
          onError(error as Error);
          send('status', { status: { code, message, fix } });
          told = code;
        }
        await new Promise((resolve) => setTimeout(resolve, STORE_RETRY_MS));
      }
    }
    return undefined;
  }
}
