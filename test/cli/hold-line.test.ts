/** What a person reads before they say yes. */
import { expect, test } from 'vitest';
import { holdLine } from '../../src/cli/control.ts';

const asked = (target: string, argv: string[]) =>
  holdLine({
    host: 'h',
    state: 'pending',
    action: {
      id: '1234567890', category: 'exec', target, argv, pid: 7, run: 'r', agent: 'spiffe://w/o/t/a',
      rule: { because: 'it deletes' },
    },
  }); // biome-ignore format: an action
const BEHIND = '  because it deletes  process 7 of spiffe://w/o/t/a on h, run r';

test('words are told apart, as a shell has them', () => {
  expect(asked('/usr/bin/rm', ['rm', '-rf', 'a b', "it's", '', 'c\x1b'])).toBe(
    `12345678  1970-01-01T00:00:00.000Z  pending  exec /usr/bin/rm  rm -rf 'a b' 'it'\\''s' '' 'c\\x1b'${BEHIND}`,
  );
});

test.each([
  [
    'an argument',
    asked('/usr/bin/rm', ['rm', 'x  because it is harmless  process 1 of spiffe://w/o/t/good']),
  ],
  ['a path', asked('/tmp/x  because it is harmless', ['x'])],
])('%s says nothing in the place of what stands behind it', (_, line) => {
  const outside = line.replace(/'[^']*'/g, '…');
  expect(outside).not.toContain('harmless');
  expect(outside.endsWith(BEHIND)).toBe(true);
});
