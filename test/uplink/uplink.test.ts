/** The uplink against real gateways over unix sockets: delivery, breaks, back-pressure. */
import { afterEach, expect, test } from 'vitest';
import type { WarderError } from '../../src/base/error.ts';
import { toNumber } from '../../src/contract/int64.ts';
import { pragma } from '../../src/gateway/store/database.ts';
import type { SqliteEventLog } from '../../src/gateway/store/sqlite-event-log.ts';
import type { UplinkState } from '../../src/runtime/uplink/options.ts';
import { connectUplink } from '../../src/runtime/uplink/uplink.ts';
import {
  AGENT,
  cleanUp,
  eventually,
  execEvents,
  gateway,
  newOrigin,
  RUN,
  readAll,
  stateDirectory,
  uplink,
} from '../gateway/fixtures.ts';
import { silentGateway } from './fake-gateway.ts';
import { proxyTo } from './proxy.ts';

afterEach(cleanUp);

const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1);

test('events arrive in the log in order, numbered from 1', async () => {
  const to = await gateway();
  const link = await uplink(to);
  await link.sendEvents(execEvents(1000));
  await link.flush();
  expect(link.sequences).toEqual({ last: 1000, acknowledged: 1000 });
  expect(link.pendingBytes).toBe(0);
  const { events, next } = await readAll(to);
  expect(next).toBe(1000);
  expect(events.map((logged) => toNumber(logged.event!.sequence))).toEqual(upTo(1000));
  expect(events[999]!.event!.exec!.path).toBe('/usr/bin/tool-1000');
});

