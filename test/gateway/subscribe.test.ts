/** Consumers of the log, over a real socket. */
import { type ClientReadableStream, type ServiceError, status } from '@grpc/grpc-js';
import { afterEach, expect, test } from 'vitest';
import { toLong, toNumber } from '../../src/contract/int64.ts';
import type {
  EventFilter,
  SubscribeRequest,
  SubscribeResponse,
  Verdict,
} from '../../src/contract/messages.ts';
import { subscribe } from '../../src/contract/services.ts';
import type { Gateway } from '../../src/gateway/gateway.ts';
import {
  bearer,
  cleanUp,
  clientOf,
  eventually,
  execEvents,
  filled,
  gateway,
  later,
  openEvent,
  readAll,
  stateDirectory,
  uplink,
} from './fixtures.ts';

afterEach(cleanUp);

interface Follower {
  indexes: number[];
  cursors: number[];
  call: ClientReadableStream<SubscribeResponse>;
  end: Promise<{ code: status; details: string }>;
}

function follow(to: Gateway, request: SubscribeRequest = {}): Follower {
  const call = subscribe(clientOf(to), bearer(to.tokens.viewer), request);
  const follower: Follower = {
    indexes: [],
    cursors: [],
    call,
    end: Promise.resolve({ code: 0, details: '' }),
  };
  call.on('data', ({ events, nextIndex }: SubscribeResponse) => {
    follower.indexes.push(...events!.map((logged) => toNumber(logged.index)));
    follower.cursors.push(toNumber(nextIndex));
  });
  follower.end = new Promise((resolve) => {
    call.on('error', ({ code, details }: ServiceError) => resolve({ code, details }));
    call.on('end', () => resolve({ code: status.OK, details: '' }));
  });
  later(() => call.cancel());
  return follower;
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at);

test('from any cursor on, every later event comes once, then live ones', async () => {
  const to = await filled(1500);
  for (const from of [0, 1, 511, 512, 1499, 1500]) {
    const follower = follow(to, { fromIndex: toLong(from) });
    await eventually('caught up', () => follower.cursors.at(-1) === 1500);
    expect(follower.indexes).toEqual(range(from, 1500));
    follower.call.cancel();
  }
  const live = follow(to, { fromIndex: toLong(1490) });
  await filled(600, to);
  await eventually('live events', () => live.indexes.length === 610);
  expect(live.indexes).toEqual(range(1490, 2100));
});

test('a consumer that breaks off again and again and resumes gets each event once', async () => {
  const to = await filled(3000);
  const seen: number[] = [];
  let cursor = 0;
  for (let breaks = 0; cursor < 3000; breaks++) {
    const call = subscribe(clientOf(to), bearer(to.tokens.viewer), { fromIndex: toLong(cursor) });
    call.on('error', () => {});
    let messages = 0;
    for await (const { events, nextIndex } of call.iterator({ destroyOnReturn: false })) {
      seen.push(...events.map((logged: { index: unknown }) => toNumber(logged.index as number)));
      cursor = toNumber(nextIndex);
      if (++messages > breaks % 3 || cursor >= 3000) break;
    }
    call.cancel();
  }
  expect(seen).toEqual(range(0, 3000));
});

test('without a cursor it begins with the next event, and says its cursor at once', async () => {
  const to = await filled(10);
  const follower = follow(to);
  await eventually('told', () => follower.cursors.length === 1);
  expect(follower).toMatchObject({ indexes: [], cursors: [10] });
  await filled(5, to);
  await eventually('events', () => follower.indexes.length === 5);
  expect(follower.indexes).toEqual(range(10, 15));
});

test('until_now ends at the end that the log had, with a cursor to go on from', async () => {
  const to = await filled(700);
  const { events, next } = await readAll(to, { fromIndex: toLong(650) });
  expect(events.map((logged) => toNumber(logged.index))).toEqual(range(650, 700));
  expect(next).toBe(700);
  expect(await readAll(to, { fromIndex: toLong(700) })).toEqual({ events: [], next: 700 });
  expect(await readAll(await gateway())).toEqual({ events: [], next: 0 });
});

test('events of another gateway on the same state directory come live', async () => {
  const state = stateDirectory();
  const [one, two] = [await gateway({ stateDirectory: state }), await gateway({ stateDirectory: state })];
  const follower = follow(two, { fromIndex: toLong(0) });
  await filled(100, one);
  await filled(100, two);
  await filled(100, one);
  await eventually('all three hundred', () => follower.indexes.length === 300);
  expect(follower.indexes).toEqual(range(0, 300));
});

test('a filter leaves the cursor running, also over what it leaves out', async () => {
  const to = await filled(2000);
  const link = await uplink(to);
  await link.sendEvents([openEvent(1, '/etc/hosts')]);
  await link.flush();
  const { events, next } = await readAll(to, { filter: { kinds: ['open'], pathPrefix: '/etc' } });
  expect(events).toHaveLength(1);
  expect(events[0]!.event!.fileOpen!.path).toBe('/etc/hosts');
  expect(next).toBe(2001);
  const nothing = follow(to, { fromIndex: toLong(0), filter: { kinds: ['network'] } });
  await eventually('progress without events', () => nothing.cursors.at(-1) === 2001);
  expect(nothing.indexes).toEqual([]);
});

