/** Boot time as wall-clock time, when the wall clock is set meanwhile. */
import { expect, test } from 'vitest';
import { BootClock } from '../../src/kernel/clock.ts';

const SECOND = 1_000_000_000n;

test('adds the difference of the two clocks', () => {
  const clock = new BootClock(() => ({ bootNs: 100n * SECOND, unixNs: 1_000n * SECOND }));
  expect(clock.toUnixNs(100n * SECOND)).toBe(1_000n * SECOND);
  expect(clock.toUnixNs(90n * SECOND)).toBe(990n * SECOND);
});

test('follows a wall clock that was set, within a second of boot time', () => {
  const now = { bootNs: 100n * SECOND, unixNs: 1_000n * SECOND };
  const clock = new BootClock(() => now);
  now.bootNs = 101n * SECOND;
  now.unixNs = 5_000n * SECOND;
  expect(clock.toUnixNs(100n * SECOND + 1n)).toBe(1_000n * SECOND + 1n);
  expect(clock.toUnixNs(101n * SECOND)).toBe(5_000n * SECOND);
  expect(clock.unixNs()).toBe(5_000n * SECOND);
});
