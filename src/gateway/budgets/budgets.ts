/**
 * Budgets of all agents at this gateway: who may go how far, and what happens when nothing is left.
 *
 * In:     usage events as they enter the log; reports of attached runtimes; reported cost.
 * Out:    shares to the runtimes, before the policy that has the budgets and at each change (shares.ts); an event
 *         `budget.exceeded` with the numbers, once for each window.
 * Throws: GATEWAY_PROTOCOL, BUDGET_…, GATEWAY_STORE_….
 */
import type { DatabaseSync } from 'node:sqlite';
import { type Budget, budgetKey, budgetMessage, readBudget, windowOf } from '../../contract/budgets.ts';
import { toLong, toNumber } from '../../contract/int64.ts';
import { type BudgetReport, type BudgetShare, type BudgetStatus, Event } from '../../contract/messages.ts';
import type { AttachedHost } from '../control/hosts.ts';
import type { Actor, OwnEvents } from '../own-events.ts';
import type { PolicySource } from '../policy-authority.ts';
import type { LogEntry } from '../store/entry.ts';
import { DuePools } from './due.ts';
import { BudgetLedger } from './ledger.ts';
import {
  inherit,
  isOver,
  isSaved,
  keeps,
  leave,
  newPool,
  newUser,
  type Pool,
  shareMessage,
  turn,
  type User,
  unsaved,
} from './pool.ts';
import { goneOf, tellRound } from './round.ts';

/** Budgets that one runtime may tell of in one message. */
const MOST_REPORTS = 4096;
const SWEEP_MS = 60_000;
/** How far a runtime's clock may be ahead of this one's for its next window to begin. */
const CLOCKS_MS = 2000;
/** How long the users of a pool are not told again, for each of them: a thousand shares a second of one budget at most. */
const PACE_MS_EACH = 1;
/** Agents whose budgets are remembered for a moment, for events of agents that nobody here asks about. */
const REMEMBERED_MS = 1000;

export interface BudgetsOptions {
  database: DatabaseSync;
  own: OwnEvents;
  source: PolicySource;
  /** Shares outlive this process: its runtimes are others, and may go on while it is away. */
  keepsHoldings: boolean;
  /** Of policies: what a runtime is told of windows to come is good for as long as its policy. */
  leaseMs: number;
  onError(error: Error): void;
}

export class Budgets {
  readonly ledger: BudgetLedger;
  readonly #options: BudgetsOptions;
  readonly #pools = new Map<string, Pool>();
  readonly #ofAgents = new Map<string, { budgets: readonly Budget[]; untilMs: number }>();
  readonly #due = new DuePools((pools) => this.#tellDue(pools));
  readonly #sweeper: NodeJS.Timeout;

