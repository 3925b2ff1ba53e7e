/**
 * Runs and agents with their first and last events and counts by kind and verdict.
 *
 * Counts come from the index of runs alone, and are kept: the next question counts only what was added.
 *
 * Throws: GATEWAY_REQUEST.
 */
import type { DatabaseSync } from 'node:sqlite';
import { toBigInt, toLong } from '../../contract/int64.ts';
import {
  type AgentSummary,
  Event,
  type ListRunsRequest,
  type ListRunsResponse,
  type RunSummary,
  type Tally,
} from '../../contract/messages.ts';
import { isNamed } from '../store/agent-names.ts';
import { KINDS } from '../store/entry.ts';
import { pageNumber, pageSize } from './tokens.ts';

const PAGE = { usual: 50, most: 500 };
const RUNS_KEPT = 50_000;
const AGENTS = 1000;
const LAST_NS = (1n << 63n) - 1n;
/** The end of a run is among its last events. */
const TAIL_EVENTS = 64;
const RUN_KIND = KINDS.indexOf('run');

/** What is known of a run without looking again. */
interface Known {
  id: number;
  name: string;
  agent: string;
  host: string;
  first: number;
  last: number;
  firstNs: bigint;
  lastNs: bigint;
  events: number;
  /** By kind, verdict and would. */
  counts: Map<number, number>;
  started: RunSummary['started'];
  ended: RunSummary['ended'];
}

export class RunSummaries {
  readonly #database: DatabaseSync;
  readonly #known = new Map<number, Known>();
  #oldest = 0;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  runs(request: ListRunsRequest): ListRunsResponse {
    const { agents, pageToken } = request;
    const size = pageSize(request.pageSize, PAGE);
    const since = toBigInt(request.sinceUnixNs);
    const until = toBigInt(request.untilUnixNs) || LAST_NS;
    const before = pageNumber(pageToken) || Number.MAX_SAFE_INTEGER;
    this.#noticeRetention();
    const runs: RunSummary[] = [];
    const rows = this.#database
      .prepare('SELECT id, name FROM runs WHERE id < ? ORDER BY id DESC')
      .iterate(before);
    for (const { id, name } of rows) {
      const known = this.#look(id as number, name as string);
      if (!known || known.lastNs < since || known.firstNs >= until || !isOf(known, agents ?? [])) continue;
      if (runs.length === size) return { runs, nextPageToken: String((id as number) + 1) };
      runs.push(summary(this.#count(known)));
    }
    return { runs, nextPageToken: '' };
  }

  agents(): AgentSummary[] {
    this.#noticeRetention();
    const agents = new Map<
      string,
      { summary: AgentSummary; firstNs: bigint; lastNs: bigint; all: Known[] }
    >();
    for (const { id, name } of this.#database.prepare('SELECT id, name FROM runs').iterate()) {
      const known = this.#look(id as number, name as string);
      if (!known) continue;
      const { agent, firstNs, lastNs } = known;
      const entry = agents.get(agent) ?? { summary: { agent }, firstNs, lastNs, all: [] };
      if (!agents.has(agent) && agents.size >= AGENTS) continue;
      agents.set(agent, entry);
      entry.all.push(known);
      if (firstNs < entry.firstNs) entry.firstNs = firstNs;
      if (lastNs > entry.lastNs) entry.lastNs = lastNs;
    }
    return [...agents.values()].map(({ summary: said, firstNs, lastNs, all }) => {
      const counts = new Map<number, number>();
      for (const known of all) {
        for (const [key, count] of this.#count(known).counts) counts.set(key, (counts.get(key) ?? 0) + count);
      }
      return {
        ...said,
        runs: toLong(all.length),
        firstUnixNs: toLong(firstNs),
        lastUnixNs: toLong(lastNs),
        events: toLong([...counts.values()].reduce((sum, count) => sum + count, 0)),
        tallies: tallies(counts),
      };
    });
  }

  /** What was counted may be gone. */
  #noticeRetention(): void {
    const oldest =
      (this.#database.prepare('SELECT min(idx) AS first FROM events').get()!.first as number) ?? 0;
    if (oldest !== this.#oldest || this.#known.size > RUNS_KEPT) this.#known.clear();
    this.#oldest = oldest;
  }

  /** Beginning and end of a run as the log has them now; undefined where no event of it is left. */
  #look(id: number, name: string): Known | undefined {
    const last = this.#edge(id, 'DESC');
    if (!last) return undefined;
    let known = this.#known.get(id);
    if (!known) {
      const first = this.#edge(id, 'ASC')!;
      known = {
        id,
        name,
        agent: first.agent,
        host: first.host,
        first: first.index,
        last: first.index - 1,
        firstNs: first.timeNs,
        lastNs: first.timeNs,
        events: 0,
        counts: new Map(),
        started: this.#ofRun(id, 'ASC')?.runStarted ?? null,
        ended: null,
      };
      this.#known.set(id, known);
    }
    known.lastNs = last.timeNs;
    return known;
  }

  #edge(run: number, order: 'ASC' | 'DESC') {
    const statement = this.#database.prepare(
      `SELECT idx, time_ns, coalesce(agents.name, '') AS agent, host FROM events
       JOIN origins ON origins.id = events.origin LEFT JOIN agents ON agents.id = events.agent
       WHERE run = ? ORDER BY idx ${order} LIMIT 1`,
    );
    statement.setReadBigInts(true);
    const row = statement.get(run);
    if (!row) return undefined;
    return {
      index: Number(row.idx),
      timeNs: row.time_ns as bigint,
      agent: row.agent as string,
      host: row.host as string,
    };
  }

