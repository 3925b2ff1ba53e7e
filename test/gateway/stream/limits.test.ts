/** What one consumer may hold, and what becomes of one that takes nothing. */
import { EventEmitter } from 'node:events';
import { Metadata, status } from '@grpc/grpc-js';
import { afterEach, expect, test } from 'vitest';
import { toLong, toNumber } from '../../../src/contract/int64.ts';
import { SubscribeResponse } from '../../../src/contract/messages.ts';
import { subscribeHandler } from '../../../src/gateway/stream/subscribe.ts';
import { cleanUp, eventually, execEvents, gateway, later, uplink } from '../fixtures.ts';

afterEach(cleanUp);

/** A call as grpc-js gives it, whose client takes `room` messages and then nothing. */
function call(room: number, consumer = 'viewer') {
  const metadata = new Metadata();
  metadata.set('consumer', consumer);
  const written: Uint8Array[] = [];
  const made = Object.assign(new EventEmitter(), {
    request: { fromIndex: toLong(0) },
    metadata,
    destroyed: false,
    written,
    write: (bytes: Uint8Array) => written.push(bytes) < room,
    end: () => {},
    failure: new Promise<{ code: status; details: string }>(() => {}),
  });
  made.failure = new Promise((resolve) => made.on('error', resolve));
  return made;
}

async function handler(stuckMs: number) {
  const to = await gateway();
  const link = await uplink(to);
  await link.sendEvents(execEvents(2000));
  await link.flush();
  const made = subscribeHandler({
    log: to.log,
    onError: () => {},
    consumer: (metadata) => String(metadata.get('consumer')[0]),
    stuckMs,
  });
  later(() => made.closeAll());
  // biome-ignore lint/suspicious/noExplicitAny: as much of a call as the handler uses
  return (one: ReturnType<typeof call>) => made.handle(one as any);
}

test('a stream that takes nothing is ended, and told where to go on', async () => {
  const handle = await handler(50);
  const stuck = call(2);
  handle(stuck);
  const failure = await stuck.failure;
  expect(stuck.written.length).toBe(2);
  const { events, nextIndex } = SubscribeResponse.decode(stuck.written[1]!);
  expect(toNumber(nextIndex)).toBe(events!.length);
  expect(failure).toEqual({
    code: status.RESOURCE_EXHAUSTED,
    details:
      'nothing was taken from this stream for 0.05 s: subscribe again with the last next_index that you have ' +
      `(at most ${events!.length}); no event is lost`,
  });
});

test('one consumer has 128 streams at most, and another still gets one', async () => {
  const handle = await handler(60_000);
  const held = Array.from({ length: 128 }, () => call(1));
  for (const one of held) handle(one);
  const further = call(1);
  handle(further);
  expect(await further.failure).toMatchObject({
    code: status.RESOURCE_EXHAUSTED,
    details: expect.stringContaining('viewer has 128 streams open, at most 128 are served; end streams'),
  });
  const other = call(1, 'siem');
  handle(other);
  await eventually('served', () => other.written.length === 1);
  held[0]!.emit('close');
  await eventually('room again', async () => {
    const again = call(1);
    handle(again);
    await new Promise((resolve) => setTimeout(resolve, 20));
    return again.written.length > 0;
  });
});
