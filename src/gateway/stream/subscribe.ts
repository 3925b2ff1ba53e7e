/**
 * EventService.Subscribe: the log from a cursor on, then live.
 *
 * In:  SubscribeRequest.
 * Out: batches of events with the cursor behind them. The first message comes at once, even without events, so
 *      that a consumer knows its cursor; so does the last of `until_now`, and one each second in which only
 *      events that the filter leaves out were passed. Events that are not there any more, and those that a
 *      consumer asked to have skipped, are told as `missed`.
 *
 * Each subscriber reads the log at its own pace: the next batch is read when gRPC has taken the one before, so
 * a slow one holds one batch and nobody else. One that takes nothing for STUCK_MS is ended.
 *
 * Ends the stream with INVALID_ARGUMENT for a filter that cannot be meant, with RESOURCE_EXHAUSTED for a
 * consumer with too many streams or a stuck one; the details say where to go on.
 */
import { type Metadata, type ServerWritableStream, status } from '@grpc/grpc-js';
import { WarderError } from '../../base/error.ts';
import { toNumber } from '../../contract/int64.ts';
import type { SubscribeRequest, SubscribeResponse } from '../../contract/messages.ts';
import type { Sendable, SubscribeHandler } from '../../contract/services.ts';
import { askConsumers, type GatewayMetrics } from '../metrics.ts';
import type { EventLog } from '../store/event-log.ts';
import { selection } from './filter.ts';
import { missedBytes, responseBytes } from './response.ts';
import { SharedPages } from './shared-pages.ts';
import { Signal } from './signal.ts';
import { fail, refuse } from './status.ts';

/** A consumer whose filter lets nothing through still learns its cursor so often. */
const PROGRESS_MS = 1000;
/** Streams of one consumer at once, and of all. */
const CONSUMER_STREAMS = 128;
const STREAMS = 1024;
const STUCK_MS = 10 * 60_000;

type Call = ServerWritableStream<SubscribeRequest, Sendable<SubscribeResponse>>;

export interface SubscribeContext {
  log: EventLog;
  onError(error: Error): void;
  /** Whose call it is: limits count by it. */
  consumer(metadata: Metadata): string;
  metrics?: GatewayMetrics;
  /** How long a stream may take nothing. */
  stuckMs?: number;
}

export function subscribeHandler(context: SubscribeContext): { handle: SubscribeHandler; closeAll(): void } {
  const open = new Map<Subscription, string>();
  const pages = new SharedPages(context.log, () => open.size);
  if (context.metrics) {
    askConsumers(context.metrics, () => [...open].map(([{ behind }, consumer]) => ({ consumer, behind })));
  }
  const admit = (consumer: string): void => {
    const own = [...open.values()].filter((name) => name === consumer).length;
    if (own >= CONSUMER_STREAMS) throw tooMany(`${consumer} has ${own} streams open`, CONSUMER_STREAMS);
    if (open.size >= STREAMS) throw tooMany(`the gateway has ${open.size} streams open`, STREAMS);
  };
  return {
    handle: (call) => {
      const subscription = new Subscription(call, context, pages);
      const consumer = context.consumer(call.metadata);
      try {
        admit(consumer);
      } catch (error) {
        refuse(call, error as Error, context.onError);
        return;
      }
      open.set(subscription, consumer);
      subscription
        .serve()
        .catch((error: Error) => refuse(call, error, context.onError))
        .finally(() => open.delete(subscription));
    },
    closeAll: () => {
      for (const subscription of open.keys()) subscription.stop();
    },
  };
}

class Subscription {
  readonly #call: Call;
  readonly #log: EventLog;
  readonly #pages: SharedPages;
  readonly #stuckMs: number;
  /** Events of the log that it has not looked at, as of its last look. */
  behind = 0;
  #open = true;
  #leave: () => void = () => {};
  readonly #gone: Promise<void>;

