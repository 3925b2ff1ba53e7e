/** Pages of consumers who look for what is dear to find. */
import { afterEach, expect, test, vi } from 'vitest';
import { SubscribeResponse } from '../../../src/contract/messages.ts';
import type { EventLog, LogRow } from '../../../src/gateway/store/event-log.ts';
import { openEventLog } from '../../../src/gateway/store/sqlite-event-log.ts';
import { type Selection, selection } from '../../../src/gateway/stream/filter.ts';
import { SharedPages } from '../../../src/gateway/stream/shared-pages.ts';
import { cleanUp, execEvents, gateway, later, stateDirectory, uplink } from '../fixtures.ts';

afterEach(cleanUp);

const ROWS = 100;
const log = {
  read: async ({ from }: { from: number }) => ({
    rows: Array.from({ length: ROWS - from }, (_, at) => ({ index: from + at, leaf: new Uint8Array() })),
    next: ROWS,
    end: ROWS,
  }),
} as unknown as EventLog;

function eventsOf(response: Uint8Array): unknown[] {
  return SubscribeResponse.decode(response).events!;
}

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
  const pages = new SharedPages(log, () => 2);
  const seen: number[] = [];
  const ends: number[] = [];
  for (let from = 0; from < ROWS; from = ends.at(-1)!)
    ends.push((await pages.read(from, Number.POSITIVE_INFINITY, dear(seen))).next);
  expect(ends.length).toBeGreaterThan(3);
  expect(seen).toEqual(Array.from({ length: ROWS }, (_, index) => index));
});

test('several consumers at one place share a page, and for one who is alone none is kept', async () => {
  const reads: number[] = [];
  const growing = {
    read: async ({ from }: { from: number }) => {
      reads.push(from);
      return { rows: [], next: from + 1, end: ROWS };
    },
  } as unknown as EventLog;
  let readers = 2;
  const pages = new SharedPages(growing, () => readers);
  const nothing = { filter: undefined, key: 'nothing', take: () => undefined } as unknown as Selection;
  const read = (from: number) => pages.read(from, Number.POSITIVE_INFINITY, nothing);
  await Promise.all([read(0), read(0)]);
  await read(0);
  expect(reads).toEqual([0]);
  readers = 1;
  await read(0);
  await read(0);
  expect(reads).toEqual([0, 0, 0]);
  readers = 2;
  await read(0);
  expect(reads).toEqual([0, 0, 0, 0]);
});

test('of those who look on at the same time one reads in each turn of the thread', async () => {
  const pages = new SharedPages(log, () => 2);
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

test('who follows the log whole is given what memory has, the same as another reads from the database', async () => {
  const state = stateDirectory();
  const to = await gateway({ stateDirectory: state });
  const link = await uplink(to);
  await link.sendEvents(execEvents(1500));
  await link.flush();
  const read = vi.spyOn(to.log, 'read');
  const readSent = vi.spyOn(to.log, 'readSent');
  const elsewhere = openEventLog(state);
  later(() => elsewhere.close());
  const [here, there] = [new SharedPages(to.log, () => 2), new SharedPages(elsewhere, () => 2)];
  const everything = selection(undefined, []);
  const whole = await here.read(0, Number.POSITIVE_INFINITY, everything);
  expect(readSent).not.toHaveBeenCalled();
  expect(whole).toMatchObject({ end: whole.next });
  const found = eventsOf(whole.bytes!);
  const expected: unknown[] = [];
  for (let from = 0; from < whole.end; ) {
    const page = await there.read(from, Number.POSITIVE_INFINITY, everything);
    expected.push(...eventsOf(page.bytes!));
    from = page.next;
  }
  expect(found).toEqual(expected);
  expect((await here.read(700, 720, everything)).next).toBe(720);
  expect(readSent).not.toHaveBeenCalled();
  expect(read).not.toHaveBeenCalled();
  // What a filter, an expression or a mask looks for is looked up, and is an object only where it is looked at.
  await here.read(0, Number.POSITIVE_INFINITY, selection({ kinds: ['open'] }, []));
  await here.read(0, Number.POSITIVE_INFINITY, selection({ expression: 'kind == "exec"' }, []));
  await here.read(0, Number.POSITIVE_INFINITY, selection(undefined, ['event.exec']));
  expect(readSent).toHaveBeenCalledOnce();
  expect(read).toHaveBeenCalledTimes(2);
});
