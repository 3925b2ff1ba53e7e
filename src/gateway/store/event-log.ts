/**
 * The event log: append only, in one order, each event once. The interface that another engine can stand in
 * behind; sqlite-event-log.ts is the one that ships.
 *
 * Indexes count from 0 without holes. Sequences count from 1 per origin; a hole in them is kept as it came
 * (its loss event explains it).
 */
import type { Origin } from '../../contract/canonical.ts';
import type { Kind, LogEntry } from './entry.ts';

export interface LogFilter {
  /** As agent-names.ts has them. */
  agents?: readonly string[];
  runs?: readonly string[];
  kinds?: readonly Kind[];
  /** In force, or would be. */
  verdicts?: readonly number[];
  hosts?: readonly string[];
  /** That path itself, and everything under it. */
  pathPrefix?: string;
}

export interface LogQuery {
  /** First index wanted, and first one that is not; undefined: up to the end. */
  from: number;
  until?: number;
  filter?: LogFilter | undefined;
  /** Most events, and most bytes of them (one event is given even when it is larger). */
  limit: number;
  maxBytes: number;
}

export interface LogRow {
  index: number;
  /** The canonical LoggedEvent without its index: the leaf of the audit tree. */
  leaf: Uint8Array;
}

export interface LogPage {
  rows: LogRow[];
  /** First index not looked at: where the next read goes on. */
  next: number;
  /** Size of the log at the time. `next === end`: all was read. */
  end: number;
}

/** A page as it is sent: `1: LoggedEvent` for each event, one behind the other in `pieces`. */
export interface SentLogPage extends Pick<LogPage, 'next' | 'end'> {
  pieces: Uint8Array[];
}

export interface EventLog {
  /**
   * Adds events of one origin, in rising order of sequence. Those that the log has already are passed over, so
   * that a batch may be sent again. Resolves once all are durable, with the origin's last sequence.
   *
   * Rejects with GATEWAY_STORE_FULL, GATEWAY_STORE_IO or GATEWAY_STORE_BUSY: nothing of the batch is in the
   * log, the same call may be made again.
   */
  append(origin: Origin, entries: readonly LogEntry[]): Promise<number>;
  /** Events from an index on. Resolves at once, with no rows at the end of the log. */
  read(query: LogQuery): Promise<LogPage>;
  /** The same events, as they are sent; no pieces where there are none. */
  readSent(query: LogQuery): Promise<SentLogPage>;
  /** The same of all events and at once, where memory still has the first of them; its pieces are good until the next append. */
  recent(from: number, limit: number, maxBytes: number): SentLogPage | undefined;
  /** Last sequence of an origin that is in the log; 0: none. */
  lastSequence(origin: Origin): Promise<number>;
  /** Number of events. */
  size(): Promise<number>;
  /** First index that is still there; the size where none is. */
  oldest(): Promise<number>;
  /** Calls `listener` after each append by anyone, other processes included. Returns the end of it. */
  watch(listener: () => void): () => void;
  /** Waits for appends under way. The log is not to be used afterwards. Idempotent. */
  close(): Promise<void>;
}
