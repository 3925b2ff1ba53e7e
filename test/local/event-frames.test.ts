/** Events of one turn go to a client in one write, as the frames that they would be one by one. */
import { expect, test } from 'vitest';
import { canonicalEvent } from '../../src/contract/canonical.ts';
import type { SealedEvent } from '../../src/runtime/event-builder.ts';
import { EventFrames } from '../../src/runtime/local/event-frames.ts';
import { FRAME, FrameReader } from '../../src/runtime/local/frames.ts';
import { execEvent, openEvent } from '../gateway/events.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));
const sealed = [...Array(300).keys()].map(
  (number) =>
    (number % 7 === 0 ? execEvent(number) : openEvent(number, `/srv/${'x'.repeat(number)}`)) as SealedEvent,
);

test('what comes in one turn is one write of whole frames, in order', async () => {
  const writes: Buffer[] = [];
  const frames = new EventFrames((bytes) => writes.push(bytes));
  for (const event of sealed) frames.add(event);
  expect(frames.bytes).toBeGreaterThan(300 * 20);
  await turn();
  expect(frames.bytes).toBe(0);
  frames.add(sealed[0]!);
  await turn();
  expect(writes).toHaveLength(2);
  const read = [...new FrameReader().read(Buffer.concat(writes))];
  expect(read.map(({ kind }) => kind)).toEqual(Array(301).fill(FRAME.event));
  const expected = [...sealed, sealed[0]!].map((event) => Buffer.from(canonicalEvent(event)).toString('hex'));
  expect(read.map(({ content }) => content.toString('hex'))).toEqual(expected);
});

test('what is said behind events comes behind them', async () => {
  const writes: string[] = [];
  const frames = new EventFrames(() => writes.push('events'));
  frames.add(sealed[0]!);
  frames.flush();
  writes.push('said');
  frames.flush();
  await turn();
  expect(writes).toEqual(['events', 'said']);
});
