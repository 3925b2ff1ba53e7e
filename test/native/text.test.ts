/** Text of kernel bytes: whatever they are, valid Unicode, and the bytes can be had back. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kernelBytes, kernelText } from '../../src/kernel/text.ts';

const textOf = (bytes: Buffer) => kernelText(bytes, 0, bytes.length);

test('UTF-8 comes as it is', () => {
  for (const text of ['', '/usr/bin/git', 'Größe', '日本語', '🦀', '\ufeffmark', 'a\nb\x1b[0m']) {
    expect(textOf(Buffer.from(text))).toBe(text);
  }
});

describe('what is not UTF-8 stands as U+FFFD and hex digits', () => {
  test.each([
    ['a byte alone', 'a\xffb', 'a\ufffdffb'],
    ['a sequence cut off', '/tmp/\xe2\x82', '/tmp/\ufffde2\ufffd82'],
    ['an overlong slash', '\xc0\xaf', '\ufffdc0\ufffdaf'],
    ['an overlong dot in three', '\xe0\x80\xae', '\ufffde0\ufffd80\ufffdae'],
    ['half of a surrogate pair', '\xed\xa0\x80', '\ufffded\ufffda0\ufffd80'],
    ['beyond Unicode', '\xf4\x90\x80\x80', '\ufffdf4\ufffd90\ufffd80\ufffd80'],
    ['a replacement character of its own', '\xef\xbf\xbd', '\ufffdef\ufffdbf\ufffdbd'],
    ['good text around it', 'é\xff€'.replace('é', '\xc3\xa9').replace('€', '\xe2\x82\xac'), 'é\ufffdff€'],
  ])('%s', (_, bytes, text) => {
    expect(textOf(Buffer.from(bytes, 'latin1'))).toBe(text);
  });
});

test('any bytes: valid Unicode out, the same bytes back, and no two give one text', () => {
  const bytes = fc.uint8Array({ maxLength: 64 });
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      const text = textOf(Buffer.from(a));
      expect(text.isWellFormed()).toBe(true);
      expect(kernelBytes(text)).toEqual(Buffer.from(a));
      expect(text === textOf(Buffer.from(b))).toBe(Buffer.from(a).equals(b));
    }),
    { numRuns: 2_000 },
  );
});

test('only the bytes asked for are read', () => {
  const bytes = Buffer.from('xx\xc3\xa9yy', 'latin1');
  expect(kernelText(bytes, 2, 4)).toBe('é');
  expect(kernelText(bytes, 2, 3)).toBe('\ufffdc3');
});
