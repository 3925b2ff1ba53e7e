/** What many places of a hostile string would ask for is looked for once, or only where it may be: time that no allowance of work tells. */
import { expect, test, vi } from 'vitest';
import { type Finding, RANK } from '../../src/runtime/redaction/finding.ts';
import { Form } from '../../src/runtime/redaction/form.ts';
import { Known } from '../../src/runtime/redaction/news.ts';
import { createRedactor } from '../../src/runtime/redaction/redactor.ts';
import { Text } from '../../src/runtime/redaction/text.ts';

test('a form whose head may begin at many places is not tried where nothing that it has there ends', () => {
  const match = vi.spyOn(Form.prototype, 'match');
  createRedactor().text(':'.repeat(10_000), {});
  expect(match.mock.calls.length).toBeLessThan(1_000);
  match.mockRestore();
});

test('what lies at a place is found among thousands of findings without a look at each', () => {
  let looks = 0;
  const findings = Array.from({ length: 4096 }, (_, i): Finding => {
    const finding = { end: 10 * i + 5, kind: 'x', rule: 'x', rank: RANK.format, head: false };
    return Object.defineProperty(finding as Finding, 'start', {
      get: () => {
        looks++;
        return 10 * i;
      },
    });
  });
  const known = new Known(findings);
  looks = 0;
  expect(known.firstBehind(20_003)).toBe(2_000);
  expect(known.firstBehind(40_955)).toBe(4_096);
  expect(looks).toBeLessThan(16);
});

test('whether a place was found is asked of the findings behind it alone', () => {
  let looks = 0;
  const text = new Text();
  text.reset(65_536, 'text');
  for (let i = 0; i < 4096; i++) {
    const finding = { end: 10 * i + 5, kind: 'x', rule: 'x', rank: RANK.format, head: false };
    const start = {
      get: () => {
        looks++;
        return 10 * i;
      },
    };
    text.note(Object.defineProperty(finding as Finding, 'start', start));
  }
  looks = 0;
  expect(text.isFound(40_946, 40_949)).toBe(false);
  expect(text.isFound(40_944, 40_949)).toBe(true);
  expect(text.isFound(3, 4)).toBe(true);
  expect(looks).toBeLessThan(4_110);
});

test('of a vector that goes whole each element is counted, and equal ones keep one hash', () => {
  const counts: Record<string, number> = {};
  const dear = ['mysql', ', roo -c "mysql', 'mysql', 'my', 'my', 'myql'];
  const argv = Array.from({ length: 20_000 }, (_, i) => dear[i % dear.length]!);
  const after = createRedactor().argv(argv, counts);
  const whole = after.filter((element) => element.startsWith('[REDACTED:unscannable'));
  expect(whole.length).toBe(argv.length);
  expect(counts.unscannable).toBe(argv.length);
  expect(new Set(whole).size).toBe(new Set(argv).size);
});
