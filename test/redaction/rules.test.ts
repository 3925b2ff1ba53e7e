/**
 * The rules: each is valid, has its source, finds what it describes; and without it that is not found, or not known for
 * what it is. So whoever removes a rule, or breaks it, fails a test.
 */
import { describe, expect, test } from 'vitest';
import { createRedactor } from '../../src/runtime/redaction/redactor.ts';
import { compileRule, type Rule } from '../../src/runtime/redaction/rule.ts';
import { RULES } from '../../src/runtime/redaction/rules/index.ts';
import { Random } from './corpus/random.ts';
import { sampleOf } from './corpus/sample.ts';

const SAMPLES = 4;
/** Rules are taken away in so many groups: one redactor for each. */
const GROUPS = 16;

function kindsIn(redactor: ReturnType<typeof createRedactor>, text: string): string[] {
  return redactor.explain('text', text, 'text').map(({ kind }) => kind);
}

/** The same ones for a rule whatever rules stand before it. */
function samplesOf(rule: Rule): string[] {
  const seed = [...rule.id].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1_000_003, 7);
  return Array.from({ length: SAMPLES }, (_, i) => sampleOf(rule, new Random(seed * 100 + i)));
}

test('the table has the families and as many rules in each as it had', () => {
  const families: Record<string, number> = {};
  for (const { family } of RULES) families[family] = (families[family] ?? 0) + 1;
  expect(families).toMatchInlineSnapshot(`
    {
      "ai": 80,
      "clouds": 79,
      "commerce": 79,
      "data": 75,
      "keys": 44,
      "messaging": 81,
      "operations": 116,
      "source-hosts": 82,
      "workplace": 96,
    }
  `);
});

test('no two rules share an id, and each says where its facts are from', () => {
  expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
  for (const { id, source } of RULES) expect(source, id).toMatch(/^https:\/\/[a-z0-9.-]+\.[a-z]+(?:\/|$)/);
});

test('every rule compiles', () => {
  for (const rule of RULES) expect(() => compileRule(rule), rule.id).not.toThrow();
});

test('every rule finds what it describes, and names it', () => {
  const redactor = createRedactor();
  const missed = RULES.flatMap((rule) =>
    samplesOf(rule)
      .filter((sample) => !kindsIn(redactor, sample).includes(rule.id))
      .map((sample) => `${rule.id}: ${sample} -> ${kindsIn(redactor, sample)}`),
  );
  expect(missed).toEqual([]);
});

describe.each(Array.from({ length: GROUPS }, (_, group) => group))(
  'without group %i of the rules',
  (group) => {
    test('none of their samples is known for what it is', () => {
      const removed = RULES.filter((_, index) => index % GROUPS === group);
      const redactor = createRedactor({ onlyRules: RULES.filter((_, index) => index % GROUPS !== group) });
      const known = removed.filter((rule) =>
        samplesOf(rule).every((sample) => kindsIn(redactor, sample).includes(rule.id)),
      );
      expect(known.map(({ id }) => id)).toEqual([]);
    });
  },
);

test.each([
  ['an upper-case id', { id: 'Acme' }, /its id is no kind/],
  ['no anchor', { anchors: [] }, /0 anchors with boundary word/],
  ['an anchor of one character', { anchors: ['a'] }, /anchor "a"/],
  ['an anchor with a space', { anchors: ['a b'] }, /anchor "a b"/],
  ['a length of nothing', { length: 0 }, /length 0 to 0/],
  ['a length that ends before it begins', { length: [20, 10] as const }, /length 20 to 10/],
  ['a run of more than 4096', { length: [1, 5000] as const }, /length 1 to 5000/],
  ['an alphabet of one character', { alphabet: 'a' }, /fewer than two characters/],
  ['a lead beyond 128', { lead: 200 }, /lead 200 to 200/],
  ['a form without end', { form: '@[a-z]+' }, /repetition without a bound/],
  ['a form with a star', { form: '@[a-z]*' }, /repetition without a bound/],
  ['a form with an open bound', { form: '@[a-z]{3,}' }, /repetition without a bound/],
  ['a form with an open bracket', { form: '@[a-z' }, /no \] for this/],
  ['an empty form', { form: '' }, /nothing in it/],
])('%s is refused', (_name, change, message) => {
  const rule: Rule = {
    id: 'acme-token',
    family: 'user',
    anchors: ['acme_'],
    form: '@#',
    alphabet: 'alnum',
    length: 20,
    boundary: 'word',
    source: 'https://example.com',
    ...change,
  };
  expect(() => compileRule(rule)).toThrow(message);
  expect(() => createRedactor({ rules: [rule] })).toThrow(message);
});
