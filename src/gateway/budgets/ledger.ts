/**
 * What has been used of budgets, in the gateway's database: the one truth over all hosts and restarts.
 *
 * In:     usage events as they enter the log, in the same transaction: each counts once, by host, boot and sequence.
 *         A run tells what it has used in all, so that a later event makes good for one that was lost. Reported cost,
 *         once for each key.
 * Out:    totals by budget and window, and by runtime.
 */
import { createHash } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type Budget, windowOf } from '../../contract/budgets.ts';
import { toNumber } from '../../contract/int64.ts';
import type { Usage } from '../../contract/messages.ts';
import type { Held } from './pool.ts';

/** Windows are kept for a while after they end: events may come late. */
const KEPT_MS = 3600_000;
/** How long a key of a report, and a run's counts, are known. */
const REMEMBERED_MS = 7 * 24 * 3600_000;
/** Of reported cost: no runtime. */
const REPORTED = '';

const COLUMNS = ['execs', 'connects', 'changes', 'egress', 'time'] as const;
type Column = (typeof COLUMNS)[number];
export type Amounts = Readonly<Record<Column, number>>;

export interface UsedEvent {
  /** Names a runtime: host and origin. */
  runtime: string;
  run: string;
  timeMs: number;
  usage: Usage;
}

export class BudgetLedger {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Within the caller's transaction. `budgets` are those of the run's agent. */
  add({ runtime, run, timeMs, usage }: UsedEvent, budgets: readonly Budget[]): void {
    const used = this.#fresh(run, usage, timeMs);
    // A clock that is ahead must not fill windows to come.
    const at = Math.min(timeMs, Date.now());
    for (const budget of budgets) {
      if (budget.resource === 'cost') continue;
      const start = windowOf(budget.windowSeconds, at);
      const amount = used[budget.resource];
      // Time that passed before this window began belongs to windows that are over.
      const most = budget.resource === 'time' ? Math.max(0, at - start * 1000) : amount;
      this.#count(budget, start, runtime, Math.min(amount, most));
    }
  }

