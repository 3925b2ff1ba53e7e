/** The memory of frames: back when the stream goes on to the next, and not while one is under way. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { connect, createServer } from 'node:http2';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { LoggedEvent } from '../../src/contract/messages.ts';
import { runtimeService } from '../../src/contract/services.ts';
import { giveBackSentFrames } from '../../src/runtime/uplink/sent-frames.ts';
import {
  cleanUp,
  eventually,
  gateway,
  later,
  openEvent,
  stateDirectory,
  uplink,
} from '../gateway/fixtures.ts';

const CHANNEL = 'http2.client.stream.bodyChunkSent';
afterEach(cleanUp);

/** Chunks as streams send them, of those that are no part of larger memory. */
function chunks(): { size: number; chunk: Uint8Array }[] {
  const seen: { size: number; chunk: Uint8Array }[] = [];
  const take = (message: unknown): void => {
    const { data } = message as { data: Uint8Array | { chunk: Uint8Array }[] };
    for (const chunk of Array.isArray(data) ? data.map((one) => one.chunk) : [data])
      if (chunk.buffer.byteLength === chunk.length) seen.push({ size: chunk.length, chunk });
  };
  subscribe(CHANNEL, take);
  later(() => unsubscribe(CHANNEL, take));
  return seen;
}

test('frames that the gateway has been sent go back, and every event arrives as it was', async () => {
  const sent = chunks();
  const to = await gateway();
  const link = await uplink(to);
  const path = (number: number) => `/srv/${'deep/'.repeat(number % 40)}file-${number}`;
  for (let from = 1; from <= 20_000; from += 500)
    await link.sendEvents(Array.from({ length: 500 }, (_, at) => openEvent(from + at, path(from + at))));
  await link.flush(60_000);
  expect(sent.filter(({ size }) => size > 50_000).length).toBeGreaterThan(20);
  // One chunk, or those that went together, the stream has not gone on from.
  const kept = sent.filter(({ chunk }) => chunk.length > 0);
  expect(kept.length).toBeLessThan(sent.length / 2);
  expect(sent.indexOf(kept[0]!)).toBe(sent.length - kept.length);
  let number = 0;
  for (let from = 0, end = 1; from < end; ) {
    const page = await to.log.read({ from, limit: 500, maxBytes: 1e9 });
    for (const { leaf } of page.rows) {
      const { event } = LoggedEvent.decode(leaf);
      if (event!.fileOpen) expect(event!.fileOpen.path).toBe(path(++number));
    }
    [from, end] = [page.next, page.end];
  }
  expect(number).toBe(20_000);
});

/** A stream of a client to a server that reads nothing until it is told to. */
async function unread(path: string) {
  const socket = join(stateDirectory(), 'http2.sock');
  let received = 0;
  let read = (): void => {};
  const server = createServer();
  server.on('stream', (stream) => {
    stream.respond();
    read = () => stream.on('data', (piece: Buffer) => (received += piece.length));
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const client = connect('http://localhost', { createConnection: () => createConnection(socket) });
  later(() => client.destroy());
  later(() => server.close());
  const stream = client.request({ ':method': 'POST', ':path': path });
  stream.on('error', () => {});
  await new Promise((resolve) => stream.once('response', resolve));
  return { stream, read: () => read(), received: () => received };
}

test('a frame stays while the stream is sending it, however many wait behind it', async () => {
  giveBackSentFrames();
  const { stream, read, received } = await unread(runtimeService.attach.path);
  const frames = Array.from({ length: 10 }, () => Buffer.alloc(200_000, 1));
  for (const frame of frames) stream.write(frame);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(frames.map(({ length }) => length)).toEqual(frames.map(() => 200_000));
  read();
  await eventually('all of it arrives', () => received() === 2_000_000);
  const last = Buffer.alloc(200_000, 1);
  stream.write(last);
  await eventually('that too', () => received() === 2_200_000);
  expect(frames.map(({ length }) => length)).toEqual(frames.map(() => 0));
  expect(last.length).toBe(200_000);
});

test('what an ended stream had under way, and what other streams send, stays', async () => {
  giveBackSentFrames();
  const ended = await unread(runtimeService.attach.path);
  const frame = Buffer.alloc(200_000, 1);
  ended.stream.write(frame);
  ended.stream.destroy();
  const other = await unread('/warder.v1.EventService/Subscribe');
  other.read();
  const chunks = [Buffer.alloc(200_000, 1), Buffer.alloc(200_000, 1)];
  for (const [at, chunk] of chunks.entries()) {
    other.stream.write(chunk);
    await eventually('it arrives', () => other.received() === 200_000 * (at + 1));
  }
  expect([frame, ...chunks].map(({ length }) => length)).toEqual([200_000, 200_000, 200_000]);
});