test.each<[string, EventFilter, RegExp]>([
  ['an unknown kind', { kinds: ['exce'] }, /the kind 'exce'; use one of fork, exec/],
  ['an unknown verdict', { verdicts: [9 as Verdict] }, /the verdict 9/],
  ['a relative path', { pathPrefix: 'etc' }, /the path 'etc'; begin it with \//],
  ['too many items', { runs: Array.from({ length: 65 }, (_, n) => `${n}`) }, /65 items; name at most 64/],
])('%s in a filter is refused, and said what to do', async (_, filter, why) => {
  const { code, details } = await follow(await gateway(), { filter }).end;
  expect(code).toBe(status.INVALID_ARGUMENT);
  expect(details).toMatch(why);
});

test('a cursor of another log is refused', async () => {
  const { code, details } = await follow(await filled(5), { fromIndex: toLong(6) }).end;
  expect(code).toBe(status.INVALID_ARGUMENT);
  expect(details).toMatch(/cursor 6 lies behind the end of the log, which has 5 events/);
});

test('a consumer that stands still holds no memory in the gateway, slows nobody, and can go on', async () => {
  const to = await gateway();
  const stuck = subscribe(clientOf(to), bearer(to.tokens.viewer), { fromIndex: toLong(0) });
  stuck.on('error', () => {});
  stuck.pause();
  later(() => stuck.cancel());
  const follower = follow(to, { fromIndex: toLong(0) });
  const link = await uplink(to);
  let largest = 0;
  global.gc?.();
  const before = process.memoryUsage().rss;
  // 60,000 events of about 1 KiB: were the stuck one's held, they would show.
  for (let from = 0; from < 60_000; from += 500) {
    await link.sendEvents(
      execEvents(500, from).map((event) => ({
        ...event,
        exec: { ...event.exec, workingDirectory: `/${'w'.repeat(900)}` },
      })),
    );
    largest = Math.max(largest, process.memoryUsage().rss - before);
    follower.indexes.length = Math.min(follower.indexes.length, 1);
  }
  await link.flush(30_000);
  await eventually('the other has all', () => follower.cursors.at(-1) === 60_000, 20_000);
  let received = 0;
  stuck.on('data', ({ events }: SubscribeResponse) => {
    received += events!.length;
  });
  stuck.resume();
  await eventually('the slow one catches up', () => received === 60_000, 20_000);
  expect(largest / 2 ** 20).toBeLessThan(250);
}, 60_000);

test('a hundred consumers at once all get everything', async () => {
  const to = await filled(200);
  const followers = Array.from({ length: 100 }, () => follow(to, { fromIndex: toLong(0) }));
  await filled(100, to);
  await eventually('all of them', () => followers.every(({ indexes }) => indexes.length === 300), 20_000);
  for (const { indexes } of followers) expect(indexes).toEqual(range(0, 300));
});

test('when the gateway stops, consumers are told to resume', async () => {
  const to = await filled(5);
  const follower = follow(to, { fromIndex: toLong(0) });
  await eventually('caught up', () => follower.indexes.length === 5);
  await to.stop();
  expect(await follower.end).toEqual({
    code: status.UNAVAILABLE,
    details: expect.stringContaining('subscribe again'),
  });
});

test('hosts, an expression and a field mask select together', async () => {
  const to = await filled(600);
  const link = await uplink(to);
  await link.sendEvents([openEvent(1, '/etc/hosts'), openEvent(2, '/etc/passwd')]);
  await link.flush();
  const { events, next } = await readAll(to, {
    filter: { hosts: ['host-a'], kinds: ['open'], expression: 'path.endsWith("passwd")' },
    fields: ['event.file_open.path'],
  });
  expect(JSON.parse(JSON.stringify(events))).toEqual([
    { index: '601', event: { fileOpen: { path: '/etc/passwd' } } },
  ]);
  expect(next).toBe(602);
  expect((await readAll(to, { filter: { hosts: ['host-b'] } })).events).toEqual([]);
});

test('a consumer that wants to be current is told what was skipped', async () => {
  const to = await filled(900);
  const call = subscribe(clientOf(to), bearer(to.tokens.viewer), {
    fromIndex: toLong(100),
    skipWhenBehind: toLong(500),
  });
  later(() => call.cancel());
  call.on('error', () => {});
  const told: SubscribeResponse[] = [];
  call.on('data', (response: SubscribeResponse) => told.push(response));
  await eventually('the skip', () => told.length === 2);
  expect(JSON.parse(JSON.stringify(told[1]))).toEqual({
    nextIndex: '900',
    endIndex: '900',
    missed: { fromIndex: '100', toIndex: '900', reason: 'behind' },
  });
  await filled(20, to);
  await eventually('the rest', () => told.slice(2).flatMap(({ events }) => events ?? []).length === 20);
});

test('a hundred subscribers at once, one of them stuck: the others get everything, the stuck one its place', async () => {
  const to = await gateway();
  const followers = Array.from({ length: 99 }, (_, at) =>
    follow(to, { fromIndex: toLong(0), ...(at % 3 === 0 ? { filter: { kinds: ['exec'] } } : {}) }),
  );
  // Taken until its buffers are full, then never again: as a consumer that hangs.
  const stuck = subscribe(clientOf(to), bearer(to.tokens.viewer), { fromIndex: toLong(0) });
  later(() => stuck.cancel());
  stuck.on('error', () => {});
  stuck.pause();
  await eventually('all subscribed', () => followers.every(({ cursors }) => cursors.length > 0));
  await filled(4_000, to);
  await eventually(
    'all of them whole',
    () => followers.every(({ cursors }) => cursors.at(-1) === 4_000),
    60_000,
  );
  for (const { indexes } of followers) expect(indexes).toEqual(range(0, 4_000));
  // Events go on being stored while the stuck one holds what it has; when it reads again nothing is missing.
  const seen: number[] = [];
  stuck.on('data', ({ events }: SubscribeResponse) => {
    seen.push(...events!.map(({ index }) => toNumber(index)));
  });
  stuck.resume();
  await eventually('the stuck one caught up', () => seen.length === 4_000, 60_000);
  expect(seen).toEqual(range(0, 4_000));
}, 120_000);
