/** Pages of consumers who look for what is dear to find. */
import { expect, test } from 'vitest';
import type { EventLog, LogRow } from '../../../src/gateway/store/event-log.ts';
import type { Selection } from '../../../src/gateway/stream/filter.ts';
import { SharedPages } from '../../../src/gateway/stream/shared-pages.ts';

const ROWS = 100;
const log = {
  read: async ({ from }: { from: number }) => ({
    rows: Array.from({ length: ROWS - from }, (_, at) => ({ index: from + at, leaf: new Uint8Array() })),
    next: ROWS,
    end: ROWS,
  }),
} as unknown as EventLog;

/** Takes nothing, after a millisecond of work for each row. */
function dear(seen: number[]): Selection {
  const take = ({ index }: LogRow): undefined => {
    const end = performance.now() + 1;
    while (performance.now() < end);
    seen.push(index);
  };
  return { filter: undefined, key: 'dear', take } as unknown as Selection;
}

test('a page ends where its expression has had its time, and the next one goes on there', async () => {
  const pages = new SharedPages(log);
  const seen: number[] = [];
  const ends: number[] = [];
  for (let from = 0; from < ROWS; from = ends.at(-1)!)
    ends.push((await pages.read(from, Number.POSITIVE_INFINITY, dear(seen))).next);
  expect(ends.length).toBeGreaterThan(3);
  expect(seen).toEqual(Array.from({ length: ROWS }, (_, index) => index));
});

test('of those who look on at the same time one reads in each turn of the thread', async () => {
  const pages = new SharedPages(log);
  let turns = 0;
  let counting = true;
  const count = (): void => {
    turns++;
    if (counting) setImmediate(count);
  };
  count();
  const at = await Promise.all(Array.from({ length: 10 }, () => pages.turn().then(() => turns)));
  counting = false;
  expect(new Set(at).size).toBe(10);
});
