/**
 * Where TypeScript must say what bpf/policy.h says, and both what docs/policy.md says.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LIMITS } from '../../src/contract/limits.ts';
import { CATEGORIES, PRIVILEGES } from '../../src/contract/pattern.ts';
import { constants, enums } from '../../src/kernel/generated/layout.ts';

test('the limits of rules are those of the kernel maps', () => {
  expect(LIMITS.pathBytes).toBe(constants.PATH_RULE_BYTES - 1);
  expect(LIMITS.nameBytes).toBe(constants.NAME_RULE_BYTES);
  expect(LIMITS.extensionDots).toBe(constants.EXTENSION_DOTS);
  expect(LIMITS.layerBits).toBe(constants.LAYERS_MAX);
  expect(2 ** LIMITS.layerBits - 1).toBe(constants.LAYERS_ALL);
});

test('layers of documents leave room for two built-in ones, so that only base has every bit', () => {
  expect(LIMITS.layers).toBe(LIMITS.layerBits - 2);
});

test('categories have the numbers of the kernel', () => {
  const numbered = CATEGORIES.map((category, number) => [`CATEGORY_${category.toUpperCase()}`, number]);
  expect(Object.fromEntries([...numbered, ['CATEGORIES', CATEGORIES.length]])).toEqual(enums.category);
});

test('privileges are those of the kernel, but for the one that no policy can name', () => {
  const names = PRIVILEGES.map((privilege) => `PRIVILEGE_${privilege.replace('-', '_').toUpperCase()}`);
  expect([...names, 'PRIVILEGE_HOST'].sort()).toEqual(Object.keys(enums.privilege).sort());
});

test('the table of limits in docs/policy.md has these numbers', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/policy.md'), 'utf8');
  const rows = [...text.matchAll(/^\| .*\| `(\w+)` \| ([\d,]+) \|$/gm)].map(([, name, number]) => [
    name,
    Number(number!.replaceAll(',', '')),
  ]);
  const { layerBits: _, ...shown } = LIMITS;
  expect(Object.fromEntries(rows)).toEqual(shown);
});