  /** False where the key was reported before. Throws through `conflict` when it was, and said something else. */
  report(
    { caller, key, what }: { caller: string; key: string; what: string },
    budgets: readonly Budget[],
    micros: number,
    conflict: () => Error,
  ): boolean {
    const digest = createHash('sha256').update(what).digest();
    const known = this.#prepared('SELECT digest FROM usage_reports WHERE caller = ? AND key = ?').get(
      caller,
      key,
    );
    if (known) {
      if (!digest.equals(known.digest as Uint8Array)) throw conflict();
      return false;
    }
    const now = Date.now();
    this.#prepared('INSERT INTO usage_reports (caller, key, digest, time_unix_ms) VALUES (?, ?, ?, ?)').run(
      caller,
      key,
      digest,
      now,
    );
    for (const budget of budgets) {
      this.#count(budget, windowOf(budget.windowSeconds, now), REPORTED, micros);
    }
    return true;
  }

  /** What has been used in a window, by runtime; of reported cost under ''. */
  used(budget: Budget, start: number): Map<string, number> {
    const { layer, resource, windowSeconds } = budget;
    const rows = this.#prepared(
      'SELECT runtime, used FROM budget_uses WHERE layer = ? AND resource = ? AND window_s = ? AND start_s = ?',
    ).all(layer, resource, windowSeconds, start);
    return new Map(rows.map((row) => [row.runtime as string, row.used as number]));
  }

  /** Within the caller's transaction: how far runtimes may come in a window and those after it, by what they have been told. */
  hold({ layer, resource, windowSeconds }: Budget, start: number, all: ReadonlyMap<string, Held>): void {
    const statement = this.#prepared(
      `INSERT INTO budget_holdings (layer, resource, window_s, start_s, runtime, held, next, until_s)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET held = excluded.held, next = excluded.next, until_s = excluded.until_s`,
    );
    for (const [runtime, { held, next, until }] of all)
      statement.run(layer, resource, windowSeconds, start, runtime, held, next, until);
  }

  /** Of a runtime that was told nothing of a window: what it was told before of windows to come, where that is good still. */
  held({ layer, resource, windowSeconds }: Budget, start: number): Map<string, Held> {
    const rows = this.#prepared(
      `SELECT runtime, start_s, held, next, until_s FROM budget_holdings
       WHERE layer = ? AND resource = ? AND window_s = ? AND start_s <= ? ORDER BY start_s`,
    ).all(layer, resource, windowSeconds, start);
    const all = new Map<string, Held>();
    for (const row of rows) {
      const [next, until] = [row.next as number, row.until_s as number];
      const isOfBefore = row.start_s !== start;
      const held = isOfBefore ? next : (row.held as number);
      all.set(row.runtime as string, { held, next, until });
      if (isOfBefore && until <= start) all.delete(row.runtime as string);
    }
    return all;
  }

  /** True the first time that it is said of a window. */
  exceeded({ layer, resource, windowSeconds }: Budget, start: number): boolean {
    const added = this.#prepared(
      'INSERT INTO budgets_exceeded (layer, resource, window_s, start_s) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
    ).run(layer, resource, windowSeconds, start);
    return added.changes > 0;
  }

  isExceeded({ layer, resource, windowSeconds }: Budget, start: number): boolean {
    const row = this.#prepared(
      'SELECT 1 FROM budgets_exceeded WHERE layer = ? AND resource = ? AND window_s = ? AND start_s = ?',
    ).get(layer, resource, windowSeconds, start);
    return row !== undefined;
  }

  /** A budget as a policy in force has it; so that all are known whoever asks for their agents. */
  define(budget: Budget): void {
    this.#prepared(`INSERT INTO budgets (layer, resource, budget, seen_unix_ms) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET budget = excluded.budget, seen_unix_ms = excluded.seen_unix_ms`).run(
      budget.layer,
      budget.resource,
      JSON.stringify(budget),
      Date.now(),
    );
  }

  defined(): Budget[] {
    return this.#prepared('SELECT budget FROM budgets ORDER BY layer, resource')
      .all()
      .map((row) => JSON.parse(row.budget as string) as Budget);
  }

  sweep(now: number): void {
    const ended = (now - KEPT_MS) / 1000;
    for (const table of ['budget_uses', 'budgets_exceeded'])
      this.#prepared(`DELETE FROM ${table} WHERE start_s + window_s < ?`).run(ended);
    this.#prepared('DELETE FROM budget_holdings WHERE max(start_s + window_s, until_s) < ?').run(ended);
    for (const table of ['usage_reports', 'run_uses'])
      this.#prepared(`DELETE FROM ${table} WHERE time_unix_ms < ?`).run(now - REMEMBERED_MS);
    this.#prepared('DELETE FROM budgets WHERE seen_unix_ms < ?').run(now - REMEMBERED_MS);
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, known);
    return known;
  }

  #count({ layer, resource, windowSeconds }: Budget, start: number, runtime: string, amount: number): void {
    if (amount <= 0) return;
    this.#prepared(`INSERT INTO budget_uses (layer, resource, window_s, start_s, runtime, used) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET used = min(used + excluded.used, ${Number.MAX_SAFE_INTEGER})`).run(
      layer,
      resource,
      windowSeconds,
      start,
      runtime,
      amount,
    );
  }

  /** What is new since the run was heard of last. */
  #fresh(run: string, usage: Usage, timeMs: number): Amounts {
    const now = amountsOf(usage);
    const row = this.#prepared('SELECT used FROM run_uses WHERE run = ?').get(run);
    const before = row ? (JSON.parse(row.used as string) as Amounts) : undefined;
    const least = (column: Column) => Math.max(before?.[column] ?? 0, now[column]);
    const highest = Object.fromEntries(COLUMNS.map((column) => [column, least(column)]));
    this.#prepared(`INSERT INTO run_uses (run, used, time_unix_ms) VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET used = excluded.used, time_unix_ms = excluded.time_unix_ms`).run(
      run,
      JSON.stringify(highest),
      Math.min(timeMs, Date.now()),
    );
    return Object.fromEntries(
      COLUMNS.map((column) => [column, highest[column]! - (before?.[column] ?? 0)]),
    ) as Record<Column, number>;
  }
}

/** Throws CONTRACT_INTEGER for a number that no run comes to. */
export function amountsOf({ execs, connects, changes, egressBytes, timeMs }: Usage): Amounts {
  const [a, b, c, d, e] = [execs, connects, changes, egressBytes, timeMs].map(toNumber);
  return { execs: a!, connects: b!, changes: c!, egress: d!, time: e! };
}
