/** How refusals are counted for the agent: by tries, not by calls. */
import { expect, test } from 'vitest';
import type { Refused } from '../../../src/runtime/why/refusal.ts';
import { Refusals } from '../../../src/runtime/why/refusals.ts';

const SECOND = 1_000_000_000n;

const exec: Refused = {
  category: 'exec',
  target: '/usr/bin/id',
  pid: 7,
  executable: '/usr/bin/dash',
  verdict: 'deny',
  outcome: 'prevented',
  reason: 'rule',
  rule: { layer: 'fleet:why', effect: 'deny', pattern: '/usr/bin/id' },
  retry: { sensible: false, text: 'No.' },
};

/** Tries of one program or file by processes named by letters, and when in seconds. */
function counted(tries: [string, bigint][], refused = exec): number | undefined {
  const refusals = new Refusals();
  for (const [process, at] of tries) {
    refusals.add(refused, '2026-01-01T00:00:00Z', { process, timeNs: at * SECOND });
  }
  return refusals.list()[0]?.count;
}

test('a program that one process looks for in several directories is tried once', () => {
  expect(
    counted([
      ['a', 1n],
      ['a', 1n],
      ['b', 1n],
      ['b', 1n],
    ]),
  ).toBe(2);
});

test('nor does it count twice where the refusals of several searches come mixed', () => {
  expect(
    counted([
      ['a', 1n],
      ['b', 1n],
      ['c', 1n],
      ['a', 1n],
      ['b', 1n],
      ['c', 1n],
    ]),
  ).toBe(3);
});

test('a process that goes on trying tries again, and is told so', () => {
  const refusals = new Refusals();
  for (let second = 0n; second < 30n; second++) {
    refusals.add(exec, '2026-01-01T00:00:00Z', { process: 'a', timeNs: second * SECOND });
  }
  expect(refusals.list()).toMatchObject([
    { count: 6, retry: { text: 'Tried 6 times, and refused every time: stop trying. No.' } },
  ]);
});

test('a file that one process opens twice was tried twice', () => {
  expect(
    counted(
      [
        ['a', 1n],
        ['a', 1n],
      ],
      { ...exec, category: 'read' },
    ),
  ).toBe(2);
});

test('what is forgotten is counted anew', () => {
  const refusals = new Refusals();
  const add = (target: string) =>
    refusals.add({ ...exec, target }, '2026-01-01T00:00:00Z', { process: 'a', timeNs: SECOND });
  for (let one = 0; one <= 32; one++) add(`/usr/bin/${one}`);
  add('/usr/bin/0');
  expect(refusals.list().at(-1)).toMatchObject({ target: '/usr/bin/0', count: 1 });
  expect(refusals.forgotten).toBe(2);
});

test('of more processes than are remembered the oldest is forgotten', () => {
  const others = Array.from({ length: 256 }, (_, at): [string, bigint] => [`p-${at}`, 1n]);
  expect(counted([['first', 1n], ...others.slice(1), ['first', 1n]])).toBe(256);
  expect(counted([['first', 1n], ...others, ['first', 1n]])).toBe(258);
});
