/**
 * One budget on this host: how far its runs may go in the present window, as the gateway has said.
 *
 * In:     the kernel's count (of a resource that no program counts: the keeper's), shares from the gateway.
 * Out:    how far the kernel lets the count go; what is reported.
 *
 * The kernel's count only grows: a window is counted from where it stood when the window began. A window that this
 * runtime knows no share of has the one that it was told for windows to come, as long as that is good.
 */
import { type Budget, windowOf } from '../../contract/budgets.ts';
import { toLong, toNumber } from '../../contract/int64.ts';
import type { BudgetReport, BudgetShare } from '../../contract/messages.ts';
import { UNLIMITED } from '../../kernel/budgets.ts';

export class Pool {
  budget: Budget;
  /** Number in the kernel; undefined: no program counts it. */
  readonly number: number | undefined;
  /** Runs that use it. */
  readonly runs = new Set<number>();
  /** For time: of runs that used it and are over. */
  endedMs = 0;
  start: number;
  /** The count when the window began, and the refusals. */
  #base: bigint;
  #refusedBase: bigint;
  used = 0;
  refused = 0;
  #share = 0;
  #next = 0;
  /** Windows that begin then (Unix seconds) or later have none until it is told: the policy's lease is over by then. */
  #nextUntil = Number.POSITIVE_INFINITY;
  /** Of the window behind the present one: the gateway's clock is ahead. */
  #ahead: BudgetShare | undefined;
  /** The gateway says that nothing is left. */
  exceeded = false;
  /** It says that others hold what is left: no run is to be stopped for it. */
  reserved = false;
  /** When something was refused first, or time was used up, while the gateway did not say so. */
  refusedSinceMs: number | undefined;

  constructor(
    budget: Budget,
    number: number | undefined,
    now: { used: bigint; refused: bigint; unixMs: number },
  ) {
    this.budget = budget;
    this.number = number;
    this.start = windowOf(budget.windowSeconds, now.unixMs);
    this.#base = now.used;
    this.#refusedBase = now.refused;
  }

  /** What the kernel, or the keeper, has counted in all. */
  counted(used: bigint, refused: bigint, unixMs: number): void {
    this.used = Number(used - this.#base);
    const before = this.refused;
    this.refused = Number(refused - this.#refusedBase);
    if (this.refused > before || this.isOver) this.refusedSinceMs ??= unixMs;
  }

  /** Begins another window, where it is time. Returns whether one began. */
  turn(unixMs: number, used: bigint, refused: bigint): boolean {
    const start = windowOf(this.budget.windowSeconds, unixMs);
    if (start === this.start) return false;
    this.start = start;
    this.#base = used;
    this.#refusedBase = refused;
    this.used = 0;
    this.refused = 0;
    this.refusedSinceMs = undefined;
    this.exceeded = false;
    this.reserved = false;
    this.#share = start < this.#nextUntil ? this.#next : 0;
    if (this.#ahead) this.told(this.#ahead);
    return true;
  }

  told(share: BudgetShare): void {
    const start = toNumber(share.windowUnixS);
    this.#next = toNumber(share.nextShare);
    // 0: a gateway of before, which does not say.
    this.#nextUntil = toNumber(share.nextUntilUnixS) || Number.POSITIVE_INFINITY;
    if (start > this.start) {
      this.#ahead = share;
      return;
    }
    if (start < this.start) return;
    this.#ahead = undefined;
    // What was refused at a smaller share is no sign that this one is used up.
    if (toNumber(share.share) > this.#share) this.refusedSinceMs = undefined;
    this.#share = toNumber(share.share);
    this.exceeded = share.exceeded ?? false;
    this.reserved = share.reserved ?? false;
  }

  /** How far the kernel's count may go. */
  get until(): bigint {
    return this.budget.monitor ? UNLIMITED : this.#base + BigInt(this.#share);
  }

  /** Of what no program counts: there is nothing left here. */
  get isOver(): boolean {
    const { resource, monitor } = this.budget;
    if (monitor) return false;
    return this.exceeded || (resource === 'time' && this.used >= this.#share);
  }

  /** There is nothing here, and the gateway says that others hold what is left: more comes when they answer. */
  get isAwaited(): boolean {
    return this.reserved && !this.exceeded && !this.budget.monitor && this.used >= this.#share;
  }

  /** Past this time the next window begins. */
  get endsMs(): number {
    return (this.start + this.budget.windowSeconds) * 1000;
  }

  report(): BudgetReport {
    const { layer, resource } = this.budget;
    return {
      layer,
      resource,
      windowUnixS: toLong(this.start),
      used: toLong(Math.max(0, this.used)),
      share: toLong(this.#share),
      refused: toLong(Math.max(0, this.refused)),
    };
  }
}
