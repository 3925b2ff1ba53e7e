/** Secrets whose pieces stand in several elements of a vector. */
import { describe, expect, test } from 'vitest';
import { createRedactor } from '../../src/runtime/redaction/redactor.ts';
import { leak } from './corpus/judge.ts';
import { KINDS } from './corpus/kinds.ts';
import { redactEvent } from './corpus/measure.ts';
import { Random } from './corpus/random.ts';

const redactor = createRedactor();
const argv = (...elements: string[]): string[] => [...redactor.argv(elements, {})];

/** `count` pieces of four characters at least. */
function pieces(value: string, count: number, r: Random): string[] {
  const cuts: number[] = [];
  while (cuts.length < count - 1) {
    const cut = r.int(4, value.length - 4);
    if (!cuts.some((other) => Math.abs(other - cut) < 4)) cuts.push(cut);
  }
  cuts.sort((a, b) => a - b);
  return [0, ...cuts].map((from, i) => value.slice(from, cuts[i]));
}

/** Of drawn pieces some look like words, and a short one of digits alone says nothing. */
test.each([
  [2, 0.03],
  [3, 0.07],
  [4, 0.15],
])('of secrets in %i elements hardly one stays', (count, share) => {
  const left: string[] = [];
  let all = 0;
  for (const [k, kind] of KINDS.entries()) {
    if (!kind.marked) continue;
    const r = new Random(k * 31 + count);
    const value = kind.make(r);
    if (/\s/.test(value) || value.length < 8 * count) continue;
    const event = { argv: ['tool', 'run', ...pieces(value, count, r), 'next', '--flag'] };
    const after = redactEvent(redactor, event);
    expect(after.argv!.slice(0, 2)).toEqual(['tool', 'run']);
    expect(after.argv!.slice(-2)).toEqual(['next', '--flag']);
    all++;
    if (leak(after, value, kind.prefix, kind.suffix) !== undefined) left.push(kind.id);
  }
  expect(left.length / all, left.join(' ')).toBeLessThan(share);
});

describe('a token goes', () => {
  const token = '[REDACTED:github-token]';
  test.each([
    ['whose prefix is an element of its own', ['ghp_', 'NqVwYS81', 'VP7Hb1DX8pPd5khxE3pyIgKpaUnA']],
    ['of which every element is short', ['ghp_NqVw', 'YS81VP7H', 'b1DX8pPd', '5khxE3py', 'IgKpaUnA']],
    ['whose last piece is short', ['ghp_NqVwYS81VP7Hb1DX8', 'pPd5khxE3pyIgKp', 'aUnA']],
    ['behind which a word stands', ['ghp_RzTdA2HZNuLGXxSQbN', 'MEpeoYoNzeGG5nUsc7', 'next']],
  ])('%s', (_, elements) => {
    const words = elements.filter((element) => element === 'next');
    expect(argv(...elements)).toEqual([...elements.slice(words.length).map(() => token), ...words]);
  });

  test('that its form has before what marks it', () => {
    expect(argv('set', 'e265c88ad9f5d4170e1f0', 'b9a1c274cd', '6FFFFNRAL', 'done').join(' ')).not.toMatch(
      /e265c8|b9a1c2|6FFFF/,
    );
  });
});

test.each([
  ['git', 'checkout', 'glpat-docs', 'v1.2.3', 'README.md'],
  ['echo', 'sk-', 'install', 'package', 'v18', 'x86'],
  ['ls', 'key-1', 'Foo2bar', 'Baz3qux', 'a1b2c3'],
])('what begins as a token may and goes on with words stays: %s %s %s', (...elements) => {
  expect(argv(...elements)).toEqual(elements);
});
