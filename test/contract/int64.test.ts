/** 64-bit integers cross between Long, number and bigint exactly, or not at all. */
import fc from 'fast-check';
import Long from 'long';
import { expect, test } from 'vitest';
import { toBigInt, toLong, toNumber } from '../../src/contract/int64.ts';

test('every uint64 survives bigint to Long and back', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), (value) => {
      const long = toLong(value);
      expect(long.toString()).toBe(value.toString());
      expect(toBigInt(long)).toBe(value);
    }),
  );
});

test('every safe integer survives number to Long and back', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      expect(toLong(value).toString()).toBe(String(value));
      expect(toNumber(toLong(value))).toBe(value);
    }),
  );
});

test('an absent field is 0', () => {
  expect(toBigInt(undefined)).toBe(0n);
  expect(toNumber(null)).toBe(0);
});

test('a Long past 2^53 is no number', () => {
  expect(toNumber(Long.fromString('9007199254740991', true))).toBe(Number.MAX_SAFE_INTEGER);
  expect(() => toNumber(Long.fromString('9007199254740992', true))).toThrow(
    /9007199254740992 cannot be taken exactly/,
  );
});

test.each([-1, 1.5, Number.NaN, 2 ** 53])('%d is no uint64', (value) => {
  expect(() => toLong(value)).toThrow(/cannot be taken exactly/);
});

test('a bigint outside 64 bits is no uint64', () => {
  expect(() => toLong(1n << 64n)).toThrow(/expected 0 to 18446744073709551615/);
  expect(() => toLong(-1n)).toThrow(/-1 cannot be taken exactly/);
});
