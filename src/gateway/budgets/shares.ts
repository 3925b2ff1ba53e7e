/**
 * How one window of one budget is shared among the runtimes whose runs use it. Pure.
 *
 * Each runtime may go as far as it has used, and an equal part of what is left. What another one may still believe to
 * have is never given twice: a share that was lowered counts as it was until its runtime says that it keeps to the
 * lower one, and one of a runtime that was cut off until the window ends. So all shares together never pass the amount,
 * whoever is late, cut off or gone; only what was used before anybody was asked can.
 */
export interface Holder {
  /** What it has used in this window. */
  used: number;
  /** The furthest that it may believe it can go: what it was told last, or kept to when it last said so. */
  held: number;
}

export interface Share {
  share: number;
  /** Not all is used, and others hold what is left: more may come when they answer, or are back. */
  reserved: boolean;
}

/**
 * @param gone what runtimes that are not there any more have used, and may have come to by now
 * @param others sums over all holders but `mine`
 */
export function shareOf(
  amount: number,
  gone: Holder,
  mine: Holder,
  others: Holder & { count: number },
): Share {
  const left = amount - gone.held - mine.used - others.used;
  const fair = mine.used + Math.max(0, Math.ceil(left / (others.count + 1)));
  const free = Math.max(0, amount - gone.held - others.held);
  const cut = gone.held > gone.used;
  if (fair <= free) return { share: fair, reserved: cut };
  // What others lack of their last one is rounding.
  return { share: Math.max(mine.used, free), reserved: cut || left > others.count };
}

/** @param others what is added to */
export function sumOf(
  holders: Iterable<Holder>,
  others: Holder & { count: number } = { used: 0, held: 0, count: 0 },
): Holder & { count: number } {
  const sum = { ...others };
  for (const { used, held } of holders) {
    sum.used += used;
    sum.held += Math.max(held, used);
    sum.count++;
  }
  return sum;
}

export function without(sum: Holder & { count: number }, { used, held }: Holder): Holder & { count: number } {
  return { used: sum.used - used, held: sum.held - Math.max(held, used), count: sum.count - 1 };
}
