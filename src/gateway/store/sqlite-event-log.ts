/**
 * The event log on node:sqlite. Several processes may have it open at once.
 *
 * Each append is one BEGIN IMMEDIATE transaction in which indexes are given and the audit tree grows; batches
 * that wait together share it. What append resolved is on disk (database.ts says how far that goes).
 *
 * All on the JS thread: a transaction of 1,000 events holds it for a few milliseconds. The wait for another
 * process's write lock does not hold it.
 *
 * Throws: as event-log.ts and database.ts say.
 */
import { join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { WarderError } from '../../base/error.ts';
import { leafBytes, type Origin, originBytes } from '../../contract/canonical.ts';
import { TileAppender, type TileReader } from '../audit/tiles.ts';
import { segmentOf } from './agent-names.ts';
import { BlockIndex } from './block-index.ts';
import { isBusy, openDatabase, pragma, storeError, writeTransaction } from './database.ts';
import { KINDS, type LogEntry } from './entry.ts';
import type { EventLog, LogPage, LogQuery, LogRow, SentLogPage } from './event-log.ts';
import { conditions } from './filter-sql.ts';
import { LoggedFields } from './logged-fields.ts';
import { underPath } from './path-filter.ts';
import { RecentEvents } from './recent-events.ts';
import { DATABASE_FILE } from './state-directory.ts';

/** Events of one transaction: bounds how long it holds the thread. */
const TRANSACTION_EVENTS = 8192;
/** Wait before the write lock is tried again, and after how long to give up. */
const BUSY_RETRY_MS = 3;
const BUSY_LIMIT_MS = 30_000;
/** How often watchers look for other processes' appends. */
const WATCH_MS = 50;
/** Events looked at by one filtered read: bounds how long it holds the thread. */
const SCAN_EVENTS = 20_000;

/** Of a page as it is sent, as a rule. */
const SENT_BYTES = 640 * 1024;

/** Names whose row ids are remembered, and filters whose statements are. Past it they are looked up afresh. */
const NAMES_KEPT = 10_000;
const STATEMENTS_KEPT = 100;

/** Adds events of one origin within a transaction, as EventLog.append does. Returns the origin's last sequence. */
export type AppendNow = (origin: Origin, entries: readonly LogEntry[]) => number;

interface PendingAppend {
  origin: Origin;
  entries: readonly LogEntry[];
  since: number;
  resolve(lastSequence: number): void;
  reject(error: Error): void;
}

/** Index, originBytes, canonicalEvent. */
type TakeRow = (index: number, prefix: Uint8Array, body: Uint8Array) => void;
/** idx, origin, body. */
type Row = [number, number, Uint8Array];

interface KnownOrigin {
  id: number;
  prefix: Buffer;
}

/** Opens or creates `warder.db` in a state directory that openGatewayDirectory has seen to. */
export function openEventLog(stateDirectory: string): SqliteEventLog {
  const path = join(stateDirectory, DATABASE_FILE);
  return new SqliteEventLog(openDatabase(path), path);
}

export class SqliteEventLog implements EventLog {
  /** For the gateway's other tables in the same file (policy versions, checkpoints). */
  readonly database: DatabaseSync;
  readonly path: string;
  readonly #statements = new Map<string, StatementSync>();
  readonly #origins = new Map<string, KnownOrigin>();
  readonly #originsById = new Map<number, Buffer>();
  readonly #agents = new Map<string, number>();
  readonly #runs = new Map<string, number>();
  readonly #blocks = new BlockIndex();
  readonly #recent = new RecentEvents();
  /** Since somebody was sent what memory does not have. */
  #fields: LoggedFields | undefined;
  /** Told of each event that is new to the log, within its transaction: what it writes is there with it or not at all. */
  onAppend: ((origin: Origin, entry: LogEntry) => void) | undefined;
  readonly #watchers = new Set<() => void>();
  #watchTimer: NodeJS.Timeout | undefined;
  #dataVersion = 0;
  #knownSize = 0;
  #tree: TileAppender | undefined;
  #queue: PendingAppend[] = [];
  #working: Promise<void> | undefined;

  constructor(database: DatabaseSync, path: string) {
    this.database = database;
    this.path = path;
  }

  append(origin: Origin, entries: readonly LogEntry[]): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ origin, entries, since: performance.now(), resolve, reject });
      this.#working ??= this.#work().finally(() => {
        this.#working = undefined;
      });
    });
  }

  /**
   * One write transaction, at once and on this thread, for what is rare: events and what they tell of in the
   * gateway's other tables, all of it or nothing. Waits for another process's write and holds the thread meanwhile.
   *
   * Throws: GATEWAY_STORE_…, and what `work` throws; nothing has happened then.
   */
  transaction<T>(work: (append: AppendNow) => T): T {
    let appended = false;
    let result: T;
    // `work` may take events away: what memory has of them goes with them.
    this.#recent.clear();
    try {
      result = writeTransaction(this.database, this.path, () => {
        const tree = this.#currentTree();
        const size = tree.size;
        const done = work((origin, entries) => this.#insert(tree, origin, entries));
        appended = tree.size > size;
        this.#flushTree(tree);
        return done;
      });
    } catch (error) {
      this.#forget();
      throw error;
    }
    if (appended) {
      this.sizeNow();
      this.#notify();
    }
    return result;
  }

  async read(query: LogQuery): Promise<LogPage> {
    const rows: LogRow[] = [];
    const { next, end } = this.#scan(query, (index, prefix, body) => {
      rows.push({ index, leaf: leafBytes(prefix, body) });
    });
    return { rows, next, end };
  }

  async readSent(query: LogQuery): Promise<SentLogPage> {
    this.#fields ??= new LoggedFields(SENT_BYTES);
    const fields = this.#fields;
    fields.clear();
    const { next, end } = this.#scan(query, (index, prefix, body) => fields.add(index, prefix, body));
    const bytes = fields.take();
    return { pieces: bytes.length > 0 ? [bytes] : [], next, end };
  }

  recent(from: number, limit: number, maxBytes: number): SentLogPage | undefined {
    return this.#recent.page(from, limit, maxBytes);
  }

  /** One event. Throws AUDIT_RANGE for one that the log does not have. */
  async leaf(index: number): Promise<LogRow> {
    const { rows } = await this.read({ from: index, limit: 1, maxBytes: Number.POSITIVE_INFINITY });
    if (rows[0]?.index === index) return rows[0];
    throw new WarderError(
      'AUDIT_RANGE',
      index < this.sizeNow()
        ? `event ${index} is not kept any more`
        : `the log has ${this.sizeNow()} events, no event ${index}`,
      'ask for an event that the log has: see `warder audit checkpoint` for its size',
    );
  }

  async lastSequence(origin: Origin): Promise<number> {
    return this.lastSequenceNow(origin);
  }

  /** The last sequence of an origin, on this thread and at once. */
  lastSequenceNow({ host, boot, origin }: Origin): number {
    const row = this.#get(
      'SELECT last_sequence AS n FROM origins WHERE host = ? AND boot = ? AND origin = ?',
      [host, boot, origin],
    );
    return row ? (row.n as number) : 0;
  }

  async size(): Promise<number> {
    return this.sizeNow();
  }

  async oldest(): Promise<number> {
    return (this.#get('SELECT min(idx) AS first FROM events', [])!.first as number | null) ?? this.sizeNow();
  }

  watch(listener: () => void): () => void {
    this.#watchers.add(listener);
    this.#dataVersion = pragma(this.database, 'data_version');
    this.#watchTimer ??= setInterval(() => this.#lookForOthers(), WATCH_MS).unref();
    return () => {
      this.#watchers.delete(listener);
      if (this.#watchers.size > 0) return;
      clearInterval(this.#watchTimer);
      this.#watchTimer = undefined;
    };
  }

  /** Resolves when no append is under way. */
  async idle(): Promise<void> {
    await this.#working;
  }

  async close(): Promise<void> {
    await this.idle();
    this.#watchers.clear();
    clearInterval(this.#watchTimer);
    if (this.database.isOpen) this.database.close();
  }

  /** Tiles of the audit tree as they are in the database. */
  readonly readTile: TileReader = (level, index) => {
    const row = this.#get('SELECT hashes FROM tiles WHERE level = ? AND idx = ?', [level, index]);
    if (!row) {
      throw new WarderError(
        'GATEWAY_STORE_CORRUPT',
        `${this.path} lacks tile ${level}/${index} of the audit tree`,
        'keep the file for inquiry and restore a backup',
      );
    }
    return row.hashes as Uint8Array;
  };

  async #work(): Promise<void> {
    // A turn later, so that batches that arrive together share one transaction.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0) {
      const group = this.#nextGroup();
      try {
        const results = this.#transaction(group);
        this.#queue.splice(0, group.length);
        group.forEach((pending, at) => {
          pending.resolve(results[at]!);
        });
        this.#notify();
      } catch (error) {
        if (isBusy(error) && performance.now() - group[0]!.since < BUSY_LIMIT_MS) {
          await new Promise((resolve) => setTimeout(resolve, BUSY_RETRY_MS));
          continue;
        }
        this.#queue.splice(0, group.length);
        for (const pending of group) pending.reject(storeError(error, this.path));
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #nextGroup(): PendingAppend[] {
    let events = 0;
    const end = this.#queue.findIndex((pending) => {
      events += pending.entries.length;
      return events > TRANSACTION_EVENTS;
    });
    return this.#queue.slice(0, end === -1 ? undefined : Math.max(end, 1));
  }

  /** All of a group, or nothing. Returns the last sequence of each one's origin. */
  #transaction(group: readonly PendingAppend[]): number[] {
    this.database.exec('BEGIN IMMEDIATE');
    try {
      const tree = this.#currentTree();
      const results = group.map(({ origin, entries }) => this.#insert(tree, origin, entries));
      this.#flushTree(tree);
      this.database.exec('COMMIT');
      this.#knownSize = tree.size;
      this.#recent.publish();
      if (this.#runs.size + this.#agents.size + this.#origins.size > NAMES_KEPT) this.#forget();
      return results;
    } catch (error) {
      // SQLite may have rolled back already (a full disk); the caches describe rows that are gone.
      if (this.database.isTransaction) this.database.exec('ROLLBACK');
      this.#forget();
      throw error;
    }
  }

  /** The tree as the database has it: our own, unless another process appended since. */
  #currentTree(): TileAppender {
    const size = this.sizeNow();
    if (this.#tree?.size !== size) this.#tree = new TileAppender(size, this.readTile);
    return this.#tree;
  }

  #flushTree(tree: TileAppender): void {
    this.#blocks.flush((blockSql, values) => this.#run(blockSql, values));
    // Not REPLACE, which would be another row: in this one SQLite writes what of its bytes has changed (audit/tiles.ts).
    const sql = `INSERT INTO tiles (level, idx, hashes) VALUES (?, ?, ?)
                 ON CONFLICT (level, idx) DO UPDATE SET hashes = excluded.hashes`;
    tree.flush((level, index, hashes) => this.#run(sql, [level, index, hashes]));
  }

  #insert(tree: TileAppender, origin: Origin, entries: readonly LogEntry[]): number {
    const { id, prefix } = this.#origin(origin);
    const known = this.#get('SELECT last_sequence AS n FROM origins WHERE id = ?', [id])!.n as number;
    const insert = this.#prepare(
      `INSERT INTO events (idx, origin, sequence, time_ns, agent, run, kind, verdict, would, body)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    let last = known;
    for (const entry of entries) {
      if (entry.sequence <= last) continue;
      last = entry.sequence;
      const timeNs = BigInt.asIntN(64, entry.timeNs);
      const agent = this.#agent(entry.agent);
      const kind = KINDS.indexOf(entry.kind);
      const { verdict, would } = entry;
      // get, which makes no object of how many rows there are now; there is none to give.
      insert.get(
        tree.size,
        id,
        entry.sequence,
        timeNs,
        agent,
        this.#runId(entry.run),
        kind,
        verdict,
        would,
        entry.body,
      );
      this.#blocks.add(tree.size, { timeNs, kind, verdict, would, agent });
      tree.add(this.#recent.add(tree.size, prefix, entry.body));
      this.onAppend?.(origin, entry);
    }
    if (last !== known) this.#run('UPDATE origins SET last_sequence = ? WHERE id = ?', [last, id]);
    return last;
  }

  /** Gives `take` one event after the other. Returns the first index not looked at, and the size of the log. */
  #scan(query: LogQuery, take: TakeRow): { next: number; end: number } {
    try {
      return this.#scanNow(query, take);
    } catch (error) {
      throw storeError(error, this.path);
    }
  }

  #scanNow({ from, until: wanted, filter, limit, maxBytes }: LogQuery, take: TakeRow) {
    const end = this.sizeNow();
    const { where, values, indexed } = conditions(filter);
    const until = Math.min(end, wanted ?? end, filter && !indexed ? from + SCAN_EVENTS : end);
    const statement = this.#prepare(
      `SELECT idx, origin, body FROM events WHERE idx >= ? AND idx < ?${where} ORDER BY idx LIMIT ?`,
    );
    statement.setReturnArrays(true);
    const rows = statement.iterate(from, until, ...values, limit) as Iterable<unknown> as Iterable<Row>;
    let next = Math.max(from, until);
    let bytes = 0;
    let taken = 0;
    let seen = 0;
    for (const [index, origin, body] of rows) {
      if (taken > 0 && bytes + body.length > maxBytes) return { next: index, end };
      if (++seen === limit) next = index + 1;
      if (filter?.pathPrefix && !underPath(body, filter.pathPrefix)) continue;
      bytes += body.length;
      taken++;
      take(index, this.#prefix(origin), body);
    }
    return { next, end };
  }

  #prefix(originId: number): Buffer {
    let prefix = this.#originsById.get(originId);
    if (!prefix) {
      const row = this.#get('SELECT host, boot, origin FROM origins WHERE id = ?', [originId])!;
      prefix = originBytes(row as unknown as Origin);
      this.#originsById.set(originId, prefix);
    }
    return prefix;
  }

  #origin(origin: Origin): KnownOrigin {
    const key = `${origin.host}\0${origin.boot}\0${origin.origin}`;
    let known = this.#origins.get(key);
    if (!known) {
      const values = [origin.host, origin.boot, origin.origin];
      this.#run(
        'INSERT INTO origins (host, boot, origin, last_sequence) VALUES (?, ?, ?, 0) ON CONFLICT DO NOTHING',
        values,
      );
      const row = this.#get('SELECT id FROM origins WHERE host = ? AND boot = ? AND origin = ?', values)!;
      known = { id: row.id as number, prefix: originBytes(origin) };
      this.#origins.set(key, known);
    }
    return known;
  }

  #agent(name: string): number | null {
    if (name === '') return null;
    let id = this.#agents.get(name);
    if (id === undefined) {
      const values = [name, segmentOf(name)];
      this.#run('INSERT INTO agents (name, segment) VALUES (?, ?) ON CONFLICT DO NOTHING', values);
      id = this.#get('SELECT id FROM agents WHERE name = ?', [name])!.id as number;
      this.#agents.set(name, id);
    }
    return id;
  }

  #runId(name: string): number | null {
    if (name === '') return null;
    let id = this.#runs.get(name);
    if (id === undefined) {
      this.#run('INSERT INTO runs (name) VALUES (?) ON CONFLICT DO NOTHING', [name]);
      id = this.#get('SELECT id FROM runs WHERE name = ?', [name])!.id as number;
      this.#runs.set(name, id);
    }
    return id;
  }

  #forget(): void {
    this.#blocks.clear();
    this.#recent.clear();
    this.#tree = undefined;
    this.#origins.clear();
    this.#originsById.clear();
    this.#agents.clear();
    this.#runs.clear();
  }

  /** The size, on this thread and at once. */
  sizeNow(): number {
    this.#knownSize =
      ((this.#get('SELECT max(idx) AS last FROM events', [])!.last as number | null) ?? -1) + 1;
    return this.#knownSize;
  }

  /** The size as watchers were told of it last, or a later one: without a look at the database. */
  get knownSize(): number {
    return this.#knownSize;
  }

  #lookForOthers(): void {
    const version = pragma(this.database, 'data_version');
    if (version === this.#dataVersion) return;
    this.#dataVersion = version;
    // It may have taken events away.
    this.#recent.clear();
    this.sizeNow();
    this.#notify();
  }

  #notify(): void {
    for (const listener of this.#watchers) listener();
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      if (this.#statements.size >= STATEMENTS_KEPT) this.#statements.clear();
      statement = this.database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #get(sql: string, values: SqlValues): Record<string, unknown> | undefined {
    return this.#prepare(sql).get(...values);
  }

  #run(sql: string, values: SqlValues): void {
    this.#prepare(sql).run(...values);
  }
}

type SqlValues = readonly (string | number | bigint | Uint8Array)[];