  constructor(options: BudgetsOptions) {
    this.#options = options;
    this.ledger = new BudgetLedger(options.database);
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS).unref();
  }

  close(): void {
    clearInterval(this.#sweeper);
    this.#due.close();
  }

  /**
   * A runtime is about to get the policy of an agent, or to have it for longer: of budgets that are new to it, it gets its shares first.
   * @param before runtimes whose runs it has taken over
   */
  follow(host: AttachedHost, runtime: string, agent: string, before: readonly string[]): void {
    const until = Math.floor((Date.now() + this.#options.leaseMs) / 1000);
    const pools = this.#budgetsOf(agent, true).map((budget) => this.#pool(budget));
    const fresh = pools.filter(({ users }) => !users.has(host));
    for (const pool of fresh) {
      const user = newUser(runtime, pool);
      for (const name of before) inherit(pool, user, name, this.#used(pool));
      pool.users.set(host, user);
    }
    for (const { users } of pools) users.get(host)!.until = until;
    this.#tell(fresh, host);
    this.#due.soon(pools);
  }

  /** What a runtime says of all its budgets. One that it does not name any more it does not use. */
  report(host: AttachedHost, runtime: string, reports: readonly BudgetReport[]): void {
    const named = new Set<Pool>();
    for (const report of reports.slice(0, MOST_REPORTS)) {
      const pool = this.#pools.get(
        budgetKey({ layer: report.layer ?? '', resource: (report.resource ?? '') as Budget['resource'] }),
      );
      if (!pool) continue;
      const user = pool.users.get(host) ?? newUser(runtime, pool);
      pool.users.set(host, user);
      user.named = true;
      named.add(pool);
      this.#take(pool, user, report);
    }
    for (const pool of this.#pools.values()) {
      if (named.has(pool) || !pool.users.get(host)?.named) continue;
      this.#leave(pool, host, false);
      named.add(pool);
    }
    this.#due.soon(named);
  }

  detached(host: AttachedHost): void {
    const left = [...this.#pools.values()].filter((pool) => pool.users.has(host));
    for (const pool of left) this.#leave(pool, host, true);
    this.#due.soon(left);
  }

  /** An event on its way into the log, within its transaction. */
  counted(runtime: string, { agent, run, body, timeNs }: LogEntry): void {
    const { usage } = Event.decode(body);
    if (!usage || agent === '') return;
    const timeMs = Number(timeNs / 1_000_000n);
    this.ledger.add({ runtime, run, timeMs, usage }, this.#budgetsOf(agent, false));
  }

  /** Cost that somebody reports of an agent, in an event of the log. Returns whether it is new, and how its budgets stand. */
  reported(
    {
      agent,
      run,
      key,
      micros,
      currency,
      what,
    }: { agent: string; run: string; key: string; micros: number; currency: string; what: string },
    actor: Actor,
    conflict: () => Error,
  ): { again: boolean; budgets: BudgetStatus[] } {
    const all = this.#budgetsOf(agent, false);
    const budgets = all.filter((budget) => budget.resource === 'cost' && budget.currency === currency);
    const content = JSON.stringify([agent, run, micros, currency, what]);
    const caller = actor.credential || actor.name;
    const isNew = this.#options.own.transaction((record) => {
      const fresh = this.ledger.report({ caller, key, what: content }, budgets, micros, conflict);
      if (!fresh) return false;
      const changes = {
        key: ['', key],
        cost: ['', `${micros / 1e6} ${currency}`],
        what: ['', what],
      } as const;
      record({ action: 'usage.reported', actor, subject: agent, agent, run, changes });
      return true;
    });
    this.#tell(budgets.map((budget) => this.#pool(budget)));
    return { again: !isNew, budgets: budgets.map((budget) => this.#status(budget)) };
  }

  /** @param budgets those in force, where they are known whoever asks for policies; else those that somebody had */
  list(budgets: readonly Budget[] = this.ledger.defined()): BudgetStatus[] {
    return budgets.map((budget) => this.#status(budget));
  }

  #take(pool: Pool, user: User, report: BudgetReport): void {
    const start = toNumber(report.windowUnixS);
    const { windowSeconds } = pool.budget;
    const isNext = start === pool.start + windowSeconds;
    if (isNext && start * 1000 <= Date.now() + CLOCKS_MS) turn(pool, start);
    if (start !== pool.start) return;
    const [used, share, refused] = [report.used, report.share, report.refused].map(toNumber) as [
      number,
      number,
      number,
    ];
    // What was refused at an earlier share is no sign that this one is used up: packets are of any size, all else is one.
    const isAtEnd = pool.budget.resource === 'egress' ? share === user.kept : used >= share;
    user.wants = isAtEnd && (user.wants || refused > user.refused);
    user.refused = refused;
    user.used = Math.max(user.used, used);
    keeps(user, share);
  }

  /** What it was refused last is looked at first: it may be what nobody has any more. */
  #leave(pool: Pool, host: AttachedHost, cut: boolean): void {
    if (pool.users.get(host)!.wants) this.#tell([pool]);
    leave(pool, host, cut);
  }

  #exceeded(pool: Pool, actor?: Actor): void {
    const { budget, start } = pool;
    if (this.ledger.isExceeded(budget, start)) return;
    const used = this.#total(pool);
    this.#options.own.transaction((record) => {
      if (!this.ledger.exceeded(budget, start)) return;
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

  #tellDue(due: readonly Pool[]): void {
    try {
      this.#tell(due.filter((pool) => this.#pools.get(budgetKey(pool.budget)) === pool));
    } catch (error) {
      this.#options.onError(error as Error);
    }
  }

  /**
   * Each runtime that uses one of the pools what it does not know yet.
   * @param only to be told now: the others are by and by
   */
  #tell(pools: readonly Pool[], only?: AttachedHost): void {
    const news: { host: AttachedHost; user: User; message: BudgetShare; text: string }[] = [];
    for (const pool of pools) {
      this.#looksUp(pool);
      const users = [...pool.users].filter(([host]) => !only || host === only);
      const round = tellRound(
        pool,
        this.#used(pool),
        users.map(([, user]) => user),
      );
      const end = round.findIndex(({ isEnd }) => isEnd);
      if (end !== -1) this.#exceeded(pool, { kind: 'runtime', name: users[end]![0].host });
      const exceeded = this.ledger.isExceeded(pool.budget, pool.start);
      for (const [at, [host, user]] of users.entries()) {
        const message = shareMessage(pool, user, { exceeded, reserved: round[at]!.reserved });
        const text = JSON.stringify(message);
        if (text !== user.sent) news.push({ host, user, message, text });
      }
      if (!only) pool.notBeforeMs = performance.now() + pool.users.size * PACE_MS_EACH;
    }
    this.#save(pools);
    for (const { host, user, message, text } of news) {
      user.sent = text;
      send(host, message);
    }
  }

  /** Before it is handed out: a gateway that starts again knows what runtimes may go on by. */
  #save(pools: readonly Pool[]): void {
    if (!this.#options.keepsHoldings) return;
    const changes = pools.map((pool) => ({ pool, held: unsaved(pool) })).filter(({ held }) => held.size > 0);
    if (changes.length === 0) return;
    this.#options.own.transaction(() => {
      for (const { pool, held } of changes) this.ledger.hold(pool.budget, pool.start, held);
    });
    for (const { pool, held } of changes) isSaved(pool, held);
  }

  /** What nobody refuses as it happens: time, cost, and what only monitors. */
  #looksUp(pool: Pool): void {
    const { budget } = pool;
    this.#turnByClock(pool);
    const later = budget.monitor || budget.resource === 'time' || budget.resource === 'cost';
    if (later && this.#total(pool) >= Math.max(1, budget.amount)) this.#exceeded(pool);
  }

  #used({ budget, start }: Pool): Map<string, number> {
    return this.ledger.used(budget, start);
  }

  #total(pool: Pool): number {
    const used = this.#used(pool);
    for (const { runtime, used: said } of pool.users.values())
      used.set(runtime, Math.max(used.get(runtime) ?? 0, said));
    return [...used.values()].reduce((sum, amount) => sum + amount, 0);
  }

  #status(budget: Budget): BudgetStatus {
    const pool = this.#pool(budget);
    const gone = goneOf(pool, this.#used(pool));
    return {
      budget: budgetMessage(budget),
      windowUnixS: toLong(pool.start),
      used: toLong(this.#total(pool)),
      exceeded: this.ledger.isExceeded(budget, pool.start),
      hosts: pool.users.size,
      reserved: toLong(gone.held - gone.used),
    };
  }

  #pool(budget: Budget): Pool {
    const key = budgetKey(budget);
    const start = windowOf(budget.windowSeconds, Date.now());
    let pool = this.#pools.get(key);
    if (!pool || pool.budget.windowSeconds !== budget.windowSeconds) {
      const held = this.#options.keepsHoldings ? this.ledger.held(budget, start) : new Map();
      pool = newPool(budget, start, held, pool?.users);
      this.#pools.set(key, pool);
    }
    pool.budget = budget;
    this.#turnByClock(pool);
    return pool;
  }

  #turnByClock(pool: Pool): void {
    const now = windowOf(pool.budget.windowSeconds, Date.now());
    if (now > pool.start) turn(pool, now);
  }

  #budgetsOf(agent: string, anew: boolean): readonly Budget[] {
    const known = this.#ofAgents.get(agent);
    if (known && !anew && known.untilMs > Date.now()) return known.budgets;
    if (this.#ofAgents.size > MOST_REPORTS) this.#ofAgents.clear();
    const budgets = this.#read(agent);
    this.#ofAgents.set(agent, { budgets, untilMs: Date.now() + REMEMBERED_MS });
    if (anew) for (const budget of budgets) this.ledger.define(budget);
    return budgets;
  }

  #read(agent: string): Budget[] {
    try {
      const answer = this.#options.source(agent);
      return 'refusal' in answer ? [] : (answer.policy.budgets ?? []).map(readBudget);
    } catch (error) {
      this.#options.onError(error as Error);
      return []; // no policy, and so no run either
    }
  }

  #sweep(): void {
    try {
      this.ledger.sweep(Date.now());
      for (const [key, pool] of this.#pools) if (isOver(pool, Date.now() / 1000)) this.#pools.delete(key);
    } catch (error) {
      this.#options.onError(error as Error);
    }
  }
}

function send(host: AttachedHost, share: BudgetShare): void {
  host.send(`budget ${share.layer} ${share.resource}`, { budgetShares: { shares: [share] } });
}
