/**
 * Pages of events: by filter, time and process subtree, up or down the log.
 *
 * With one run in the filter the index of runs leads to the events; else the log is walked block by block, over
 * those blocks only that can hold a match. A page ends when it is full, or when SCAN_MS are over: then it has
 * fewer events and a token.
 *
 * Throws: GATEWAY_REQUEST.
 */
import type { DatabaseSync } from 'node:sqlite';
import { WarderError } from '../../base/error.ts';
import { bytesField, leafBytes, type Origin, originBytes } from '../../contract/canonical.ts';
import { toBigInt } from '../../contract/int64.ts';
import { QueryRequest } from '../../contract/messages.ts';
import { agentCondition } from '../store/agent-names.ts';
import { BLOCK_EVENTS } from '../store/block-index.ts';
import { KINDS } from '../store/entry.ts';
import type { LogFilter } from '../store/event-log.ts';
import { conditions } from '../store/filter-sql.ts';
import { underPath } from '../store/path-filter.ts';
import { type Selection, selection } from '../stream/filter.ts';
import { execIdOf } from './exec-id.ts';
import type { ProcessTrees } from './process-tree.ts';
import { cursorToken, pageSize, type QueryCursor, readCursor } from './tokens.ts';

const PAGE = { usual: 200, most: 1000 };
const PAGE_BYTES = 1 << 20;
/** After so long a page is given as it is. */
const SCAN_MS = 250;
const LAST_NS = (1n << 63n) - 1n;

type Value = string | number | bigint;

interface Scan {
  where: string;
  values: Value[];
  down: boolean;
  selection: Selection;
  pathPrefix: string | undefined;
  /** Exec ids, where processes are asked for. */
  subtree: ReadonlySet<string> | undefined;
  /** Whether the index of runs leads to the rows. */
  byRun: boolean;
  /** Conditions on blocks. */
  blocks: { where: string; values: Value[] };
}

export class EventPages {
  readonly #database: DatabaseSync;
  readonly #trees: ProcessTrees;
  readonly #prefixes = new Map<number, Buffer>();

  constructor(database: DatabaseSync, trees: ProcessTrees) {
    this.#database = database;
    this.#trees = trees;
  }

  /** An encoded QueryResponse. */
  page(request: QueryRequest): Uint8Array {
    const { pageToken, pageSize: _size, ...rest } = request;
    const question = QueryRequest.encode({ ...rest, pageToken: '', pageSize: 0 }).finish();
    const scan = this.#scan(request);
    const end = this.#size();
    const down = scan.down;
    const cursor: QueryCursor = pageToken ? readCursor(pageToken, question) : { at: down ? end : 0, end };
    const limit = pageSize(request.pageSize, PAGE);
    const { events, at } = this.#walk(scan, cursor, limit);
    const parts = events.map((event) => bytesField(1, event));
    const over = down ? at <= 0 : at >= cursor.end;
    if (!over) parts.push(bytesField(2, Buffer.from(cursorToken({ at, end: cursor.end }, question))));
    return Buffer.concat(parts);
  }

