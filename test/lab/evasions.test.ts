/**
 * The attacks of test/kernel/hostile against LSM: odd ways to a file (links, renames, handles, descriptors, namespaces,
 * mounts, io_uring) and to code (loaders, memory, scripts, descriptors). One run for all, for starting Warder is what
 * takes time in the lab; as an ordinary user and one by one they are in test/kernel/walls-attacks.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Arena, type Words } from '../kernel/walls-fixture.ts';

/** The kernel programs of exec end a process before its first instruction where they cannot refuse. */
const PREVENTED = /^(refused|none|killed (31|9)$)/;
const FILES = ['files', 'code'] as const;

const arena = new Arena();
const plain: Words = {};
const governed: Words = {};

beforeAll(async () => {
  await arena.start();
  for (const file of FILES) Object.assign(plain, arena.plain(file));
  arena.reset();
  const script = FILES.map((file) => `/usr/bin/python3 hostile/${file}.py`).join('; ');
  const { stdout } = arena.run(['/usr/bin/sh', '-c', script]);
  for (const line of stdout.split('\n')) if (line.startsWith('{')) Object.assign(governed, JSON.parse(line));
});
afterAll(() => arena.end());

test('they have their effect where nobody refuses', () => {
  const effects = Object.entries(plain).filter(([, word]) => word === 'effect');
  expect(effects.length).toBeGreaterThan(50);
});

test('every one that has is prevented for root', () => {
  expect(Object.keys(governed).sort()).toEqual(Object.keys(plain).sort());
  const got = Object.entries(governed).filter(([, word]) => !PREVENTED.test(word));
  expect(got).toEqual([]);
});
