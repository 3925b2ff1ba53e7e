/**
 * docs/performance.md: between two marks for each part, what was measured last. The rest of the page is people's.
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

export function updatePage(measured: ReadonlyMap<string, Part[]>, machine: string): void {
  let page = readFileSync(PAGE, 'utf8');
  for (const [name, parts] of measured) {
    const begin = `<!-- bench: ${name} -->`;
    const end = `<!-- /bench: ${name} -->`;
    const from = page.indexOf(begin);
    const to = page.indexOf(end);
    if (from < 0 || to < from)
      throw new Error(`docs/performance.md has no place for '${name}': ${begin} … ${end}`);
    const hasRatios = parts.some(({ figures }) => figures.some(({ unit }) => unit === 'x'));
    if (hasRatios) writeFileSync(chart(name), chartOf(parts));
    const picture = hasRatios ? [`![The ratios of these tables as bars](performance-${name}.svg)`, ''] : [];
    const said = `Measured on ${new Date().toISOString().slice(0, 10)}: ${machine}.`;
    const text = [begin, '', said, '', ...picture, ...parts.flatMap((part) => [tableOf(part), '']), end];
    page = page.slice(0, from) + text.join('\n') + page.slice(to + end.length);
  }
  writeFileSync(PAGE, page);
}
