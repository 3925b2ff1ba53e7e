/** Events kept as they are sent: against the codec that made each of them by itself. */
import { expect, test } from 'vitest';
import { leafBytes, loggedEventBytes } from '../../../src/contract/canonical.ts';
import { toNumber } from '../../../src/contract/int64.ts';
import { SubscribeResponse } from '../../../src/contract/messages.ts';
import { leafHash } from '../../../src/gateway/audit/merkle.ts';
import { RecentEvents } from '../../../src/gateway/store/recent-events.ts';
import { responseBytes } from '../../../src/gateway/stream/response.ts';

const PREFIX = Buffer.from([0x12, 1, 0x68]);

/** Bytes of an event of that length: a string of the field `run`. */
function body(index: number, length: number): Buffer {
  const text = `${index} `.padEnd(length, 'x');
  return Buffer.concat([Buffer.from([0x22, (length & 0x7f) | 0x80, length >> 7]), Buffer.from(text)]);
}

/** Of the leaf, as a tile takes it. */
function hashOf(event: Buffer): string {
  return leafHash(leafBytes(PREFIX, event)).toString('latin1');
}

/** As text, which is compared faster. */
function pages(recent: RecentEvents, from: number, limit = 1e6): string | undefined {
  const page = recent.page(from, limit, 1e9);
  return page && Buffer.concat(page.pieces).toString('latin1');
}

function expected(from: number, bodies: readonly Buffer[]): string {
  const events = bodies.map((one, at) => loggedEventBytes(from + at, leafBytes(PREFIX, one)));
  return Buffer.from(responseBytes({ events, next: 0, end: 0 })).toString('latin1');
}

test('what is kept is what a response has, byte for byte, and hashes are those of the leaves', () => {
  const recent = new RecentEvents();
  const bodies = Array.from({ length: 300 }, (_, index) => body(index, 200 + (index % 7) * 90));
  for (const [index, one] of bodies.entries()) expect(recent.add(index, PREFIX, one)).toBe(hashOf(one));
  recent.publish();
  expect(pages(recent, 0)).toBe(expected(0, bodies));
  expect(pages(recent, 127, 10)).toBe(expected(127, bodies.slice(127, 137)));
  expect(recent.page(127, 10, 1e9)!.next).toBe(137);
});

test('a page ends where its bytes do, and has one event even so', () => {
  const recent = new RecentEvents();
  for (let index = 0; index < 10; index++) recent.add(index, PREFIX, body(index, 500));
  recent.publish();
  expect(recent.page(0, 10, 1200)!.next).toBe(2);
  expect(recent.page(3, 10, 1)!.next).toBe(4);
});

test('what is not on disk yet is nobody else’s, and what never came there is gone', () => {
  const recent = new RecentEvents();
  recent.add(0, PREFIX, body(0, 200));
  expect(recent.page(0, 1, 1e6)).toBeUndefined();
  recent.publish();
  recent.add(1, PREFIX, body(1, 200));
  expect(recent.page(0, 9, 1e6)!.next).toBe(1);
  expect(recent.page(1, 9, 1e6)).toBeUndefined();
  recent.clear();
  expect(recent.page(0, 9, 1e6)).toBeUndefined();
  expect(recent.add(1, PREFIX, body(1, 300))).toBe(hashOf(body(1, 300)));
  recent.publish();
  expect(pages(recent, 1)).toBe(expected(1, [body(1, 300)]));
});

test('the newest are there while the oldest are written over, in whatever sizes they come', () => {
  const recent = new RecentEvents(4096);
  const bodies: Buffer[] = [];
  for (let index = 0; index < 500; index++) {
    bodies.push(body(index, 128 + ((index * 7919) % 900)));
    recent.add(index, PREFIX, bodies[index]!);
    recent.publish();
    let first = index;
    while (first > 0 && recent.page(first - 1, 1, 1e6)) first--;
    // Nothing that is there was written over, and there are as many as there is room for.
    expect(pages(recent, first)).toBe(expected(first, bodies.slice(first)));
    if (index > 40) expect(pages(recent, first)!.length).toBeGreaterThan(4096 - 2 * 1100);
  }
});

test('after events of another process, and after one that is too large, it begins anew', () => {
  const recent = new RecentEvents(4096);
  recent.add(0, PREFIX, body(0, 200));
  recent.add(7, PREFIX, body(7, 200));
  recent.publish();
  expect(recent.page(0, 9, 1e6)).toBeUndefined();
  expect(pages(recent, 7)).toBe(expected(7, [body(7, 200)]));
  const large = body(8, 5000);
  expect(recent.add(8, PREFIX, large)).toBe(hashOf(large));
  recent.add(9, PREFIX, body(9, 200));
  recent.publish();
  expect(recent.page(8, 9, 1e6)).toBeUndefined();
  expect(pages(recent, 9)).toBe(expected(9, [body(9, 200)]));
});

test('more events than it counts leave the newest', () => {
  const recent = new RecentEvents();
  const events = 40_000;
  for (let index = 0; index < events; index++) recent.add(index, PREFIX, body(index, 128));
  recent.publish();
  expect(recent.page(events - 32_769, 1, 1e6)).toBeUndefined();
  const page = recent.page(events - 32_768, 1e6, 1e9)!;
  expect(page.next).toBe(events);
  const { events: found } = SubscribeResponse.decode(Buffer.concat(page.pieces));
  expect(found!.map(({ index }) => toNumber(index))).toEqual(
    Array.from({ length: 32_768 }, (_, at) => events - 32_768 + at),
  );
});
