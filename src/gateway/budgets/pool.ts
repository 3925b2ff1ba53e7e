/**
 * One window of one budget at this gateway: which runtimes use it, and how far each may believe to go.
 *
 * In:     what runtimes say, and that they come and go; what the log has of their use.
 * Out:    the share of each, and what all of them hold.
 */
import type { Budget } from '../../contract/budgets.ts';
import { toLong } from '../../contract/int64.ts';
import type { BudgetShare } from '../../contract/messages.ts';
import type { AttachedHost } from '../control/hosts.ts';
import { type Holder, type Share, shareOf, sumOf, without } from './shares.ts';

/** Shares that a runtime has not answered; past it the oldest count as one. */
const UNREAD_MOST = 64;

/** A runtime that uses a budget. */
export interface User extends Holder {
  runtime: string;
  /** What it was told last, and what it said last that it keeps to. */
  told: number;
  kept: number;
  /** What it may keep to by now, oldest first: what it said, and what it was told since. */
  unread: number[];
  /** In each window to come. */
  next: number;
  refused: number;
  /** It has said that it uses the budget: from then on its silence about it means that it does not. */
  named: boolean;
  sent: string;
}

export interface Pool {
  budget: Budget;
  start: number;
  users: Map<AttachedHost, User>;
  /** By runtime: how far those that have gone may have come. */
  gone: Map<string, Holder>;
  /** By runtime: what the database has of what is held. */
  saved: Map<string, number>;
}

/**
 * @param held by runtime, as it was handed out before this gateway started
 * @param users of the same budget with windows of another length
 */
export function newPool(
  budget: Budget,
  start: number,
  held: ReadonlyMap<string, number>,
  users: Pool['users'] = new Map(),
): Pool {
  for (const user of users.values()) begin(user, 0);
  const gone = new Map([...held].map(([runtime, furthest]) => [runtime, { used: 0, held: furthest }]));
  return { budget, start, users, gone, saved: new Map(held) };
}

/** One that was there before goes on where it was. */
export function newUser(runtime: string, { gone }: Pool): User {
  const { used, held } = gone.get(runtime) ?? { used: 0, held: 0 };
  return {
    runtime,
    used,
    held,
    told: held,
    kept: held,
    unread: [held],
    next: 0,
    refused: 0,
    named: false,
    sent: '',
  };
}

/** A window begins: until it is told otherwise, a runtime goes as far as it was told for windows to come. */
function begin(user: User, next: number): void {
  Object.assign(user, { used: 0, told: next, kept: next, unread: [next], held: next, refused: 0, sent: '' });
}

/**
 * Until it says that it keeps to less, it may still go as far as it was told before. A lower share is one that it has not had
 * before: its word of it cannot be of an earlier time, nor be left out because nothing changed.
 */
export function isTold(user: User, fair: number): void {
  const { unread, kept, held } = user;
  const earlier = new Set([kept, ...unread.slice(0, -1)]);
  let share = fair;
  while (share > 0 && share < held && earlier.has(share)) share--;
  if (unread.at(-1) !== share) unread.push(share);
  if (unread.length > UNREAD_MOST) unread.splice(0, 2, Math.max(unread[0]!, unread[1]!));
  user.told = share;
  user.held = Math.max(user.kept, ...unread);
}

/** What it was told before that share it has read, and what it was told after may be on its way. */
export function keeps(user: User, share: number): void {
  user.kept = share;
  user.unread.splice(0, Math.max(0, user.unread.indexOf(share)));
  user.held = Math.max(share, ...user.unread);
}

/** @param cut it may go on by what it was told */
export function leave(pool: Pool, host: AttachedHost, cut: boolean): void {
  const { runtime, used, held } = pool.users.get(host)!;
  pool.users.delete(host);
  pool.gone.set(runtime, { used, held: cut && isHeld(pool.budget) ? Math.max(held, used) : used });
}

export function shareMessage(
  { budget, start }: Pool,
  user: User,
  { exceeded, reserved }: { exceeded: boolean; reserved: boolean },
): BudgetShare {
  return {
    layer: budget.layer,
    resource: budget.resource,
    windowUnixS: toLong(start),
    share: toLong(user.told),
    nextShare: toLong(user.next),
    exceeded,
    reserved: reserved && !exceeded,
  };
}

export function turn(pool: Pool, start: number): void {
  pool.start = start;
  pool.gone.clear();
  pool.saved.clear();
  for (const user of pool.users.values()) begin(user, user.next);
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
  user.told = user.held;
  user.kept = user.held;
  user.unread = [user.held];
  pool.gone.set(name, { used: most, held: most });
}

/**
 * Says of a user of the pool how far it may go. Good until a share is given out.
 * @param used by runtime, as the log has it
 */
export function sharesOf(pool: Pool, used: ReadonlyMap<string, number>): (user: User) => Share {
  for (const user of pool.users.values()) user.used = Math.max(user.used, used.get(user.runtime) ?? 0);
  const gone = goneOf(pool, used);
  const all = sumOf(pool.users.values());
  return (user) => shareOf(pool.budget.amount, gone, user, without(all, user));
}

/** What runtimes that are not there have used, and may have used by now. */
export function goneOf(pool: Pool, used: ReadonlyMap<string, number>): Holder {
  const here = new Set([...pool.users.values()].map(({ runtime }) => runtime));
  const names = [...new Set([...used.keys(), ...pool.gone.keys()])].filter((name) => !here.has(name));
  const { used: sum, held } = sumOf(
    names.map((name) => {
      const known = pool.gone.get(name);
      return { used: Math.max(used.get(name) ?? 0, known?.used ?? 0), held: known?.held ?? 0 };
    }),
  );
  return { used: sum, held };
}

/** What is held, by runtime, and is not what the database has. */
export function unsaved({ budget, users, gone, saved }: Pool): Map<string, number> {
  if (!isHeld(budget)) return new Map();
  const held = new Map([...gone].map(([runtime, holder]) => [runtime, holder.held]));
  for (const user of users.values()) held.set(user.runtime, user.held);
  return new Map([...held].filter(([runtime, furthest]) => saved.get(runtime) !== furthest));
}

/** Nobody goes by a share of what only monitors, nor of cost. */
function isHeld({ monitor, resource }: Budget): boolean {
  return !monitor && resource !== 'cost';
}
