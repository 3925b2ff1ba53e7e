/** docs/performance.md: its table of goals is what its other tables say, and what people wrote stays. */
import { expect, test } from 'vitest';
import { figure } from './figure.ts';
import { goalsOf, placed } from './page.ts';
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

test('a part that is measured anew takes its own place, and every other line stays', () => {
  const marks = (name: string, text: string) =>
    `<!-- bench: ${name} -->\n\n${text}\n\n<!-- /bench: ${name} -->`;
  const page = (text: string) =>
    `# Page\n\nWhy.\n\n${marks('one', text)}\n\n${marks('two', 'kept')}\n\n## Why\n\n- It is.\n`;
  expect(placed(page('before'), 'one', ['after', ''])).toBe(page('after'));
  expect(() => placed(page('before'), 'three', [])).toThrow(/no place for 'three'/);
});
