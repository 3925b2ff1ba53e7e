/** Events written as they are sent: against the codec that makes each of them by itself. */
import { expect, test } from 'vitest';
import { leafBytes, loggedEventBytes } from '../../../src/contract/canonical.ts';
import {
  LoggedFields,
  loggedFieldLength,
  writeLoggedField,
} from '../../../src/gateway/store/logged-fields.ts';
import { responseBytes } from '../../../src/gateway/stream/response.ts';

const PREFIX = Buffer.from([0x12, 1, 0x68]);

function expected(events: readonly [index: number, body: Uint8Array][]): Buffer {
  const logged = events.map(([index, body]) => loggedEventBytes(index, leafBytes(PREFIX, body)));
  return Buffer.from(responseBytes({ events: logged, next: 0, end: 0 }));
}

test('an event is written as a response has it, of any length and at any index, and its leaf ends it', () => {
  for (const index of [0, 1, 127, 128, 2 ** 40]) {
    for (const length of [0, 1, 100, 118, 127, 128, 16_000, 20_000]) {
      const body = Buffer.alloc(length, index);
      const bytes = Buffer.alloc(loggedFieldLength(index, PREFIX, body) + 8);
      const leaf = writeLoggedField(bytes, 8, index, PREFIX, body);
      expect(bytes.subarray(8).equals(expected([[index, body]]))).toBe(true);
      expect(bytes.subarray(leaf).equals(leafBytes(PREFIX, body))).toBe(true);
    }
  }
});

test('one page shares nothing with the next, and may be larger than they are as a rule', () => {
  const fields = new LoggedFields(1000);
  const events = Array.from(
    { length: 50 },
    (_, index) => [index, Buffer.alloc(100, index)] as [number, Buffer],
  );
  const pages = [events, events.slice(0, 3), []].map((some) => {
    for (const [index, body] of some) fields.add(index, PREFIX, body);
    return fields.take();
  });
  expect(pages[0]).toEqual(expected(events));
  expect(pages[1]).toEqual(expected(events.slice(0, 3)));
  expect(pages[2]).toHaveLength(0);
});

test('what a read that failed has left is in no page', () => {
  const fields = new LoggedFields(1000);
  fields.add(0, PREFIX, Buffer.alloc(10));
  fields.clear();
  fields.add(1, PREFIX, Buffer.alloc(20));
  expect(fields.take()).toEqual(expected([[1, Buffer.alloc(20)]]));
});
