/**
 * One window of one budget at this gateway: which runtimes use it, and how far each may believe to go, in this window and in those
 * to come.
 *
 * In:     what runtimes say, and that they come and go; what the log has of their use.
 * Out:    the share of each, and what all of them hold.
 */
import type { Budget } from '../../contract/budgets.ts';
import { toLong, toNumber } from '../../contract/int64.ts';
import type { BudgetReport, BudgetShare } from '../../contract/messages.ts';
import type { AttachedHost } from '../control/hosts.ts';
import type { Holder } from './shares.ts';

/** Shares that a runtime has not answered; past it the oldest count as one. */
const UNREAD_MOST = 64;
/** How far a runtime's clock may be ahead of this one's for its next window to begin. */
const CLOCKS_MS = 2000;

/** What a runtime was told once: of this window, and of those to come that begin before `until` (Unix seconds). */
export interface Told {
  share: number;
  next: number;
  until: number;
}

/** What one may hold that is not there: in this window, and as it was told of those to come. */
export type Held = Omit<Told, 'share'> & { held: number };
const NOTHING: Held = { held: 0, next: 0, until: 0 };

/** A runtime that uses a budget. */
export interface User extends Holder {
  runtime: string;
  /** What it said last that it keeps to. */
  kept: number;
  /** What it may keep to by now, oldest first: what it said, and what it was told since. Never empty. */
  unread: Told[];
  /** Until when (Unix seconds) what it is told of windows to come is good. */
  until: number;
  refused: number;
  /** It has been refused something at its share since it was told of one. */
  wants: boolean;
  /** It has said that it uses the budget: from then on its silence about it means that it does not. */
  named: boolean;
  sent: string;
}

export interface Pool {
  budget: Budget;
  start: number;
  users: Map<AttachedHost, User>;
  /** By runtime: how far those that have gone may have come. */
  gone: Map<string, Held & { used: number }>;
  /** By runtime: what the database has of what is held. */
  saved: Map<string, string>;
  /** Its users are told no sooner than that (performance.now()). */
  notBeforeMs: number;
}

/**
 * @param held by runtime, as it was handed out before this gateway started
 * @param users of the same budget with windows of another length
 */
export function newPool(
  budget: Budget,
  start: number,
  held: ReadonlyMap<string, Held>,
  users: Pool['users'] = new Map(),
): Pool {
  for (const user of users.values()) begin(user, start, [{ share: 0, next: 0, until: 0 }]);
  const gone = new Map([...held].map(([runtime, each]) => [runtime, { used: 0, ...each }]));
  const saved = new Map([...held].map(([runtime, each]) => [runtime, textOf(each)]));
  return { budget, start, users, gone, saved, notBeforeMs: 0 };
}

/** One that was there before goes on where it was. */
export function newUser(runtime: string, { gone }: Pool): User {
  const { used, held, next, until } = gone.get(runtime) ?? { used: 0, ...NOTHING };
  return {
    ...{ runtime, used, held, kept: held, unread: [{ share: held, next, until }], until },
    ...{ refused: 0, wants: false, named: false, sent: '' },
  };
}

/** A window begins: until it is told otherwise, a runtime goes as far as it was told for windows to come. */
function begin(user: User, start: number, told: readonly Told[]): void {
  const unread = told.map(({ next, until }) => ({ share: until > start ? next : 0, next, until }));
  const most = Math.max(...unread.map(({ share }) => share));
  Object.assign(user, { used: 0, kept: most, unread, held: most, refused: 0, wants: false, sent: '' });
}

/**
 * Until it says that it keeps to less, it may still go as far as it was told before. A lower share is one that it has not had
 * before: its word of it cannot be of an earlier time, nor be left out because nothing changed.
 */
export function isTold(user: User, fair: number, next: number): void {
  const { unread, kept, held } = user;
  const earlier = new Set([kept, ...unread.slice(0, -1).map(({ share }) => share)]);
  let share = fair;
  while (share > 0 && share < held && earlier.has(share)) share--;
  const last = unread.at(-1)!;
  if (last.share === share && last.next === next) last.until = Math.max(last.until, user.until);
  else unread.push({ share, next, until: user.until });
  if (unread.length > UNREAD_MOST) unread.splice(0, 2, both(unread[0]!, unread[1]!));
  user.held = Math.max(user.kept, ...unread.map((told) => told.share));
}

function both(one: Told, other: Told): Told {
  return {
    share: Math.max(one.share, other.share),
    next: Math.max(one.next, other.next),
    until: Math.max(one.until, other.until),
  };
}

