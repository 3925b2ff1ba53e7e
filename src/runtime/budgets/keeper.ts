/**
 * Budgets of this host's runs: the kernel counts and refuses, the gateway says how far, this stands between.
 *
 * In:     budgets of policies as these come in force; shares of the gateway; the kernel's counts.
 * Out:    pools in the kernel; reports to the gateway; usage of each run as events, at most once a second and at its end;
 *         runs suspended or killed where nothing is left and their policy says so.
 *
 * A share comes before the policy whose budgets it is of (proto/warder/v1/budget.proto): a budget without one allows
 * nothing. While the gateway is away each window has the share that was told for windows to come.
 */
import { type Budget, budgetKey, type OnExceed } from '../../contract/budgets.ts';
import { toLong } from '../../contract/int64.ts';
import type { BudgetReport, BudgetShare, Usage } from '../../contract/messages.ts';
import { COUNTED, type Counted, type KernelBudgets, POOLS, type RunPool } from '../../kernel/budgets.ts';
import type { Uplink } from '../uplink/uplink.ts';
import { Pool } from './pool.ts';

const TICK_MS = 250;
const TELL_MS = 1000;
/** What this host has refused at its share for so long, without the gateway's word that it is all, is not to be had soon. */
const ALONE_MS = 2000;
/** How long a run may wait for its host's first share of a budget that others have all of: a word to them and back, and some more. */
const ROOM_MS = 1000;

/**
 * What is to become of a run whose budget is used up, as the gateway says; without its word it is only said: `wait` where it says that
 * others hold the rest, `alone` where it says nothing.
 */
export type Consequence = Exclude<OnExceed, 'deny'> | 'wait' | 'alone';

export interface BudgetedRun {
  /** In the kernel. */
  number: number;
  run: string;
  agent: string;
  /** Of a run with a cgroup of its own: its id. */
  cgroup: bigint | undefined;
}

interface Known extends BudgetedRun {
  budgets: readonly Budget[];
  layers: readonly string[];
  pools: Pool[];
  stopped: number | undefined;
  /** What was done to it, by budget and window. */
  acted: Set<string>;
  told: string;
  toldMs: number;
}

export interface BudgetKeeperOptions {
  kernel: KernelBudgets;
  /** Attaches the program that counts what leaves. */
  countEgress(): void;
  uplink: Pick<Uplink, 'onControl' | 'keepSaying'>;
  /** Sends a run's usage as an event. */
  tell(run: BudgetedRun, usage: Usage, unixMs: number): Promise<void>;
  act(run: BudgetedRun, consequence: Consequence, budget: Budget, used: number): void;
  onProblem(error: unknown): void;
}

export class BudgetKeeper {
  readonly #options: BudgetKeeperOptions;
  readonly #runs = new Map<number, Known>();
  readonly #pools = new Map<string, Pool>();
  readonly #shares = new Map<string, BudgetShare>();
  readonly #leave: () => void;
  #timer: NodeJS.Timeout | undefined;
  #reported = '';
  #waking: NodeJS.Immediate | undefined;
  readonly #onShares = new Set<() => void>();

