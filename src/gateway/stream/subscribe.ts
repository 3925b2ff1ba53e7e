/**
 * EventService.Subscribe: the log from a cursor on, then live.
 *
 * In:  SubscribeRequest.
 * Out: batches of events with the cursor behind them. The first message comes at once, even without events, so
 *      that a consumer knows its cursor; so does the last of `until_now`, and one each second in which only
 *      events that the filter leaves out were passed.
 *
 * Each subscriber reads the log at its own pace: the next batch is read when gRPC has taken the one before, so
 * a slow one holds one batch and nobody else.
 *
 * Ends the stream with INVALID_ARGUMENT for a filter that cannot be meant.
 */
import { type ServerWritableStream, status } from '@grpc/grpc-js';
import { WarderError } from '../../base/error.ts';
import { bytesField, loggedEventBytes, varintLength, writeVarint } from '../../contract/canonical.ts';
import { toNumber } from '../../contract/int64.ts';
import {
  type EventFilter,
  type SubscribeRequest,
  type SubscribeResponse,
  Verdict,
} from '../../contract/messages.ts';
import type { Sendable, SubscribeHandler } from '../../contract/services.ts';
import { KINDS, type Kind } from '../store/entry.ts';
import type { EventLog, LogFilter, LogPage } from '../store/event-log.ts';
import { fail, refuse } from './status.ts';

const BATCH_EVENTS = 512;
const BATCH_BYTES = 512 * 1024;
/** A consumer whose filter lets nothing through still learns its cursor so often. */
const PROGRESS_MS = 1000;
const FILTER_ITEMS = 64;

/** Field numbers of SubscribeResponse. */
const EVENTS_FIELD = 1;
const NEXT_INDEX_TAG = (2 << 3) | 0;

type Call = ServerWritableStream<SubscribeRequest, Sendable<SubscribeResponse>>;

export interface SubscribeContext {
  log: EventLog;
  onError(error: Error): void;
}

export function subscribeHandler(context: SubscribeContext): { handle: SubscribeHandler; closeAll(): void } {
  const open = new Set<Subscription>();
  return {
    handle: (call) => {
      const subscription = new Subscription(call, context.log);
      open.add(subscription);
      subscription
        .serve()
        .catch((error: Error) => refuse(call, error, context.onError))
        .finally(() => open.delete(subscription));
    },
    closeAll: () => {
      for (const subscription of open) subscription.stop();
    },
  };
}

class Subscription {
  readonly #call: Call;
  readonly #log: EventLog;
  #open = true;
  #leave: () => void = () => {};
  readonly #gone: Promise<void>;

  constructor(call: Call, log: EventLog) {
    this.#call = call;
    this.#log = log;
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
    const { fromIndex, untilNow, filter: wanted } = this.#call.request;
    const filter = logFilter(wanted);
    const end = await this.#log.size();
    let cursor = fromIndex == null ? end : startIndex(toNumber(fromIndex), end);
    const until = untilNow ? end : Number.POSITIVE_INFINITY;
    const appends = new Signal(this.#log);
    try {
      let told = await this.#tell({ rows: [], next: cursor, end });
      let toldMs = performance.now();
      while (this.#open && cursor < until) {
        appends.reset();
        const page = upTo(
          until,
          await this.#log.read({ from: cursor, filter, limit: BATCH_EVENTS, maxBytes: BATCH_BYTES }),
        );
        cursor = page.next;
        const overdue = cursor > told && performance.now() - toldMs >= PROGRESS_MS;
        if (page.rows.length > 0 || overdue || cursor === until) {
          told = await this.#tell(page);
          toldMs = performance.now();
        } else if (cursor < page.end) {
          // Nothing for this filter here: let others have the thread before looking on.
          await new Promise((resolve) => setImmediate(resolve));
        }
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

  /** Sends a batch, and waits until gRPC has room for the next. Returns the cursor told. */
  async #tell(page: LogPage): Promise<number> {
    if (!this.#open || this.#call.write(responseBytes(page))) return page.next;
    let drained: () => void = () => {};
    const drain = new Promise<void>((resolve) => {
      drained = resolve;
    });
    this.#call.once('drain', drained);
    await Promise.race([drain, this.#gone]);
    this.#call.off('drain', drained);
    return page.next;
  }
}

/** Appends to a log, as something to wait for. */
class Signal {
  readonly #unwatch: () => void;
  #raised = false;
  #resolve: () => void = () => {};

  constructor(log: EventLog) {
    this.#unwatch = log.watch(() => {
      this.#raised = true;
      this.#resolve();
    });
  }

  reset(): void {
    this.#raised = false;
  }

  /** Resolves at the first append since reset, or when the time is over. */
  next(limitMs: number | undefined): Promise<void> {
    if (this.#raised) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = limitMs === undefined ? undefined : setTimeout(resolve, limitMs);
      this.#resolve = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  close(): void {
    this.#unwatch();
    this.#resolve();
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

/** What of a page lies before an index. */
function upTo(until: number, page: LogPage): LogPage {
  if (page.next <= until) return page;
  return { rows: page.rows.filter((row) => row.index < until), next: until, end: page.end };
}

/** Throws GATEWAY_REQUEST. */
function logFilter(filter: EventFilter | null | undefined): LogFilter | undefined {
  if (!filter) return undefined;
  const { agents, runs, kinds, verdicts, pathPrefix } = filter;
  const items = [agents, runs, kinds, verdicts].reduce((sum, list) => sum + (list?.length ?? 0), 0);
  if (items > FILTER_ITEMS) throw badFilter(`${items} items`, `name at most ${FILTER_ITEMS}`);
  const unknown = kinds?.find((kind) => !(KINDS as readonly string[]).includes(kind));
  if (unknown !== undefined)
    throw badFilter(`the kind '${unknown}'`, `use one of ${KINDS.slice(1).join(', ')}`);
  const verdict = verdicts?.find((value) => !(value in Verdict));
  if (verdict !== undefined) throw badFilter(`the verdict ${verdict}`, 'use one of the contract');
  if (pathPrefix && !pathPrefix.startsWith('/'))
    throw badFilter(`the path '${pathPrefix}'`, 'begin it with /');
  return {
    agents: agents ?? [],
    runs: runs ?? [],
    kinds: (kinds ?? []) as Kind[],
    verdicts: verdicts ?? [],
    ...(pathPrefix ? { pathPrefix } : {}),
  };
}

function badFilter(what: string, fix: string): WarderError {
  return new WarderError('GATEWAY_REQUEST', `the filter has ${what}`, fix);
}

/** A SubscribeResponse around events that are encoded already. */
function responseBytes({ rows, next }: LogPage): Uint8Array {
  const parts: Uint8Array[] = rows.map(({ index, leaf }) =>
    bytesField(EVENTS_FIELD, loggedEventBytes(index, leaf)),
  );
  if (next > 0) {
    const cursor = new Uint8Array(1 + varintLength(next));
    cursor[0] = NEXT_INDEX_TAG;
    writeVarint(cursor, 1, next);
    parts.push(cursor);
  }
  return Buffer.concat(parts);
}
