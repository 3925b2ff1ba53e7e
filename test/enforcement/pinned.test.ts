/** Directories above a place that a rule refuses: moving one would move that place out of the rule's reach. */
import { expect, test } from 'vitest';
import { pinnedRows, type Tree } from '../../src/runtime/enforcement/path-rows.ts';

function tree(root: string, effect: 'allow' | 'hold' | 'deny', number: number): Tree {
  return { root, subtree: true, rule: { number, effect, layers: 1, monitored: false }, names: null };
}

function pinned(trees: readonly Tree[]): Record<string, { deny: number; hold: number; rule: number }> {
  return Object.fromEntries(
    pinnedRows(trees).map(({ prefix, match }) => [
      prefix.toString(),
      { deny: match.deny, hold: match.hold, rule: match.denyRule[0] || match.holdRule[0] },
    ]),
  );
}

test('every directory above a denied or held place is pinned, by its own name alone, under that rule', () => {
  expect(pinned([tree('/w/a/b/hidden', 'deny', 7), tree('/w/h/x', 'hold', 3)])).toEqual({
    '/w/a/b\0': { deny: 1, hold: 0, rule: 7 },
    '/w/a\0': { deny: 1, hold: 0, rule: 7 },
    '/w\0': { deny: 1, hold: 1, rule: 7 },
    '/w/h\0': { deny: 0, hold: 1, rule: 3 },
  });
});

test('what only allows pins nothing, nor does a place at the top or an abstract socket', () => {
  expect(pinned([tree('/w/a/b', 'allow', 1), tree('/top', 'deny', 2), tree('@name', 'deny', 3)])).toEqual({});
});

test('the lowest rule below a directory is the one that it is pinned by', () => {
  expect(pinned([tree('/w/a/x', 'deny', 9), tree('/w/a/y', 'deny', 4)])['/w/a\0']).toMatchObject({ rule: 4 });
});
