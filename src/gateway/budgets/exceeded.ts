/**
 * Budgets that are used up, in the window that is now: an event `budget.exceeded` with the numbers, once for each window.
 *
 * In:     a pool; who says that it is at its end, or the numbers themselves for what nobody refuses as it happens.
 * Throws: GATEWAY_STORE_….
 */
import { budgetKey } from '../../contract/budgets.ts';
import type { Actor, OwnEvents } from '../own-events.ts';
import type { BudgetLedger } from './ledger.ts';
import type { Pool } from './pool.ts';

export class Exceeded {
  readonly #ledger: BudgetLedger;
  readonly #own: OwnEvents;

  constructor(ledger: BudgetLedger, own: OwnEvents) {
    this.#ledger = ledger;
    this.#own = own;
  }

  is({ budget, start }: Pool): boolean {
    return this.#ledger.isExceeded(budget, start);
  }

  /** By runtime, as the log has it. */
  used({ budget, start }: Pool): Map<string, number> {
    return this.#ledger.used(budget, start);
  }

  /** As the log has it, and what runtimes have said beyond that. */
  total(pool: Pool): number {
    const used = this.used(pool);
    for (const { runtime, used: said } of pool.users.values())
      used.set(runtime, Math.max(used.get(runtime) ?? 0, said));
    return [...used.values()].reduce((sum, amount) => sum + amount, 0);
  }

  /** What nobody refuses as it happens: time, cost, and what only monitors. */
  look(pool: Pool): void {
    const { budget } = pool;
    const later = budget.monitor || budget.resource === 'time' || budget.resource === 'cost';
    if (later && this.total(pool) >= Math.max(1, budget.amount)) this.tell(pool);
  }

  tell(pool: Pool, actor?: Actor): void {
    const { budget, start } = pool;
    if (this.is(pool)) return;
    const used = this.total(pool);
    this.#own.transaction((record) => {
      if (!this.#ledger.exceeded(budget, start)) return;
      record({
        action: 'budget.exceeded',
        ...(actor ? { actor } : {}),
        subject: budgetKey(budget),
        changes: {
          used: ['', `${used}`],
          limit: ['', `${budget.amount}`],
          window: ['', `${new Date(start * 1000).toISOString()} ${budget.windowSeconds} s`],
          action: ['', budget.monitor ? 'none: monitor' : budget.onExceed],
        },
      });
    });
  }
}
