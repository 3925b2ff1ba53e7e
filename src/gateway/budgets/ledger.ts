/**
 * What has been used of budgets, in the gateway's database: the one truth over all hosts and restarts.
 *
 * In:     usage events as they enter the log, in the same transaction: each counts once, by host, boot and sequence.
 *         A run tells what it has used in all, so that a later event makes good for one that was lost. Reported cost,
 *         once for each key.
 * Out:    totals by budget and window, and by runtime.
 */
import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { type Budget, windowOf } from '../../contract/budgets.ts';
import { toNumber } from '../../contract/int64.ts';
import type { Usage } from '../../contract/messages.ts';

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
    const known = this.#database
      .prepare('SELECT digest FROM usage_reports WHERE caller = ? AND key = ?')
      .get(caller, key);
    if (known) {
      if (!digest.equals(known.digest as Uint8Array)) throw conflict();
      return false;
    }
    const now = Date.now();
    this.#database
      .prepare('INSERT INTO usage_reports (caller, key, digest, time_unix_ms) VALUES (?, ?, ?, ?)')
      .run(caller, key, digest, now);
    for (const budget of budgets) {
      this.#count(budget, windowOf(budget.windowSeconds, now), REPORTED, micros);
    }
    return true;
  }

  /** What has been used in a window, by runtime; of reported cost under ''. */
  used(budget: Budget, start: number): Map<string, number> {
    return this.#byRuntime('SELECT runtime, used AS n FROM budget_uses', budget, start);
  }

  /** Within the caller's transaction: how far runtimes may come in a window, by what they have been told. */
  hold({ layer, resource, windowSeconds }: Budget, start: number, held: ReadonlyMap<string, number>): void {
    const statement = this.#database.prepare(
      `INSERT INTO budget_holdings (layer, resource, window_s, start_s, runtime, held) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET held = excluded.held`,
    );
    for (const [runtime, most] of held) statement.run(layer, resource, windowSeconds, start, runtime, most);
  }

  held(budget: Budget, start: number): Map<string, number> {
    return this.#byRuntime('SELECT runtime, held AS n FROM budget_holdings', budget, start);
  }

  /** True the first time that it is said of a window. */
  exceeded({ layer, resource, windowSeconds }: Budget, start: number): boolean {
    const added = this.#database
      .prepare(
        'INSERT INTO budgets_exceeded (layer, resource, window_s, start_s) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
      )
      .run(layer, resource, windowSeconds, start);
    return added.changes > 0;
  }

  isExceeded({ layer, resource, windowSeconds }: Budget, start: number): boolean {
    const row = this.#database
      .prepare(
        'SELECT 1 FROM budgets_exceeded WHERE layer = ? AND resource = ? AND window_s = ? AND start_s = ?',
      )
      .get(layer, resource, windowSeconds, start);
    return row !== undefined;
  }

  /** A budget as a policy in force has it; so that all are known whoever asks for their agents. */
  define(budget: Budget): void {
    this.#database
      .prepare(
        `INSERT INTO budgets (layer, resource, budget, seen_unix_ms) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET budget = excluded.budget, seen_unix_ms = excluded.seen_unix_ms`,
      )
      .run(budget.layer, budget.resource, JSON.stringify(budget), Date.now());
  }

  defined(): Budget[] {
    return this.#database
      .prepare('SELECT budget FROM budgets ORDER BY layer, resource')
      .all()
      .map((row) => JSON.parse(row.budget as string) as Budget);
  }

  sweep(now: number): void {
    const ended = (now - KEPT_MS) / 1000;
    for (const table of ['budget_uses', 'budget_holdings', 'budgets_exceeded'])
      this.#database.prepare(`DELETE FROM ${table} WHERE start_s + window_s < ?`).run(ended);
    for (const table of ['usage_reports', 'run_uses'])
      this.#database.prepare(`DELETE FROM ${table} WHERE time_unix_ms < ?`).run(now - REMEMBERED_MS);
    this.#database.prepare('DELETE FROM budgets WHERE seen_unix_ms < ?').run(now - REMEMBERED_MS);
  }

  #byRuntime(select: string, { layer, resource, windowSeconds }: Budget, start: number): Map<string, number> {
    const rows = this.#database
      .prepare(`${select} WHERE layer = ? AND resource = ? AND window_s = ? AND start_s = ?`)
      .all(layer, resource, windowSeconds, start);
    return new Map(rows.map((row) => [row.runtime as string, row.n as number]));
  }

  #count({ layer, resource, windowSeconds }: Budget, start: number, runtime: string, amount: number): void {
    if (amount <= 0) return;
    this.#database
      .prepare(
        `INSERT INTO budget_uses (layer, resource, window_s, start_s, runtime, used) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET used = min(used + excluded.used, ${Number.MAX_SAFE_INTEGER})`,
      )
      .run(layer, resource, windowSeconds, start, runtime, amount);
  }

  /** What is new since the run was heard of last. */
  #fresh(run: string, usage: Usage, timeMs: number): Amounts {
    const now = amountsOf(usage);
    const row = this.#database.prepare('SELECT used FROM run_uses WHERE run = ?').get(run);
    const before = row ? (JSON.parse(row.used as string) as Amounts) : undefined;
    const least = (column: Column) => Math.max(before?.[column] ?? 0, now[column]);
    const highest = Object.fromEntries(COLUMNS.map((column) => [column, least(column)]));
    this.#database
      .prepare(
        `INSERT INTO run_uses (run, used, time_unix_ms) VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET used = excluded.used, time_unix_ms = excluded.time_unix_ms`,
      )
      .run(run, JSON.stringify(highest), Math.min(timeMs, Date.now()));
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
