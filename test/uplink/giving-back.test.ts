/** The memory of messages: back at once when the gateway has them, and not before. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RuntimeMessage } from '../../src/contract/messages.ts';
import { SpoolQueue } from '../../src/runtime/spool/spool-queue.ts';
import { type EventQueue, eventsOf, numberedBatches } from '../../src/runtime/uplink/event-batches.ts';
import { PendingEvents } from '../../src/runtime/uplink/pending-events.ts';
import { BOOT, execEvents, HOST } from '../gateway/fixtures.ts';
import { removeTree } from '../remove-tree.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'giving-back-'));
});
afterEach(() => removeTree(directory));

const ORIGIN = { host: HOST, boot: BOOT, origin: '018f2d3e-0000-7000-8000-000000000001' };
const spoolQueue = (): SpoolQueue =>
  new SpoolQueue({
    directory,
    origin: ORIGIN,
    onProblem: (error) => {
      throw error;
    },
  });
const QUEUES: [string, () => EventQueue][] = [
  ['in memory', () => new PendingEvents()],
  ['in the spool', spoolQueue],
];

test.each(QUEUES)('%s', (_, make) => {
  const queue = make();
  queue.resume(0);
  queue.add(execEvents(100));
  const first = queue.next()!;
  queue.add(execEvents(100));
  const second = queue.next()!;
  queue.acknowledge(50);
  expect([first.length, second.length].every((length) => length > 1_000)).toBe(true);
  queue.acknowledge(200);
  expect([first.length, second.length]).toEqual([0, 0]);
  // And goes on.
  queue.add(execEvents(1));
  expect(queue.next()!.length).toBeGreaterThan(10);
  queue.close();
});

test('in the spool, also of segments that were sent whole, and of those that were read again', () => {
  const queue = spoolQueue();
  queue.resume(0);
  // More than the spool keeps in memory.
  for (let n = 0; n < 80; n++) queue.add(execEvents(500));
  const sent: Uint8Array[] = [];
  for (let message = queue.next(); message; message = queue.next()) sent.push(message);
  expect(sent.reduce((sum, { length }) => sum + length, 0)).toBeGreaterThan(6 << 20);
  const read = sent.filter(({ buffer, length }) => buffer.byteLength > length).length;
  expect(read).toBeGreaterThan(10);
  queue.acknowledge(queue.last);
  expect(sent.filter(({ length }) => length > 0)).toEqual([]);
  queue.close();
});

test('in the spool, of segments that were read to drop what they hold', () => {
  const queue = spoolQueue();
  queue.resume(0);
  // Several times what the spool keeps in memory.
  for (let n = 0; n < 160; n++) queue.add(execEvents(500));
  const transfer = vi.spyOn(ArrayBuffer.prototype, 'transfer');
  let dropped = 0;
  for (let won = queue.shrink(false); won; won = queue.shrink(false)) dropped += won;
  expect(transfer.mock.contexts.length).toBeGreaterThan(0);
  expect(dropped).toBeGreaterThan(8 << 20);
  // One for each segment that was read; what was in memory is a message each.
  const reads = dropped / (1 << 20) - 3;
  expect(transfer.mock.calls.length).toBeGreaterThan(reads);
  transfer.mockRestore();
  queue.close();
});

test('the events of a message one by one are those that it has', () => {
  for (const count of [1, 2, 511, 1_300]) {
    const all = [...numberedBatches(execEvents(count), 7)];
    const found = all.flatMap((batch) => [...eventsOf(batch)]);
    expect(found).toEqual(all.flatMap(({ message }) => RuntimeMessage.decode(message).events?.events ?? []));
    expect(found.length).toBe(count);
  }
});
