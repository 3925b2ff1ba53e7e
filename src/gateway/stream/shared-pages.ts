/**
 * Pages of the log that several consumers read at the same time, read and encoded once.
 *
 * Consumers with the same filter that are at the same place share a page; pages end at multiples of the batch
 * size where nothing is filtered, so that those who began at different places meet. A page at the log's end is
 * good until the next append.
 *
 * What was appended a moment ago and is wanted whole comes from memory, where it lies as it is sent.
 *
 * Nothing is kept for a consumer who is alone: a page that lives on after it was sent is old by the time that it goes, and V8 looks
 * for old memory outside its heap by a full collection.
 *
 * In:     reads as SubscribeResponse bytes of the selection.
 * Out:    the page; `bytes` undefined where no event of it matched.
 * Bounded: PAGES pages, each at most a batch or RECENT_BYTES, and what an expression takes over it about PAGE_MS of the thread.
 */
import type { EventLog, LogFilter, LogQuery } from '../store/event-log.ts';
import type { Selection } from './filter.ts';
import { ofFields, responseBytes } from './response.ts';

const PAGES = 32;
const BATCH_EVENTS = 512;
const BATCH_BYTES = 512 * 1024;
/**
 * Of a page from memory, which costs a copy: more than a transaction has as a rule, for there is one of each in a turn of the thread,
 * and who follows the log would fall behind it while it grows fast. A fourth of what clients take in one message.
 */
const RECENT_EVENTS = 4096;
const RECENT_BYTES = 1024 * 1024;
/** An expression over long arguments takes a fifth of a second for a batch: the page ends there, and others have the thread. */
const PAGE_MS = 10;
const LOOK_AT_CLOCK = 16;

export interface SharedPage {
  next: number;
  end: number;
  /** The SubscribeResponse, where it has events. */
  bytes: Uint8Array | undefined;
}

export class SharedPages {
  readonly #log: EventLog;
  readonly #readers: () => number;
  readonly #pages = new Map<string, Promise<SharedPage>>();
  #turn: Promise<unknown> = Promise.resolve();

  /** @param readers how many consumers there are now */
  constructor(log: EventLog, readers: () => number) {
    this.#log = log;
    this.#readers = readers;
  }

  /** Resolves when whoever asked reads its next page: one in a turn of the thread, so that between two of them calls are heard. */
  turn(): Promise<unknown> {
    this.#turn = this.#turn.then(() => new Promise((resolve) => setImmediate(resolve)));
    return this.#turn;
  }

  /** @param until first index not wanted */
  read(from: number, until: number, selection: Selection): Promise<SharedPage> {
    if (this.#readers() < 2) this.#pages.clear();
    if (until !== Number.POSITIVE_INFINITY || this.#readers() < 2) return this.#read(from, until, selection);
    const key = `${from} ${selection.key}`;
    let page = this.#pages.get(key);
    if (!page) {
      page = this.#read(from, until, selection);
      this.#pages.set(key, page);
      page.then(
        ({ next, end }) => next === end && this.#pages.delete(key),
        () => this.#pages.delete(key),
      );
      for (const [oldest] of this.#pages) {
        if (this.#pages.size <= PAGES) break;
        this.#pages.delete(oldest);
      }
    }
    return page;
  }

  #read(from: number, until: number, selection: Selection): Promise<SharedPage> {
    return selection.whole ? this.#sent(from, until, selection) : this.#looked(from, until, selection);
  }

  /** Of whole events, which nobody makes objects of. */
  async #sent(from: number, until: number, { filter }: Selection): Promise<SharedPage> {
    const limit = Math.min(RECENT_EVENTS - (from % RECENT_EVENTS), until - from);
    const recent = filter ? undefined : this.#log.recent(from, limit, RECENT_BYTES);
    const page = recent ?? (await this.#log.readSent({ from, until, ...bounds(from, filter) }));
    const { next, end } = page;
    return { next, end, bytes: page.pieces.length > 0 ? ofFields(page) : undefined };
  }

  async #looked(from: number, until: number, selection: Selection): Promise<SharedPage> {
    const page = await this.#log.read({ from, until, ...bounds(from, selection.filter) });
    const events: Uint8Array[] = [];
    const begun = performance.now();
    let next = page.next;
    for (const [at, row] of page.rows.entries()) {
      if (at % LOOK_AT_CLOCK === LOOK_AT_CLOCK - 1 && performance.now() - begun > PAGE_MS) {
        next = row.index;
        break;
      }
      const bytes = selection.take(row);
      if (bytes) events.push(bytes);
    }
    const bytes = events.length > 0 ? responseBytes({ events, next, end: page.end }) : undefined;
    return { next, end: page.end, bytes };
  }
}

function bounds(
  from: number,
  filter: LogFilter | undefined,
): Pick<LogQuery, 'filter' | 'limit' | 'maxBytes'> {
  const limit = filter ? BATCH_EVENTS : BATCH_EVENTS - (from % BATCH_EVENTS);
  return { filter, limit, maxBytes: BATCH_BYTES };
}
