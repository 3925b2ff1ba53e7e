/** Lines of what the kernel writes end with a line feed alone. */
import { expect, test } from 'vitest';
import { lineBehind } from '../../src/base/text-line.ts';

test('the first line that begins so, without that', () => {
  expect(lineBehind('Name:\tx\nUid:\t1\t2\nUid:\t3\n', 'Uid:\t')).toBe('1\t2');
  expect(lineBehind('Name:\tx\n', 'Uid:\t')).toBeUndefined();
});

test.each(['\r', '\u2028', '\u2029'])('%j is a part of a line, and ends none', (end) => {
  expect(lineBehind(`Name:\tx${end}Uid:\t0\nUid:\t1${end}\n`, 'Uid:\t')).toBe(`1${end}`);
});
