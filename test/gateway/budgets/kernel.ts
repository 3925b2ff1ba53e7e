/** The kernel's side of budgets in memory: for many runtimes on one host. Counts and refuses as bpf/charge.h does. */
import {
  COUNTED,
  type Counted,
  type KernelBudgets,
  type PoolUse,
  type RunPool,
} from '../../../src/kernel/budgets.ts';

type Surface = { [name in keyof KernelBudgets]: KernelBudgets[name] };

export class MemoryKernel implements Surface {
  readonly #runs = new Map<number, { pools: readonly RunPool[]; stopped: number | undefined }>();
  readonly #runUses = new Map<number, Record<Counted, bigint>>();
  readonly #uses = new Map<number, { used: bigint; refused: bigint }>();
  readonly #allowed = new Map<number, bigint>();

  /** What a program of a run does: whether it goes ahead. */
  take(run: number, resource: Counted, amount = 1n): boolean {
    const budget = this.#runs.get(run);
    if (!budget) return true;
    if (budget.stopped !== undefined) return false;
    const pools = budget.pools.filter((pool) => pool.resource === resource);
    const full = pools.find(({ pool }) => this.#use(pool).used + amount > (this.#allowed.get(pool) ?? 0n));
    if (full) {
      this.#use(full.pool).refused++;
      return false;
    }
    for (const { pool } of pools) this.#use(pool).used += amount;
    this.runUse(run)[resource] += amount;
    return true;
  }

  set(run: number, pools: readonly RunPool[], stopped: number | undefined): void {
    this.#runs.set(run, { pools, stopped });
  }

  clear(run: number): void {
    this.#runs.delete(run);
    this.#runUses.delete(run);
  }

  runs(): number[] {
    return [...this.#runs.keys()];
  }

  poolsInUse(): Set<number> {
    return new Set([...this.#runs.values()].flatMap(({ pools }) => pools.map(({ pool }) => pool)));
  }

  runUse(run: number): Record<Counted, bigint> {
    const known = this.#runUses.get(run);
    if (known) return known;
    const fresh = Object.fromEntries(COUNTED.map((resource) => [resource, 0n])) as Record<Counted, bigint>;
    this.#runUses.set(run, fresh);
    return fresh;
  }

  allow(pool: number, until: bigint): void {
    this.#allowed.set(pool, until);
  }

  poolUse(pool: number): PoolUse {
    return { ...this.#use(pool) };
  }

  setCgroup(): void {}
  clearCgroup(): void {}

  #use(pool: number): { used: bigint; refused: bigint } {
    const known = this.#uses.get(pool) ?? { used: 0n, refused: 0n };
    this.#uses.set(pool, known);
    return known;
  }
}
