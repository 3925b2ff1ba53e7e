import { expect, test } from 'vitest';
import { createRedactor } from '../../src/runtime/redaction/redactor.ts';
import { RuleTexts } from '../../src/runtime/rule-texts.ts';

const RULE = { layer: 'team/a:p', category: 'read', effect: 'deny', pattern: '/a', because: 'why', line: 3 };

test('a rule is redacted once, however often it is named', () => {
  const redactor = createRedactor();
  const patterns: string[] = [];
  const text: typeof redactor.text = (value, counts, cut) => {
    patterns.push(value);
    return redactor.text(value, counts, cut);
  };
  const texts = new RuleTexts({ ...redactor, text, path: redactor.path.bind(redactor) });
  expect(texts.rule(RULE)).toBe(texts.rule(RULE));
  expect(patterns.filter((pattern) => pattern === RULE.pattern)).toHaveLength(1);
});

test('another rule is another text, and no secret in one leaves the host', () => {
  const texts = new RuleTexts(createRedactor());
  const secret = { ...RULE, because: 'the key is AKIAQYLPMN5HHHFPZAM2' };
  expect(texts.rule(RULE)).toMatchObject(RULE);
  expect(texts.rule(secret).because).not.toContain('AKIA');
});