  #scan(request: QueryRequest): Scan {
    const { filter, fields, process, newestFirst } = request;
    const runs = filter?.runs ?? [];
    if (process && runs.length !== 1) {
      throw new WarderError(
        'GATEWAY_REQUEST',
        `a process is asked for with ${runs.length} runs in the filter`,
        'name the one run that the process is of',
      );
    }
    const subtree = process ? this.#trees.of(runs[0]!).subtree(process) : undefined;
    const wanted = selection(filter, fields ?? []);
    const { where, values } = conditions(wanted.filter);
    const since = atMost(toBigInt(request.sinceUnixNs));
    const until = atMost(toBigInt(request.untilUnixNs) || LAST_NS);
    const timed = since > 0n || until < LAST_NS;
    return {
      where: timed ? `${where} AND time_ns >= ? AND time_ns < ?` : where,
      values: timed ? [...values, since, until] : values,
      down: newestFirst ?? false,
      selection: wanted,
      pathPrefix: wanted.filter?.pathPrefix,
      subtree,
      byRun: runs.length === 1,
      blocks: blockConditions(wanted.filter, since, until),
    };
  }

  #walk(scan: Scan, cursor: QueryCursor, limit: number): { events: Uint8Array[]; at: number } {
    const started = performance.now();
    const events: Uint8Array[] = [];
    let bytes = 0;
    for (const [from, to] of this.#ranges(scan, cursor)) {
      let seen = 0;
      for (const row of this.#rows(scan, from, to)) {
        const index = row.idx as number;
        const event = this.#take(scan, row);
        if (event) {
          if (events.length > 0 && bytes + event.length > PAGE_BYTES)
            return { events, at: scan.down ? index + 1 : index };
          events.push(event);
          bytes += event.length;
        }
        const behind = scan.down ? index : index + 1;
        if (events.length === limit) return { events, at: behind };
        if (++seen % 256 === 0 && performance.now() - started > SCAN_MS) return { events, at: behind };
      }
      if (performance.now() - started > SCAN_MS) return { events, at: scan.down ? from : to };
    }
    return { events, at: scan.down ? 0 : cursor.end };
  }

  /** Parts of the log that may hold matches, in the order of the query. */
  *#ranges({ byRun, down, blocks }: Scan, { at, end }: QueryCursor): Generator<[from: number, to: number]> {
    const [from, to] = down ? [0, at] : [at, end];
    if (from >= to) return;
    if (byRun) {
      yield [from, to];
      return;
    }
    const found = this.#database
      .prepare(
        `SELECT block FROM blocks WHERE block BETWEEN ? AND ?${blocks.where} ORDER BY block ${down ? 'DESC' : 'ASC'}`,
      )
      .iterate(Math.floor(from / BLOCK_EVENTS), Math.floor((to - 1) / BLOCK_EVENTS), ...blocks.values);
    for (const { block } of found) {
      const first = (block as number) * BLOCK_EVENTS;
      yield [Math.max(from, first), Math.min(to, first + BLOCK_EVENTS)];
    }
  }

  #rows({ where, values, down }: Scan, from: number, to: number): Iterable<Record<string, unknown>> {
    return this.#database
      .prepare(
        `SELECT idx, origin, body FROM events WHERE idx >= ? AND idx < ?${where} ORDER BY idx ${down ? 'DESC' : 'ASC'}`,
      )
      .iterate(from, to, ...values);
  }

  #take(
    { selection: wanted, pathPrefix, subtree }: Scan,
    row: Record<string, unknown>,
  ): Uint8Array | undefined {
    const body = row.body as Uint8Array;
    if (subtree && !subtree.has(execIdOf(body))) return undefined;
    if (pathPrefix && !underPath(body, pathPrefix)) return undefined;
    return wanted.take({
      index: row.idx as number,
      leaf: leafBytes(this.#prefix(row.origin as number), body),
    });
  }

  #prefix(origin: number): Buffer {
    let prefix = this.#prefixes.get(origin);
    if (!prefix) {
      const row = this.#database.prepare('SELECT host, boot, origin FROM origins WHERE id = ?').get(origin)!;
      prefix = originBytes(row as unknown as Origin);
      if (this.#prefixes.size > 10_000) this.#prefixes.clear();
      this.#prefixes.set(origin, prefix);
    }
    return prefix;
  }

  #size(): number {
    const last = this.#database.prepare('SELECT max(idx) AS last FROM events').get()!.last as number | null;
    return (last ?? -1) + 1;
  }
}

/** Times of the log end there. */
function atMost(timeNs: bigint): bigint {
  return timeNs < LAST_NS ? timeNs : LAST_NS;
}

/** What a block must say for one of its events to match. */
function blockConditions(
  filter: LogFilter | undefined,
  since: bigint,
  until: bigint,
): { where: string; values: Value[] } {
  const terms: string[] = [];
  const values: Value[] = [];
  if (since > 0n) {
    terms.push('last_ns >= ?');
    values.push(since);
  }
  if (until < LAST_NS) {
    terms.push('first_ns < ?');
    values.push(until);
  }
  if (filter?.kinds?.length) {
    terms.push('kinds & ? != 0');
    values.push(filter.kinds.reduce((bits, kind) => bits | (1 << KINDS.indexOf(kind)), 0));
  }
  if (filter?.verdicts?.length) {
    terms.push('verdicts & ? != 0');
    values.push(filter.verdicts.reduce((bits, verdict) => bits | (1 << verdict), 0));
  }
  if (filter?.agents?.length) {
    const named = agentCondition(filter.agents);
    terms.push(
      `block IN (SELECT block FROM block_agents WHERE agent IN (SELECT id FROM agents WHERE ${named.sql}))`,
    );
    values.push(...named.values);
  }
  return { where: terms.map((term) => ` AND ${term}`).join(''), values };
}
