/**
 * What a part of the benchmark has found: one row of the table.
 */
import type { Spread } from './statistics.ts';

export interface Bound {
  most?: number;
  least?: number;
}

export interface Figure {
  /** Unique: by it bounds are found in ratios.json. */
  id: string;
  /** What was measured, for people. */
  text: string;
  /** `x` is a ratio; all others are as the machine is. */
  unit: 'x' | 'ns' | 'µs' | 'ms' | 'MB' | '/s' | '%' | '';
  value: Spread;
  /** What docs/performance.md promises. */
  goal?: Bound;
  /** What regressions are judged by, where not by the value: a ratio to something measured next to it. */
  relative?: number;
  remark?: string;
}

/** Something that could not be measured here, and why. */
export interface Absent {
  text: string;
  why: string;
}

export interface Part {
  title: string;
  /** What the figures mean, for people. */
  about: string;
  figures: Figure[];
  absent?: Absent[];
}

export function figure(
  id: string,
  text: string,
  unit: Figure['unit'],
  value: Spread | number,
  more: Pick<Figure, 'goal' | 'relative' | 'remark'> = {},
): Figure {
  const spread = typeof value === 'number' ? { median: value, low: value, high: value } : value;
  return { id, text, unit, value: spread, ...more };
}

export function isKept({ median }: Spread, { most, least }: Bound): boolean {
  return median <= (most ?? Number.POSITIVE_INFINITY) && median >= (least ?? Number.NEGATIVE_INFINITY);
}
