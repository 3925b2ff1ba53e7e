/**
 * Figures against the bounds that are kept in the repository, test/bench/ratios.json: by a figure's id, the most or
 * the least that its ratio may be. They are there to notice a regression on any machine, and so are wide; what is
 * promised stands in the goals.
 *
 * Throws: for a bound of no figure's form.
 */
import { readFileSync } from 'node:fs';
import { type Bound, type Figure, isKept } from './figure.ts';

const RATIOS = new URL('ratios.json', import.meta.url);

/** One sentence for each figure outside its bound. */
export function checkRatios(figures: readonly Figure[]): string[] {
  const bounds = JSON.parse(readFileSync(RATIOS, 'utf8')) as Record<string, Bound>;
  return figures.flatMap(({ id, unit, value, relative }) => {
    const bound = bounds[id];
    if (!bound) return [];
    const median = relative ?? (unit === 'x' ? value.median : undefined);
    if (median === undefined) throw new Error(`${id} has a bound in ratios.json and no ratio`);
    if (isKept({ ...value, median }, bound)) return [];
    const [word, limit] =
      bound.most !== undefined && median > bound.most ? ['most', bound.most] : ['least', bound.least];
    return [
      `${id} is ${median.toFixed(2)}, and may be at ${word} ${limit}: a regression, or change ratios.json`,
    ];
  });
}