  constructor(call: Call, { log, stuckMs = STUCK_MS }: SubscribeContext, pages: SharedPages) {
    this.#call = call;
    this.#log = log;
    this.#pages = pages;
    this.#stuckMs = stuckMs;
    this.#gone = new Promise((resolve) => {
      this.#leave = () => {
        this.#open = false;
        resolve();
      };
    });
    call.once('cancelled', this.#leave);
    call.once('close', this.#leave);
  }

  async serve(): Promise<void> {
    const { fromIndex, untilNow, filter, fields, skipWhenBehind } = this.#call.request;
    const wanted = selection(filter, fields ?? []);
    const skip = toNumber(skipWhenBehind) || Number.POSITIVE_INFINITY;
    const end = await this.#log.size();
    let cursor = fromIndex == null ? end : startIndex(toNumber(fromIndex), end);
    const until = untilNow ? end : Number.POSITIVE_INFINITY;
    const appends = new Signal(this.#log);
    try {
      cursor = await this.#passRetired(cursor, end);
      let told = await this.#tell(cursor, responseBytes({ events: [], next: cursor, end }));
      let toldMs = performance.now();
      while (this.#open && cursor < until) {
        appends.reset();
        const page = await this.#pages.read(cursor, until, wanted);
        this.behind = page.end - page.next;
        if (page.end - cursor > skip) {
          told = await this.#tell(page.end, missedBytes(cursor, page.end, 'behind', page.end));
          cursor = told;
          continue;
        }
        cursor = page.next;
        const overdue = cursor > told && performance.now() - toldMs >= PROGRESS_MS;
        if (page.bytes || overdue || cursor === until) {
          const { next, end: size } = page;
          told = await this.#tell(next, page.bytes ?? responseBytes({ events: [], next, end: size }));
          toldMs = performance.now();
        }
        // Let others have the thread before looking on.
        if (cursor < page.end) await this.#pages.turn();
        if (cursor === page.end && cursor < until) {
          await Promise.race([appends.next(cursor > told ? PROGRESS_MS : undefined), this.#gone]);
        }
      }
      if (this.#open) this.#call.end();
    } finally {
      appends.close();
    }
  }

  stop(): void {
    this.#leave();
    fail(this.#call, status.UNAVAILABLE, 'the gateway stops: subscribe again with the last cursor');
  }

  /** Where the log still begins behind the cursor, tells so. Returns where it goes on. */
  async #passRetired(cursor: number, end: number): Promise<number> {
    const oldest = await this.#log.oldest();
    if (oldest <= cursor) return cursor;
    return this.#tell(oldest, missedBytes(cursor, oldest, 'retention', end));
  }

  /** Sends a message, and waits until gRPC has room for the next. Returns the cursor told. */
  async #tell(next: number, bytes: Uint8Array): Promise<number> {
    if (!this.#open || this.#call.write(bytes)) return next;
    let drained: () => void = () => {};
    let stuck: NodeJS.Timeout | undefined;
    const drain = new Promise<void>((resolve) => {
      drained = resolve;
      stuck = setTimeout(() => {
        this.#endStuck(next);
        resolve();
      }, this.#stuckMs);
    });
    this.#call.once('drain', drained);
    await Promise.race([drain, this.#gone]);
    clearTimeout(stuck);
    this.#call.off('drain', drained);
    return next;
  }

  #endStuck(next: number): void {
    this.#leave();
    fail(
      this.#call,
      status.RESOURCE_EXHAUSTED,
      `nothing was taken from this stream for ${this.#stuckMs / 1000} s: subscribe again with the last ` +
        `next_index that you have (at most ${next}); no event is lost`,
    );
  }
}

/** A cursor past the end belongs to another log, or to one that was set back. */
function startIndex(from: number, end: number): number {
  if (from <= end) return from;
  throw new WarderError(
    'GATEWAY_REQUEST',
    `the cursor ${from} lies behind the end of the log, which has ${end} events`,
    'the cursor is of another log, or this one was restored from a backup: begin anew from an index that it has',
  );
}

function tooMany(what: string, limit: number): WarderError {
  return new WarderError(
    'GATEWAY_BUSY',
    `${what}, at most ${limit} are served`,
    'end streams that are not read',
  );
}
