/** Names of addresses, from the resolver's thread to the runtime's, through memory that both have. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { GivenRing } from '../../src/runtime/egress/given-ring.ts';

const RING = new URL('../../src/runtime/egress/given-ring.ts', import.meta.url).href;
const COUNT = 20_000;
/** The longest of both. */
const ADDRESS = '2001:0db8:ffff:ffff:ffff:ffff:255.255.255.255';
const NAME = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}`;

test('what one thread adds another reads, whole and in order, round and round', async () => {
  const memory = GivenRing.memory();
  const ring = new GivenRing(memory);
  const writer = new Worker(
    `import('${RING}').then(({ GivenRing }) => {
      const ring = new GivenRing(require('node:worker_threads').workerData);
      for (let run = 0; run < ${COUNT};) if (ring.add({ run, address: '${ADDRESS}', name: 'n' + run + '.test' })) run++;
    });`,
    { eval: true, workerData: memory },
  );
  const ended = once(writer, 'exit');
  let next = 0;
  while (next < COUNT) {
    for (const given of ring.read()) {
      if (given.run !== next || given.address !== ADDRESS || given.name !== `n${next}.test`)
        expect(given).toEqual({ run: next, address: ADDRESS, name: `n${next}.test` });
      next++;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await ended).toEqual([0]);
});

test('a full one takes nothing until something was read, and loses nothing', () => {
  const ring = new GivenRing(GivenRing.memory());
  let room = 0;
  while (ring.add({ run: room, address: '192.0.2.1', name: NAME })) room++;
  const [first] = ring.read();
  expect(first).toEqual({ run: 0, address: '192.0.2.1', name: NAME });
  expect([0, 1].map((more) => ring.add({ run: room + more, address: '192.0.2.2', name: 'b.test' }))).toEqual([
    true,
    false,
  ]);
  expect([...ring.read()].map(({ run }) => run)).toEqual(
    Array.from({ length: room }, (_, index) => index + 1),
  );
  expect([...ring.read()]).toEqual([]);
});

test('what is longer than there is room for is refused', () => {
  const ring = new GivenRing(GivenRing.memory());
  expect(ring.add({ run: 1, address: '192.0.2.1', name: `${NAME}x` })).toBe(false);
  expect([...ring.read()]).toEqual([]);
});