  /** The first or last event of kind `run` near that end of a run. */
  #ofRun(run: number, order: 'ASC' | 'DESC'): Event | undefined {
    const row = this.#database
      .prepare(
        `SELECT body FROM (SELECT idx, kind, body FROM events WHERE run = ? ORDER BY idx ${order} LIMIT ?)
         WHERE kind = ? LIMIT 1`,
      )
      .get(run, TAIL_EVENTS, RUN_KIND);
    return row && Event.decode(row.body as Uint8Array);
  }

  /** Brings the counts up to now. */
  #count(known: Known): Known {
    const rows = this.#database
      .prepare(
        `SELECT kind, verdict, would, count(*) AS n, max(idx) AS last FROM events
         WHERE run = ? AND idx > ? GROUP BY kind, verdict, would`,
      )
      .all(known.id, known.last) as {
      kind: number;
      verdict: number;
      would: number;
      n: number;
      last: number;
    }[];
    for (const { kind, verdict, would, n, last } of rows) {
      const key = (kind << 4) | (verdict << 2) | would;
      known.counts.set(key, (known.counts.get(key) ?? 0) + n);
      known.events += n;
      known.last = Math.max(known.last, last);
    }
    if (!known.ended) known.ended = this.#ofRun(known.id, 'DESC')?.runEnded ?? null;
    return known;
  }
}

function isOf({ agent }: Known, wanted: readonly string[]): boolean {
  return wanted.length === 0 || isNamed(agent, wanted);
}

function summary(known: Known): RunSummary {
  return {
    run: known.name,
    agent: known.agent,
    host: known.host,
    firstIndex: toLong(known.first),
    lastIndex: toLong(known.last),
    firstUnixNs: toLong(known.firstNs),
    lastUnixNs: toLong(known.lastNs),
    events: toLong(known.events),
    tallies: tallies(known.counts),
    started: known.started ?? null,
    ended: known.ended ?? null,
  };
}

function tallies(counts: ReadonlyMap<number, number>): Tally[] {
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([key, count]) => ({
      kind: KINDS[key >> 4] ?? '',
      verdict: (key >> 2) & 3,
      would: key & 3,
      events: toLong(count),
    }));
}
