/** The table of goals at the head of docs/performance.md is what the page's other tables say. */
import { expect, test } from 'vitest';
import { figure } from './figure.ts';
import { goalsOf } from './page.ts';
import { tableOf } from './table.ts';

test('every figure with a goal, kept or missed, with a remark or without, and no other', () => {
  const table = (remark: object) =>
    tableOf({
      title: 'Title',
      about: 'About.',
      figures: [
        figure('a', 'a kept one', 'ms', 3, { goal: { most: 5 } }),
        figure('b', 'a missed one', 'ms', { median: 7, low: 6, high: 8 }, { goal: { most: 5 }, ...remark }),
        figure('c', 'one without', 'ms', 7),
      ],
    });
  const rows = [
    '| a kept one | 3.00 ms | at most 5.00 ms: kept |',
    '| a missed one | 7.00 ms (6.00–8.00) | at most 5.00 ms: **missed** |',
  ];
  for (const remark of [{}, { remark: 'why' }]) {
    expect(
      goalsOf(`<!-- /bench: goals -->\n${table(remark)}`)
        .split('\n')
        .slice(2),
    ).toEqual(rows);
  }
});
