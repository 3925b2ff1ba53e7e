/** Times in nanoseconds to RFC 3339 and back, without rounding. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatUnixNs, parseUnixNs } from '../../src/contract/times.ts';

const YEAR_9999 = 253_402_300_799_999_999_999n;

test('the format is UTC with nine digits', () => {
  expect(formatUnixNs(1_767_225_600_000_000_001n)).toBe('2026-01-01T00:00:00.000000001Z');
  expect(formatUnixNs(0n)).toBe('1970-01-01T00:00:00.000000000Z');
  expect(formatUnixNs(YEAR_9999)).toBe('9999-12-31T23:59:59.999999999Z');
});

test('format and parse are each other’s inverse', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: YEAR_9999 }), (time) => {
      expect(parseUnixNs(formatUnixNs(time))).toBe(time);
    }),
  );
});

test('fewer digits and other zones are understood', () => {
  expect(parseUnixNs('2026-01-01T01:00:00.5+01:00')).toBe(1_767_225_600_500_000_000n);
  expect(parseUnixNs('2026-01-01T00:00:00Z')).toBe(1_767_225_600_000_000_000n);
});

test.each([
  '',
  'yesterday',
  '2026-01-01',
  '2026-13-01T00:00:00Z',
  '2026-01-01T00:00:00',
  '1969-12-31T23:59:59Z',
])("'%s' is not a time", (text) => {
  expect(() => parseUnixNs(text)).toThrow(/is not a time/);
});

test('a time past the year 9999 has no text', () => {
  expect(() => formatUnixNs(YEAR_9999 + 1n)).toThrow(/outside the years 1970 to 9999/);
});
