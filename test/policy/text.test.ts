/**
 * The small parts that patterns and amounts are read with.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatAddress,
  isMapped,
  maskAddress,
  parseAddress,
  prefixContains,
} from '../../src/contract/address.ts';
import { nearest } from '../../src/contract/nearest.ts';
import {
  parseCost,
  parseCount,
  parsePercent,
  parseSize,
  parseSizeRate,
} from '../../src/gateway/policy/quantities.ts';

describe('addresses', () => {
  test('every address has one short text, and is read back from it', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ minLength: 4, maxLength: 4 }),
          fc.uint8Array({ minLength: 16, maxLength: 16 }),
        ),
        (bytes) => {
          expect(parseAddress(formatAddress(bytes))!.bytes).toEqual(
            isMapped(bytes) ? bytes.slice(12) : bytes,
          );
        },
      ),
    );
  });

  test.each([
    ['::', '::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['1::', '1::'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['64:ff9b::10.0.0.1', '64:ff9b::a00:1'],
  ])('%s is %s', (text, expected) => {
    expect(formatAddress(parseAddress(text)!.bytes)).toBe(expected);
  });

  test.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '1.2.3.256',
    ':::',
    '1::2::3',
    'fe80::1%lo',
    '12345::',
    'localhost',
  ])('%j is none', (text) => {
    expect(parseAddress(text)).toBeNull();
  });

  test('a network holds what it has in common with, bit by bit', () => {
    const bytes = (text: string) => parseAddress(text)!.bytes;
    expect(prefixContains(bytes('10.0.0.0'), 9, bytes('10.127.255.255'))).toBe(true);
    expect(prefixContains(bytes('10.0.0.0'), 9, bytes('10.128.0.0'))).toBe(false);
    expect(prefixContains(bytes('0.0.0.0'), 0, bytes('255.0.0.1'))).toBe(true);
    expect(prefixContains(bytes('0.0.0.0'), 0, bytes('::1'))).toBe(false);
    expect(formatAddress(maskAddress(bytes('10.20.30.40'), 21))).toBe('10.20.24.0');
  });
});

describe('amounts', () => {
  test.each([
    ['200/min', { amount: 200, perSeconds: 60 }],
    ['1 / s', { amount: 1, perSeconds: 1 }],
    ['5/hour', { amount: 5, perSeconds: 3600 }],
    ['5/fortnight', null],
    ['x/min', null],
    ['1.5/min', null],
    ['5', null],
  ])('count %s', (text, expected) => {
    expect(parseCount(text)).toEqual(expected);
  });

  test.each([
    ['4GB', 4e9],
    ['4 GiB', 4 * 2 ** 30],
    ['1.5MB', 1_500_000],
    ['512B', 512],
    ['4G', null],
    ['GB', null],
    ['-1GB', null],
  ])('size %s', (text, expected) => {
    expect(parseSize(text)).toBe(expected);
  });

  test('rates of sizes, costs and percents', () => {
    expect(parseSizeRate('50MB/hour')).toEqual({ amount: 5e7, perSeconds: 3600 });
    expect(parseCost('25.50 USD/day')).toEqual({ amount: 25.5, currency: 'USD', perSeconds: 86_400 });
    expect(parseCost('25 dollars/day')).toBeNull();
    expect(parsePercent('150%')).toBe(150);
    expect(parsePercent('150')).toBeNull();
  });
});

describe('nearest', () => {
  test.each([
    ['exce', 'exec'],
    ['conect', 'connect'],
    ['alow', 'allow'],
    ['ALLOW', 'allow'],
    ['x', null],
    ['entirely-other', null],
    ['', null],
    ['c'.repeat(100_000), null],
  ])('%.20s', (name, expected) => {
    expect(nearest(name, ['exec', 'connect', 'allow'])).toBe(expected);
  });
});