  constructor(options: BudgetKeeperOptions) {
    this.#options = options;
    this.#leave = options.uplink.onControl(({ budgetShares }) => {
      for (const share of budgetShares?.shares ?? []) this.#told(share);
      if (!budgetShares) return;
      this.tick();
      for (const look of this.#onShares) look();
    });
  }

  close(): void {
    this.#leave();
    clearInterval(this.#timer);
    clearImmediate(this.#waking);
    this.#options.uplink.keepSaying('budgets', undefined);
  }

  enter(run: BudgetedRun): void {
    const { number, cgroup } = run;
    this.#runs.set(number, {
      ...run,
      ...{ budgets: [], layers: [], pools: [], stopped: undefined, acted: new Set() },
      ...{ told: '0 0 0 0', toldMs: 0 },
    });
    if (cgroup !== undefined) this.#options.kernel.setCgroup(cgroup, number);
  }

  /**
   * A policy is about to be in force for a run.
   * @param layers of the compiled policy: the kernel names them by index
   */
  apply(number: number, budgets: readonly Budget[], layers: readonly string[]): void {
    const run = this.#runs.get(number);
    if (!run || JSON.stringify([run.budgets, run.layers]) === JSON.stringify([budgets, layers])) return;
    const before = run.pools;
    Object.assign(run, { budgets, layers, pools: budgets.map((budget) => this.#pool(budget, number)) });
    this.#release(
      number,
      before.filter((pool) => !run.pools.includes(pool)),
    );
    this.#write(run);
    if (budgets.some(({ resource }) => resource === 'egress')) this.#options.countEgress();
    if (this.#pools.size > 0) this.#timer ??= setInterval(() => this.tick(), TICK_MS).unref();
    this.tick();
  }

  /**
   * Before a run begins. What a host that came before has all of is given back to the gateway first: until then the run's first
   * program would be refused. Resolves as well when that takes too long, as of a host that is cut off.
   */
  async roomFor(number: number): Promise<void> {
    const isAwaited = (): boolean => this.#runs.get(number)?.pools.some((pool) => pool.isAwaited) ?? false;
    if (!isAwaited()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = (): void => {
      if (!isAwaited()) resolve();
    };
    this.#onShares.add(look);
    const timer = setTimeout(resolve, ROOM_MS);
    await promise;
    clearTimeout(timer);
    this.#onShares.delete(look);
  }

  /** Tells what a run that is over has used. */
  async settle(number: number): Promise<void> {
    const run = this.#runs.get(number);
    if (!run) return;
    this.tick();
    await this.#tellUsage(run, Date.now());
  }

  leave(number: number): void {
    const run = this.#runs.get(number);
    if (!run) return;
    this.#runs.delete(number);
    this.#release(number, run.pools);
    this.#options.kernel.clear(number);
    if (run.cgroup !== undefined) this.#options.kernel.clearCgroup(run.cgroup);
    this.#report();
  }

  /** Looks at all counts now: they have changed, or the time has. */
  tick(): void {
    const nowMs = Date.now();
    try {
      for (const pool of this.#pools.values()) this.#look(pool, nowMs);
      for (const run of this.#runs.values()) this.#consequences(run, nowMs);
      this.#report();
      if (this.#pools.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    } catch (error) {
      this.#options.onProblem(error);
    }
  }

  /** Something was refused: a look at the counts, soon. */
  wake(): void {
    this.#waking ??= setImmediate(() => {
      this.#waking = undefined;
      this.tick();
    });
  }

  #look(pool: Pool, nowMs: number): void {
    const { used, refused } = this.#counts(pool, nowMs);
    if (nowMs >= pool.endsMs) {
      // What was used until now is of the window that ends.
      for (const number of pool.runs) this.#tellSoon(this.#runs.get(number), pool.endsMs - 1);
    }
    const turned = pool.turn(nowMs, used, refused);
    // Without runs it stays to the end of its window: the next run goes on where these have ended.
    if (turned && pool.runs.size === 0) this.#pools.delete(budgetKey(pool.budget));
    if (!turned) pool.counted(used, refused, nowMs);
    if (pool.number !== undefined) this.#options.kernel.allow(pool.number, pool.until);
  }

  #consequences(run: Known, nowMs: number): void {
    if (run.pools.length > 0 && nowMs - run.toldMs >= TELL_MS) this.#tellSoon(run, nowMs);
    const over = run.pools.find((pool) => pool.number === undefined && pool.isOver);
    const stopped = over && layerIndex(run, over.budget);
    if (stopped !== run.stopped) {
      run.stopped = stopped;
      this.#write(run);
    }
    for (const pool of run.pools) {
      const consequence = consequenceOf(pool, nowMs);
      if (!consequence) continue;
      const budget = `${budgetKey(pool.budget)} `;
      const window = `${budget}${pool.start} `;
      if (run.acted.has(window + consequence)) continue;
      const isOver = (acted: string) => acted.startsWith(budget) && !acted.startsWith(window);
      run.acted = new Set([...run.acted].filter((acted) => !isOver(acted)));
      run.acted.add(window + consequence);
      this.#options.act(run, consequence, pool.budget, pool.used);
    }
  }

  /** Of a pool that no program counts, time alone is counted here. */
  #counts(pool: Pool, nowMs: number): { used: bigint; refused: bigint } {
    if (pool.number !== undefined) return this.#options.kernel.poolUse(pool.number);
    if (pool.budget.resource !== 'time') return { used: 0n, refused: 0n };
    const running = [...pool.runs].reduce((sum, number) => sum + this.#timeOf(number, nowMs), 0);
    return { used: BigInt(pool.endedMs + running), refused: 0n };
  }

  #timeOf(number: number, nowMs: number): number {
    const run = this.#runs.get(number);
    return run ? Math.max(0, nowMs - beganMs(run.run)) : 0;
  }

  #told(share: BudgetShare): void {
    const key = budgetKey({
      layer: share.layer ?? '',
      resource: (share.resource ?? '') as Budget['resource'],
    });
    if (this.#shares.size > POOLS && !this.#shares.has(key)) this.#shares.clear();
    this.#shares.set(key, share);
    this.#pools.get(key)?.told(share);
  }

  #pool(budget: Budget, run: number): Pool {
    const key = budgetKey(budget);
    let pool = this.#pools.get(key);
    if (pool && pool.budget.windowSeconds !== budget.windowSeconds) pool = undefined;
    if (!pool) {
      const counted = (COUNTED as readonly string[]).includes(budget.resource);
      const number = counted ? this.#freeNumber() : undefined;
      const kernel = number === undefined ? { used: 0n, refused: 0n } : this.#options.kernel.poolUse(number);
      pool = new Pool(budget, number, { ...kernel, unixMs: Date.now() });
      const share = this.#shares.get(key);
      if (share) pool.told(share);
      this.#pools.set(key, pool);
    }
    pool.budget = budget;
    if (!pool.runs.has(run) && pool.number === undefined) pool.endedMs -= this.#timeOf(run, Date.now());
    pool.runs.add(run);
    return pool;
  }

  /** Not one that a run counts into, of an earlier runtime's either. */
  #freeNumber(): number {
    const taken = new Set([...this.#pools.values()].map(({ number }) => number));
    for (const number of this.#options.kernel.poolsInUse()) taken.add(number);
    for (let number = 1; number < POOLS; number++) if (!taken.has(number)) return number;
    throw new Error(`${POOLS - 1} budgets are in use on this host, and there is no room for more`);
  }

  #release(number: number, pools: readonly Pool[]): void {
    for (const pool of pools) {
      if (pool.number === undefined) pool.endedMs += this.#timeOf(number, Date.now());
      pool.runs.delete(number);
    }
  }

  #write(run: Known): void {
    if (run.pools.length === 0) {
      this.#options.kernel.clear(run.number);
      return;
    }
    const refs = run.pools.flatMap((pool): RunPool[] => {
      const resource = pool.budget.resource as Counted;
      return pool.number === undefined
        ? []
        : [{ resource, pool: pool.number, layer: layerIndex(run, pool.budget) }];
    });
    this.#options.kernel.set(run.number, refs, run.stopped);
  }

  #report(): void {
    const used = [...this.#pools.values()].filter(({ runs }) => runs.size > 0);
    const reports: BudgetReport[] = used.map((pool) => pool.report());
    const text = JSON.stringify(reports);
    if (text === this.#reported) return;
    this.#reported = text;
    this.#options.uplink.keepSaying('budgets', { budgetReports: { reports } });
  }

  #tellSoon(run: Known | undefined, unixMs: number): void {
    if (run) this.#tellUsage(run, unixMs).catch((error) => this.#options.onProblem(error));
  }

  async #tellUsage(run: Known, unixMs: number): Promise<void> {
    if (run.pools.length === 0) return;
    const { execs, connects, changes, egress } = this.#options.kernel.runUse(run.number);
    const counts = [execs, connects, changes, egress].join(' ');
    const timed = run.budgets.some(({ resource }) => resource === 'time');
    run.toldMs = unixMs;
    if (counts === run.told && !timed) return;
    run.told = counts;
    const usage: Usage = {
      execs: toLong(execs),
      connects: toLong(connects),
      changes: toLong(changes),
      egressBytes: toLong(egress),
      timeMs: toLong(Math.max(0, unixMs - beganMs(run.run))),
    };
    await this.#options.tell(run, usage, unixMs);
  }
}

/** A share that is used up says nothing of the budget: others may have most of it. Only its gateway knows, and what it kills stays dead. */
function consequenceOf(pool: Pool, nowMs: number): Consequence | undefined {
  const { budget, exceeded, reserved, refusedSinceMs } = pool;
  if (budget.monitor) return undefined;
  if (exceeded) return budget.onExceed === 'deny' ? undefined : budget.onExceed;
  const waited = refusedSinceMs !== undefined && nowMs - refusedSinceMs > ALONE_MS;
  if (!waited) return undefined;
  return reserved ? 'wait' : 'alone';
}

function layerIndex({ layers }: Known, { layer }: Budget): number {
  return Math.max(0, layers.indexOf(layer));
}

/** A run's id is a UUIDv7: it begins with the time of its beginning, in milliseconds. */
function beganMs(run: string): number {
  return Number.parseInt(run.replaceAll('-', '').slice(0, 12), 16);
}
