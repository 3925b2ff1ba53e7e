import fc from 'fast-check';
import { expect, test } from 'vitest';
import { groupDirectories } from '../../src/cli/directories.ts';

const counts = (table: Record<string, number>) =>
  Object.entries(table).map(([key, count]) => ({ key, count }));

test('few directories stay as they are, most used first', () => {
  expect(groupDirectories(counts({ '/a': 1, '/w/src': 9 }), 8)).toEqual(counts({ '/w/src': 9, '/a': 1 }));
});

test('the deepest and least used are joined into their parents, with all that lies under them', () => {
  const table = counts({ '/etc': 1, '/w/a/x': 1, '/w/a/y': 2, '/w/a': 3, '/w/src/deep': 50 });
  expect(groupDirectories(table, 3)).toEqual(counts({ '/w/src/deep': 50, '/w/a/**': 6, '/etc': 1 }));
});

test('what only one directory was joined from keeps its whole name', () => {
  const table = counts({ '/a/b/c': 1, '/c/d/e': 1, '/c/d/f': 1, '/e': 3 });
  expect(groupDirectories(table, 3)).toEqual(counts({ '/e': 3, '/c/d/**': 2, '/a/b/c': 1 }));
});

test('directories of the top level stay, however many', () => {
  const table = counts({ '/a/b': 1, '/c/d': 2, '/e': 3 });
  expect(groupDirectories(table, 1)).toEqual(counts({ '/e': 3, '/c/d': 2, '/a/b': 1 }));
});

test('what has no directory keeps its name', () => {
  const table = counts({ '(no directory)': 1, '/': 1, '/a/b': 1 });
  expect(groupDirectories(table, 1).map(({ key }) => key)).toEqual(['(no directory)', '/', '/a/b']);
});

test('nothing is lost or counted twice, and the limit holds wherever the top level allows it', () => {
  const directory = fc
    .array(fc.constantFrom('a', 'b', 'c'), { maxLength: 5 })
    .map((parts) => `/${parts.join('/')}`);
  const table = fc.dictionary(directory, fc.integer({ min: 1, max: 100 }), { maxKeys: 60 });
  fc.assert(
    fc.property(table, fc.integer({ min: 4, max: 12 }), (input, limit) => {
      const groups = groupDirectories(counts(input), limit);
      const sum = (list: readonly { count: number }[]) => list.reduce((total, { count }) => total + count, 0);
      expect(sum(groups)).toBe(sum(counts(input)));
      expect(groups.length).toBeLessThanOrEqual(limit); // top level: /, a, b, c
    }),
  );
});
