/**
 * The attacks of test/kernel/hostile against LSM: odd ways to a file (links, renames, handles, descriptors, namespaces,
 * mounts, io_uring), to code (loaders, memory, scripts, descriptors), to the kernel, to other processes and to what they
 * share (System V, message queues, owners of files, abstract names). One run for all, for starting Warder is what
 * takes time in the lab; as an ordinary user and one by one they are in test/kernel/walls-attacks.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Arena, type Words } from '../kernel/walls-fixture.ts';

/** The kernel programs of exec end a process before its first instruction where they cannot refuse. */
const PREVENTED = /^(refused|none|killed (31|9)$)/;
const FILES = ['files', 'code', 'kernel', 'lsm'] as const;
/**
 * Not refused as such, for nothing comes of them: calls that a filter would refuse and whose arguments the kernel refuses
 * before it asks LSM, calls of another architecture (judged by what they do: read_secret_by_call_of_32_bit),
 * capabilities that root has on paper (lsm/capable refuses their use), and tracing a process of the same run, which is
 * judged by the same policy whoever moves it: debuggers work, and those of others are out of reach.
 */
const HARMLESS = /^(call_.*|write_memory_of_outsider|gain_capabilities|trace_sibling)$/;

const arena = new Arena();
const plain: Words = {};
const governed: Words = {};

beforeAll(async () => {
  await arena.start();
  for (const file of FILES) Object.assign(plain, arena.plain(file));
  arena.reset();
  const script = FILES.map((file) => `/usr/bin/python3 hostile/${file}.py`).join('; ');
  const named = ['allowed', 'namespace'].map(
    (name) => `"unix:@${arena.environment.OUTSIDER_ABSTRACT}-${name}"`,
  );
  const policy = `${arena.policy}  connect:\n    - allow: [${named.join(', ')}]\n`;
  const { stdout } = arena.run(['/usr/bin/sh', '-c', script], { policy });
  for (const line of stdout.split('\n')) if (line.startsWith('{')) Object.assign(governed, JSON.parse(line));
});
afterAll(() => arena.end());

test('they have their effect where nobody refuses', () => {
  const effects = Object.entries(plain).filter(([, word]) => word === 'effect');
  expect(effects.length).toBeGreaterThan(120);
});

test('every one that has is prevented for root', () => {
  expect(Object.keys(governed).sort()).toEqual(Object.keys(plain).sort());
  const got = Object.entries(governed).filter(
    ([name, word]) => !HARMLESS.test(name) && !PREVENTED.test(word),
  );
  expect(got).toEqual([]);
});
