/** Runs share the resolver: what one of them does to it, the others do not wait for, and it costs no more than is stated. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { encode } from 'dns-packet';
import { afterEach, expect, test, vi } from 'vitest';
import { loadAddon } from '../../src/kernel/addon.ts';
import { LIMITS } from '../../src/runtime/egress/limits.ts';
import { type Handler, ResolverSockets } from '../../src/runtime/egress/sockets.ts';
import { ASKER, Bench, reply } from './fixtures.ts';

const QUERY = encode({ type: 'query', id: 1, flags: 0x0100, questions: [{ name: 'api.test', type: 'A' }] });
const MESSAGE = Buffer.concat([Buffer.of(QUERY.length >> 8, QUERY.length & 255), QUERY]);

const eventually = (check: () => void) => vi.waitFor(check, { timeout: 30_000, interval: 5 });
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

test('a name that a run has queued behind its slow ones is asked for another run at once', async () => {
  const bench = await Bench.make({ allow: ['api.test:443', '*.slow.test:443'] }, (query, bytes) => {
    const { name } = query.questions![0]!;
    if (name.toLowerCase().endsWith('.slow.test')) return [];
    return [reply(query, bytes, [{ type: 'A', name, data: '203.0.113.80', ttl: 0 }])];
  });
  ends.push(() => bench.close());
  const slow = Array.from({ length: LIMITS.waiting }, (_, turn) => bench.ask(`n${turn}.slow.test`));
  let isOver = false;
  void Promise.race(slow).then(() => {
    isOver = true;
  });
  await eventually(() => expect(bench.asked).toBeGreaterThanOrEqual(LIMITS.waiting));
  void bench.ask('api.test');
  const { answers } = await bench.ask('api.test', 'A', 2);
  expect([answers?.length, isOver]).toEqual([1, false]);
});

/** Who connects from 127.0.0.N is run N. */
function sockets(answer: Buffer, onAnswer = () => {}): number {
  const opened = loadAddon().resolverSockets(-1);
  const handler: Handler = {
    askerOf: ({ from }) => ({ ...ASKER, run: from.bytes[3]! }),
    answer: async () => {
      onAnswer();
      return answer;
    },
  };
  const made = new ResolverSockets(handler, opened);
  ends.push(() => made.close());
  return opened.ports.tcp4;
}

async function connected(port: number, run: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: `127.0.0.${run}` });
  socket.on('error', () => {});
  ends.push(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

async function isAnswered(socket: Socket): Promise<boolean> {
  socket.write(MESSAGE);
  const [first] = await Promise.race([once(socket, 'data'), once(socket, 'close')]);
  return Buffer.isBuffer(first);
}

test('a run that opens connections without end loses its oldest, and takes none from others', async () => {
  const port = sockets(QUERY);
  const other = await connected(port, 2);
  const all: Socket[] = [];
  for (let turn = 0; turn < 40; turn++) all.push(await connected(port, 1));
  await eventually(() =>
    expect(all.filter((socket) => socket.readableEnded || socket.destroyed)).toHaveLength(8),
  );
  expect(all.slice(0, 8).every((socket) => socket.readableEnded || socket.destroyed)).toBe(true);
  expect(await isAnswered(all.at(-1)!)).toBe(true);
  expect(await isAnswered(other)).toBe(true);
});

test('a connection whose answers are not read is ended before they fill the memory', async () => {
  const most = 2000; // more than the kernel takes for a socket
  let answered = 0;
  const socket = await connected(
    sockets(Buffer.alloc(16_384), () => answered++),
    1,
  );
  socket.setNoDelay().pause();
  while (answered < most && !socket.destroyed) {
    socket.write(MESSAGE);
    await sleep(1);
  }
  expect(answered).toBeLessThan(most);
});