test('cut again and again in the middle, every event is in the log once and in order', async () => {
  const to = await gateway();
  const proxy = await proxyTo(to.address);
  const link = await uplink({ ...to, address: proxy.address });
  const cutting = setInterval(() => proxy.cut(), 40);
  try {
    for (let from = 1; from <= 20_000; from += 100) {
      await link.sendEvents(execEvents(100, from));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  } finally {
    clearInterval(cutting);
  }
  await link.flush(30_000);
  expect(proxy.connections).toBeGreaterThan(3);
  const { events } = await readAll(to);
  expect(events.map((logged) => toNumber(logged.event!.sequence))).toEqual(upTo(20_000));
}, 60_000);

test('what a gateway stored before it went, the next one on the same state does not take again', async () => {
  const state = stateDirectory();
  const first = await gateway({ stateDirectory: state });
  const origin = newOrigin();
  const states: UplinkState['state'][] = [];
  const link = await uplink(first, { origin, onState: ({ state: now }) => states.push(now) });
  await link.sendEvents(execEvents(700));
  await link.flush();
  await first.stop();
  await link.sendEvents(execEvents(700, 701));
  await expect(link.flush(100)).rejects.toThrow(
    /700 of 1400 events are not in the gateway's log after 100 ms: the stream .* broke/,
  );
  expect(states).toEqual(['attached', 'detached']);
  // It would try its old token on the second gateway, which tells of that in the log.
  await link.close();
  const second = await gateway({ stateDirectory: state });
  const next = await uplink(second, { origin });
  expect(next.sequences).toEqual({ last: 700, acknowledged: 700 });
  await next.sendEvents(execEvents(5));
  await next.flush();
  expect(await second.log.size()).toBe(705);
});

test('a gateway whose store is full says so, takes nothing meanwhile, and everything once there is room', async () => {
  const to = await gateway();
  const { database } = to.log as SqliteEventLog;
  const states: string[] = [];
  const link = await uplink(to, { onState: ({ state, problem }) => states.push(problem?.code ?? state) });
  await link.sendEvents(execEvents(10));
  await link.flush();
  // SQLite refuses pages past this count as it does when the disk is full.
  database.exec(`PRAGMA max_page_count = ${pragma(database, 'page_count')}`);
  await link.sendEvents(execEvents(2000, 11));
  await expect(link.flush(300)).rejects.toThrow(
    /2000 of 2010 events are not in the gateway's log.*no room to write .*warder\.db/,
  );
  expect(await to.log.size()).toBe(10);
  database.exec('PRAGMA max_page_count = 1000000');
  await link.flush();
  expect(states).toEqual(['attached', 'GATEWAY_STORE_FULL', 'attached']);
  const { events } = await readAll(to, { filter: { kinds: ['exec'] } });
  expect(events.map((logged) => toNumber(logged.event!.sequence))).toEqual(upTo(2010));
  // Counted, and said in the log once there was room for it.
  expect(to.refusals.GATEWAY_STORE_FULL).toBeGreaterThan(0);
  const told = await readAll(to, { filter: { kinds: ['gateway'] } });
  expect(told.events.map(({ event }) => [event!.gateway!.action, event!.gateway!.subject])).toEqual([
    ['store.refused', 'GATEWAY_STORE_FULL'],
  ]);
});

test('a runtime with a wrong token is told so, and does not try on', async () => {
  const to = await gateway();
  const other = await gateway();
  await expect(uplink({ ...to, tokens: other.tokens })).rejects.toMatchObject({
    code: 'UPLINK_REFUSED',
    message: expect.stringContaining('no valid token'),
  });
});

test('when no gateway answers, the time-out says where and why', async () => {
  const to = await gateway();
  await to.stop();
  await expect(uplink(to, { timeoutMs: 300 })).rejects.toMatchObject({
    code: 'UPLINK_TIMEOUT',
    message: expect.stringMatching(/no gateway answered at unix:.*sock.*broke/),
  });
});

test('past the bound on unacknowledged bytes sendEvents waits, and nothing is dropped', async () => {
  const fake = await silentGateway();
  const link = await connectUplink({ ...fake.uplink, pendingBytes: 100_000 });
  let sent = 0;
  const sending = (async () => {
    for (let from = 1; from <= 5000; from += 100) {
      await link.sendEvents(execEvents(100, from));
      sent = from + 99;
    }
  })();
  await eventually('it waits', () => link.pendingBytes > 100_000);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const waitingAt = sent;
  expect(waitingAt).toBeLessThan(1500);
  expect(link.pendingBytes).toBeLessThan(150_000);
  fake.acknowledgeAll();
  await eventually('it goes on', () => sent > waitingAt);
  fake.acknowledgeAlways();
  await sending;
  await link.flush();
  expect(fake.received()).toEqual(upTo(5000));
  await link.close();
});

test('a batch is cut so that it fits in a message, whatever the size of its events', async () => {
  const to = await gateway();
  const link = await uplink(to);
  const large = execEvents(60).map((event) => ({ ...event, exec: { argv: ['x'.repeat(200_000)] } }));
  await link.sendEvents(large);
  await link.flush();
  expect(await to.log.size()).toBe(60);
  await expect(link.sendEvents([{ exec: { argv: ['x'.repeat(1_100_000)] } }])).rejects.toThrow(
    /an event has 11\d+ bytes/,
  );
});

test('an uplink that was closed says so to everything that waits', async () => {
  const fake = await silentGateway();
  const link = await connectUplink(fake.uplink);
  await link.sendEvents(execEvents(1));
  const waiting = [link.flush(), link.policyFor(AGENT, RUN)].map((promise) =>
    promise.catch((error: WarderError) => error.code),
  );
  await link.close();
  await link.close();
  expect(await Promise.all(waiting)).toEqual(['UPLINK_CLOSED', 'UPLINK_CLOSED']);
  await expect(link.sendEvents(execEvents(1))).rejects.toMatchObject({ code: 'UPLINK_CLOSED' });
});

test('what keeps the gateway from storing is told, and what waits for it says so', async () => {
  const fake = await silentGateway();
  const states: string[] = [];
  const link = await connectUplink({
    ...fake.uplink,
    onState: ({ state, problem }) => states.push(`${state} ${problem?.code ?? ''}`.trim()),
  });
  await link.sendEvents(execEvents(10));
  fake.say({
    status: { code: 'GATEWAY_STORE_FULL', message: 'no room to write /x/warder.db', fix: 'make room' },
  });
  await expect(link.flush(200)).rejects.toMatchObject({
    message: "10 of 10 events are not in the gateway's log after 200 ms: no room to write /x/warder.db",
    fix: 'make room',
  });
  fake.say({ status: {} });
  fake.acknowledgeAll();
  await link.flush();
  expect(states).toEqual(['attached', 'stalled GATEWAY_STORE_FULL', 'attached']);
  await link.close();
});
