/**
 * Medians and spreads of what was measured again and again on a machine that others use too.
 */

/** The middle of all, and a quarter from either end. */
export interface Spread {
  median: number;
  low: number;
  high: number;
}

/** The value below which a `share` of all lie, between neighbours by weight. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)]!;
  return below + (sorted[Math.ceil(at)]! - below) * (at % 1);
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function spread(values: readonly number[]): Spread {
  return { median: median(values), low: quantile(values, 0.25), high: quantile(values, 0.75) };
}

/** Of the quotients of pairs that were measured next to each other: what slows both falls out. */
export function ratio(values: readonly number[], bases: readonly number[]): Spread {
  return spread(values.map((value, index) => value / bases[index]!));
}