/** What it was told before that share it has read, and what it was told after may be on its way. */
export function keeps(user: User, share: number): void {
  const read = user.unread.findIndex((told) => told.share === share);
  user.kept = share;
  user.unread.splice(0, Math.max(0, read));
  user.held = Math.max(share, ...user.unread.map((told) => told.share));
}

/** What a runtime says of its use: how much, what it was refused, and the share that it keeps to. */
export function heard(pool: Pool, user: User, report: BudgetReport): void {
  const start = toNumber(report.windowUnixS);
  const isNext = start === pool.start + pool.budget.windowSeconds;
  if (isNext && start * 1000 <= Date.now() + CLOCKS_MS) turn(pool, start);
  if (start !== pool.start) return;
  const share = toNumber(report.share);
  const used = toNumber(report.used);
  const refused = toNumber(report.refused);
  // What was refused at an earlier share is no sign that this one is used up: packets are of any size, all else is one.
  const isAtEnd = pool.budget.resource === 'egress' ? share === user.kept : used >= share;
  user.wants = isAtEnd && (user.wants || refused > user.refused);
  user.refused = refused;
  user.used = Math.max(user.used, used);
  keeps(user, share);
}

/** What one may go by in a window to come: what it was told last, or keeps to still. */
export function nextOf({ unread }: User, start: number): number {
  return Math.max(0, ...unread.map(({ next, until }) => (until > start ? next : 0)));
}

/** @param cut it may go on by what it was told */
export function leave(pool: Pool, host: AttachedHost, cut: boolean): void {
  const user = pool.users.get(host)!;
  const { runtime, used, held } = user;
  const { next, until } = user.unread.reduce(both);
  pool.users.delete(host);
  const goesOn = cut && isHeld(pool.budget);
  const most = goesOn ? { held: Math.max(held, used), next, until } : { ...NOTHING, held: used };
  pool.gone.set(runtime, { used, ...most });
}

export function shareMessage(
  { budget, start }: Pool,
  user: User,
  { exceeded, reserved }: { exceeded: boolean; reserved: boolean },
): BudgetShare {
  const { share, next, until } = user.unread.at(-1)!;
  return {
    layer: budget.layer,
    resource: budget.resource,
    windowUnixS: toLong(start),
    share: toLong(share),
    nextShare: toLong(next),
    exceeded,
    reserved: reserved && !exceeded,
    nextUntilUnixS: toLong(until),
  };
}

export function turn(pool: Pool, start: number): void {
  pool.start = start;
  pool.saved.clear();
  for (const [runtime, { next, until }] of pool.gone) {
    if (next > 0 && until > start) pool.gone.set(runtime, { used: 0, held: next, next, until });
    else pool.gone.delete(runtime);
  }
  for (const user of pool.users.values()) begin(user, start, user.unread);
}

/**
 * What another one could still have used is this one's, whether its end has been noticed or not: nobody uses it twice.
 * @param used by runtime, as the log has it
 */
export function inherit(pool: Pool, user: User, name: string, used: ReadonlyMap<string, number>): void {
  for (const [host, { runtime }] of pool.users) if (runtime === name) leave(pool, host, true);
  const gone = pool.gone.get(name);
  if (!gone) return;
  const most = Math.max(gone.used, used.get(name) ?? 0);
  user.held += Math.max(0, gone.held - most);
  user.kept = user.held;
  user.unread = [{ share: user.held, next: 0, until: 0 }];
  pool.gone.set(name, { ...NOTHING, used: most, held: most });
}

/** Whether those that are gone hold nothing any more, in this window or another. */
export function isOver({ users, gone }: Pool, nowS: number): boolean {
  return users.size === 0 && ![...gone.values()].some(({ next, until }) => next > 0 && until > nowS);
}

/** What is held, by runtime, and is not what the database has. */
export function unsaved({ budget, users, gone, saved }: Pool): Map<string, Held> {
  if (!isHeld(budget)) return new Map();
  const held = new Map<string, Held>(gone);
  for (const { runtime, held: most, unread } of users.values()) {
    held.set(runtime, { ...unread.reduce(both), held: most });
  }
  return new Map([...held].filter(([runtime, each]) => saved.get(runtime) !== textOf(each)));
}

export function isSaved(pool: Pool, held: ReadonlyMap<string, Held>): void {
  for (const [runtime, each] of held) pool.saved.set(runtime, textOf(each));
}

function textOf({ held, next, until }: Held): string {
  return `${held} ${next} ${until}`;
}

/** Nobody goes by a share of what only monitors, nor of cost. */
function isHeld({ monitor, resource }: Budget): boolean {
  return !monitor && resource !== 'cost';
}
