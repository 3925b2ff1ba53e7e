/**
 * docs/performance.md: between two marks for each part, what was measured last. The rest of the page is people's, and
 * stays as it is.
 *
 * Throws: where the page has no place for a part.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { chartOf } from './chart.ts';
import type { Part } from './figure.ts';
import { tableOf } from './table.ts';

const PAGE = new URL('../../docs/performance.md', import.meta.url);
/** Of the parts with ratios: one chart each. */
const chart = (name: string) => new URL(`../../docs/performance-${name}.svg`, import.meta.url);

/** Before anything is measured: twenty minutes later would be late. */
export function checkPage(names: readonly string[]): void {
  const page = readFileSync(PAGE, 'utf8');
  for (const name of names) placed(page, name, []);
}

export function updatePage(name: string, parts: readonly Part[], machine: string): void {
  const hasRatios = parts.some(({ figures }) => figures.some(({ unit }) => unit === 'x'));
  if (hasRatios) writeFileSync(chart(name), chartOf(parts));
  const picture = hasRatios ? [`![The ratios of these tables as bars](performance-${name}.svg)`, ''] : [];
  const said = `Measured on ${new Date().toISOString().slice(0, 10)}: ${machine}.`;
  const lines = [said, '', ...picture, ...parts.flatMap((part) => [tableOf(part), ''])];
  const page = placed(readFileSync(PAGE, 'utf8'), name, lines);
  writeFileSync(PAGE, placed(page, 'goals', [goalsOf(page), '']));
}

/** The page with these lines where those of a part were. */
export function placed(page: string, name: string, lines: readonly string[]): string {
  const begin = `<!-- bench: ${name} -->`;
  const end = `<!-- /bench: ${name} -->`;
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from)
    throw new Error(`docs/performance.md has no place for '${name}': ${begin} … ${end}`);
  return page.slice(0, from) + [begin, '', ...lines, end].join('\n') + page.slice(to + end.length);
}

/** Every figure of the page that has a goal, from all of its parts, whenever each was measured. */
export function goalsOf(page: string): string {
  const rows = page
    .slice(page.indexOf('<!-- /bench: goals -->'))
    .split('\n')
    .flatMap((line) => {
      const [text, value, goal] = line.replace(/^\| |[ |]+$/g, '').split(' | ');
      return /: (kept|\*\*missed\*\*)$/.test(goal ?? '') ? [`| ${text} | ${value} | ${goal} |`] : [];
    });
  return ['| | measured | goal |', '|---|---:|---|', ...rows].join('\n');
}
