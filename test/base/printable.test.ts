import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { printable, printableWithin } from '../../src/base/printable.ts';

const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

describe('printable', () => {
  test.each([
    ['an escape sequence that clears the screen', '\x1b[2J', '\\x1b[2J'],
    ['a carriage return that overwrites its line', 'denied\rallowed', 'denied\\rallowed'],
    ['a line feed that forges a line', 'a\nwarder: all is well', 'a\\nwarder: all is well'],
    ['a C1 control that some terminals obey', '\x9b31m', '\\x9b31m'],
    ['an override that turns text around', 'exe\u202egpj.sh', 'exe\\u{202e}gpj.sh'],
    ['a directional isolate', '\u2066x\u2069', '\\u{2066}x\\u{2069}'],
    ['a zero-width space', 'a\u200bb', 'a\\u{200b}b'],
    ['a byte order mark', '\ufeffa', '\\u{feff}a'],
    ['a variation selector', 'a\ufe0f', 'a\\u{fe0f}'],
    ['a tag character', 'a\u{e0041}', 'a\\u{e0041}'],
    ['a line separator', 'a\u2028b', 'a\\u{2028}b'],
    ['a space that is not one', 'a\u00a0b', 'a\\xa0b'],
    ['half a surrogate pair', 'a\ud800b', 'a\\u{d800}b'],
    ['a NUL and a DEL', '\0\x7f', '\\x00\\x7f'],
  ])('shows %s', (_, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  test('leaves what can be read as it is: letters of all scripts, accents, emoji, spaces', () => {
    const text = '/home/zoë/プロジェクト/été 2026/🦀 (copy).txt';
    expect(printable(text)).toBe(text);
  });

  test('keeps an escape that was written apart from a character that was escaped', () => {
    expect(printable('\\x1b')).toBe('\\\\x1b');
    expect(printable('\x1b')).not.toBe(printable('\\x1b'));
  });

  test('gives one line without controls for any string, and different strings stay different', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        expect(printable(a)).not.toMatch(HIDDEN);
        if (a !== b) expect(printable(a)).not.toBe(printable(b));
      }),
    );
  });
});

describe('printableWithin', () => {
  test('cuts with an ellipsis, to exactly the length', () => {
    expect(printableWithin('abcdef', 6)).toBe('abcdef');
    expect(printableWithin('abcdefg', 6)).toBe('abcde…');
  });

  test('never cuts through an escape', () => {
    expect(printableWithin('ab\x1bcd', 5)).toBe('ab…');
  });

  test('counts a character outside the basic plane as one', () => {
    expect(printableWithin('🦀🦀🦀', 3)).toBe('🦀🦀🦀');
    expect(printableWithin('🦀🦀🦀🦀', 3)).toBe('🦀🦀…');
  });

  test('is never longer than asked, and whole where it fits', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 40 }),
        fc.integer({ min: 1, max: 30 }),
        (text, length) => {
          const cut = printableWithin(text, length);
          expect([...cut].length).toBeLessThanOrEqual(length);
          if ([...printable(text)].length <= length) expect(cut).toBe(printable(text));
        },
      ),
    );
  });
});
