/** Figures of a machine whose clock counts instructions: what they are called there, and what stays. */
import { expect, test } from 'vitest';
import { figure } from './figure.ts';
import { inInstructions } from './lab.ts';
import { countsOf, programFigures } from './programs.ts';
import { tableOf } from './table.ts';

test('nanoseconds of the guest are instructions, ratios keep their goals, and each row says where it is from', () => {
  const [part] = inInstructions('6.18', {
    release: '6.18.15',
    parts: [
      {
        title: 'Loops',
        about: 'Medians.',
        figures: [
          figure('open/bare', 'open', 'ns', { median: 6924.4, low: 6900, high: 7000.6 }),
          figure('work/gcc/bare', 'gcc', 'ms', 412.5),
          figure('open/monitor', 'open: tracked', 'x', 1.62, { goal: { most: 1.4 } }),
        ],
      },
    ],
  });
  expect(part!.title).toBe('Loops, on 6.18 with BPF LSM, in instructions');
  expect(part!.figures.map(({ id }) => id)).toEqual([
    'lab/6.18/open/bare',
    'lab/6.18/work/gcc/bare',
    'lab/6.18/open/monitor',
  ]);
  const rows = tableOf(part!).split('\n').slice(-3);
  expect(rows).toEqual([
    '| 6.18 with LSM: open, instructions | 6,924 (6,900–7,001) |  |',
    '| 6.18 with LSM: gcc, million instructions | 413 |  |',
    '| 6.18 with LSM: open: tracked | 1.62x | at most 1.40x: **missed** |',
  ]);
});

test('of each program what it did between two counts, for one round, what costs most first; not what ran beside it', () => {
  const before = countsOf([
    { name: 'guard_open', run_cnt: 100, run_time_ns: 1_000 },
    { name: 'guard_exec', run_cnt: 3, run_time_ns: 900 },
  ]);
  const after = countsOf([
    { name: 'guard_open', run_cnt: 300, run_time_ns: 801_000 },
    { name: 'guard_exec', run_cnt: 3, run_time_ns: 900 },
    { name: 'on_capable', run_cnt: 50, run_time_ns: 500_000 },
    { name: 'on_capable', run_cnt: 50, run_time_ns: 500_000 },
    { name: 'on_exit' },
    { name: 'guard_kill', run_cnt: 3, run_time_ns: 9_000 },
  ]);
  expect(
    programFigures('open', 'open', before, after, 100).map(({ id, value: { median }, remark }) => [
      id,
      median,
      remark,
    ]),
  ).toEqual([
    ['open/on_capable', 10_000, '1.0 runs of 10,000'],
    ['open/guard_open', 8_000, '2.0 runs of 4,000'],
  ]);
});
