/**
 * The pools of all budgets at this gateway, each in the window that is now, and what the database has of them.
 *
 * In:     budgets; the clock.
 * Out:    their pools. What runtimes may go by is stored before they are told, where it outlives this process.
 * Throws: GATEWAY_STORE_….
 */
import { type Budget, budgetKey, windowOf } from '../../contract/budgets.ts';
import type { OwnEvents } from '../own-events.ts';
import type { BudgetLedger } from './ledger.ts';
import { isOver, isSaved, newPool, type Pool, turn, unsaved } from './pool.ts';

export interface PoolsOptions {
  ledger: BudgetLedger;
  own: OwnEvents;
  /** Shares outlive this process: its runtimes are others, and may go on while it is away. */
  keepsHoldings: boolean;
}

export class Pools {
  readonly #options: PoolsOptions;
  readonly #pools = new Map<string, Pool>();

  constructor(options: PoolsOptions) {
    this.#options = options;
  }

  of(budget: Budget): Pool {
    const { ledger, keepsHoldings } = this.#options;
    const key = budgetKey(budget);
    const start = windowOf(budget.windowSeconds, Date.now());
    let pool = this.#pools.get(key);
    if (!pool || pool.budget.windowSeconds !== budget.windowSeconds) {
      const held = keepsHoldings ? ledger.held(budget, start) : new Map();
      pool = newPool(budget, start, held, pool?.users);
      this.#pools.set(key, pool);
    }
    pool.budget = budget;
    turnByClock(pool);
    return pool;
  }

  /** That of a budget by its name alone, if there is one. */
  named(budget: Pick<Budget, 'layer' | 'resource'>): Pool | undefined {
    return this.#pools.get(budgetKey(budget));
  }

  all(): Pool[] {
    return [...this.#pools.values()];
  }

  /** Not so of one that has gone, or given way to another with windows of another length. */
  has(pool: Pool): boolean {
    return this.named(pool.budget) === pool;
  }

  /** Before it is handed out: a gateway that starts again knows what runtimes may go on by. */
  save(pools: readonly Pool[]): void {
    const { ledger, own, keepsHoldings } = this.#options;
    if (!keepsHoldings) return;
    const changes = pools.map((pool) => ({ pool, held: unsaved(pool) })).filter(({ held }) => held.size > 0);
    if (changes.length === 0) return;
    own.transaction(() => {
      for (const { pool, held } of changes) ledger.hold(pool.budget, pool.start, held);
    });
    for (const { pool, held } of changes) isSaved(pool, held);
  }

  /** Lets go of those that nobody holds anything of. */
  sweep(nowMs: number): void {
    for (const [key, pool] of this.#pools) if (isOver(pool, nowMs / 1000)) this.#pools.delete(key);
  }
}

export function turnByClock(pool: Pool): void {
  const now = windowOf(pool.budget.windowSeconds, Date.now());
  if (now > pool.start) turn(pool, now);
}
