/**
 * Budgets of all agents at this gateway: who may go how far, and what happens when nothing is left.
 *
 * In:     usage events as they enter the log; reports of attached runtimes; reported cost.
 * Out:    shares to the runtimes, before the policy that has the budgets and at each change (shares.ts); an event
 *         `budget.exceeded` with the numbers, once for each window.
 * Throws: GATEWAY_PROTOCOL, BUDGET_…, GATEWAY_STORE_….
 */
import type { DatabaseSync } from 'node:sqlite';
import { type Budget, budgetMessage } from '../../contract/budgets.ts';
import { toLong } from '../../contract/int64.ts';
import { type BudgetReport, type BudgetShare, type BudgetStatus, Event } from '../../contract/messages.ts';
import type { AttachedHost } from '../control/hosts.ts';
import type { Actor } from '../own-events.ts';
import type { LogEntry } from '../store/entry.ts';
import { AgentBudgets, type AgentBudgetsOptions } from './agent-budgets.ts';
import { DuePools } from './due.ts';
import { Exceeded } from './exceeded.ts';
import { BudgetLedger } from './ledger.ts';
import { heard, inherit, leave, newUser, type Pool, shareMessage, type User } from './pool.ts';
import { Pools, type PoolsOptions, turnByClock } from './pools.ts';
import { goneOf, tellRound } from './round.ts';

/** Budgets that one runtime may tell of in one message. */
const MOST_REPORTS = 4096;
const SWEEP_MS = 60_000;
/** How long the users of a pool are not told again, for each of them: a thousand shares a second of one budget at most. */
const PACE_MS_EACH = 1;

export interface BudgetsOptions extends AgentBudgetsOptions, Omit<PoolsOptions, 'ledger'> {
  database: DatabaseSync;
  /** Of policies: what a runtime is told of windows to come is good for as long as its policy. */
  leaseMs: number;
}

export class Budgets {
  readonly #ledger: BudgetLedger;
  readonly #options: BudgetsOptions;
  readonly #pools: Pools;
  readonly #ofAgents: AgentBudgets;
  readonly #exceeded: Exceeded;
  readonly #due = new DuePools((pools) => this.#tellDue(pools));
  readonly #sweeper: NodeJS.Timeout;

  constructor(options: BudgetsOptions) {
    this.#options = options;
    this.#ledger = new BudgetLedger(options.database);
    this.#pools = new Pools({ ...options, ledger: this.#ledger });
    this.#ofAgents = new AgentBudgets(options);
    this.#exceeded = new Exceeded(this.#ledger, options.own);
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
    const budgets = this.#ofAgents.anew(agent);
    for (const budget of budgets) this.#ledger.define(budget);
    const pools = budgets.map((budget) => this.#pools.of(budget));
    const fresh = pools.filter(({ users }) => !users.has(host));
    for (const pool of fresh) {
      const user = newUser(runtime, pool);
      for (const name of before) inherit(pool, user, name, this.#exceeded.used(pool));
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
      const resource = (report.resource ?? '') as Budget['resource'];
      const pool = this.#pools.named({ layer: report.layer ?? '', resource });
      if (!pool) continue;
      const user = pool.users.get(host) ?? newUser(runtime, pool);
      pool.users.set(host, user);
      user.named = true;
      named.add(pool);
      heard(pool, user, report);
    }
    for (const pool of this.#pools.all()) {
      if (named.has(pool) || !pool.users.get(host)?.named) continue;
      this.#leave(pool, host, false);
      named.add(pool);
    }
    this.#due.soon(named);
  }

  detached(host: AttachedHost): void {
    const left = this.#pools.all().filter((pool) => pool.users.has(host));
    for (const pool of left) this.#leave(pool, host, true);
    this.#due.soon(left);
  }

  /** An event on its way into the log, within its transaction. */
  counted(runtime: string, { agent, run, body, timeNs }: LogEntry): void {
    const { usage } = Event.decode(body);
    if (!usage || agent === '') return;
    const timeMs = Number(timeNs / 1_000_000n);
    this.#ledger.add({ runtime, run, timeMs, usage }, this.#ofAgents.of(agent));
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
    const all = this.#ofAgents.of(agent);
    const budgets = all.filter((budget) => budget.resource === 'cost' && budget.currency === currency);
    const content = JSON.stringify([agent, run, micros, currency, what]);
    const caller = actor.credential || actor.name;
    const isNew = this.#options.own.transaction((record) => {
      const fresh = this.#ledger.report({ caller, key, what: content }, budgets, micros, conflict);
      if (!fresh) return false;
      const changes = {
        key: ['', key],
        cost: ['', `${micros / 1e6} ${currency}`],
        what: ['', what],
      } as const;
      record({ action: 'usage.reported', actor, subject: agent, agent, run, changes });
      return true;
    });
    this.#tell(budgets.map((budget) => this.#pools.of(budget)));
    return { again: !isNew, budgets: budgets.map((budget) => this.#status(budget)) };
  }

  /** @param budgets those in force, where they are known whoever asks for policies; else those that somebody had */
  list(budgets: readonly Budget[] = this.#ledger.defined()): BudgetStatus[] {
    return budgets.map((budget) => this.#status(budget));
  }

  /** What it was refused last is looked at first: it may be what nobody has any more. */
  #leave(pool: Pool, host: AttachedHost, cut: boolean): void {
    if (pool.users.get(host)!.wants) this.#tell([pool]);
    leave(pool, host, cut);
  }

  #tellDue(due: readonly Pool[]): void {
    try {
      this.#tell(due.filter((pool) => this.#pools.has(pool)));
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
      turnByClock(pool);
      this.#exceeded.look(pool);
      const users = [...pool.users].filter(([host]) => !only || host === only);
      const round = tellRound(
        pool,
        this.#exceeded.used(pool),
        users.map(([, user]) => user),
      );
      const end = round.findIndex(({ isEnd }) => isEnd);
      if (end !== -1) this.#exceeded.tell(pool, { kind: 'runtime', name: users[end]![0].host });
      const exceeded = this.#exceeded.is(pool);
      for (const [at, [host, user]] of users.entries()) {
        const message = shareMessage(pool, user, { exceeded, reserved: round[at]!.reserved });
        const text = JSON.stringify(message);
        if (text !== user.sent) news.push({ host, user, message, text });
      }
      if (!only) pool.notBeforeMs = performance.now() + pool.users.size * PACE_MS_EACH;
    }
    this.#pools.save(pools);
    for (const { host, user, message, text } of news) {
      user.sent = text;
      send(host, message);
    }
  }

  #status(budget: Budget): BudgetStatus {
    const pool = this.#pools.of(budget);
    const gone = goneOf(pool, this.#exceeded.used(pool));
    return {
      budget: budgetMessage(budget),
      windowUnixS: toLong(pool.start),
      used: toLong(this.#exceeded.total(pool)),
      exceeded: this.#exceeded.is(pool),
      hosts: pool.users.size,
      reserved: toLong(gone.held - gone.used),
    };
  }

  #sweep(): void {
    try {
      this.#ledger.sweep(Date.now());
      this.#pools.sweep(Date.now());
    } catch (error) {
      this.#options.onError(error as Error);
    }
  }
}

function send(host: AttachedHost, share: BudgetShare): void {
  host.send(`budget ${share.layer} ${share.resource}`, { budgetShares: { shares: [share] } });
}
