/**
 * A round of shares: each user of a pool is told how far it may go by what all of them have used and hold. One pass, whatever their
 * number: sums are made once, and changed by what each is told.
 */
import { isTold, nextOf, type Pool, type User } from './pool.ts';
import { type Holder, type Share, shareOf, sumOf, without } from './shares.ts';

export interface Told {
  user: User;
  reserved: boolean;
  /** It was refused something, and can have no more: nobody can. */
  isEnd: boolean;
}

/**
 * @param used by runtime, as the log has it
 * @param users those of the pool that are to be told
 */
export function tellRound(pool: Pool, used: ReadonlyMap<string, number>, users: Iterable<User>): Told[] {
  const { amount, windowSeconds } = pool.budget;
  const next = pool.start + windowSeconds;
  for (const user of pool.users.values()) user.used = Math.max(user.used, used.get(user.runtime) ?? 0);
  const gone = goneOf(pool, used);
  const goneNext = goneAfter(pool, next);
  let all = sumOf(pool.users.values());
  let allNext = 0;
  for (const user of pool.users.values()) allNext += nextOf(user, next);
  const fairNext = Math.floor(Math.max(0, amount - goneNext) / Math.max(1, pool.users.size));
  return [...users].map((user) => {
    const others = without(all, user);
    const othersNext = allNext - nextOf(user, next);
    const { share, reserved }: Share = shareOf(amount, gone, user, others);
    const isEnd = user.wants && !reserved && share <= user.kept;
    user.wants = false;
    isTold(user, share, Math.max(0, Math.min(fairNext, amount - goneNext - othersNext)));
    all = sumOf([user], others);
    allNext = othersNext + nextOf(user, next);
    return { user, reserved, isEnd };
  });
}

/** What runtimes that are not there have used, and may have used by now. */
export function goneOf(pool: Pool, used: ReadonlyMap<string, number>): Holder {
  const here = runtimesOf(pool);
  const names = [...new Set([...used.keys(), ...pool.gone.keys()])].filter((name) => !here.has(name));
  const { used: sum, held } = sumOf(
    names.map((name) => {
      const known = pool.gone.get(name);
      return { used: Math.max(used.get(name) ?? 0, known?.used ?? 0), held: known?.held ?? 0 };
    }),
  );
  return { used: sum, held };
}

/** What they may use of a window to come. */
function goneAfter(pool: Pool, start: number): number {
  const here = runtimesOf(pool);
  let sum = 0;
  for (const [name, { next, until }] of pool.gone) if (!here.has(name) && until > start) sum += next;
  return sum;
}

function runtimesOf({ users }: Pool): Set<string> {
  return new Set([...users.values()].map(({ runtime }) => runtime));
}
