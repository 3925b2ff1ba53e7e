/**
 * Strings built to cost as much as they can: what each costs, in the redactor's own units of work, is bounded by its length,
 * and none gets out of hand. Times are the benchmark's (test/bench/redaction.ts).
 */
import { expect, test } from 'vitest';
import { createRedactor, LONGEST_STRING } from '../../src/runtime/redaction/redactor.ts';
import { COST } from '../../src/runtime/redaction/work.ts';
import { hostileStrings } from './corpus/hostile.ts';

const redactor = createRedactor();
const SIZE = 128 * 1024;
const strings = hostileStrings(SIZE);
/** Past its allowance a string may cost what one more look does, and no look goes over more than a few thousand characters. */
const MOST_PAST_ALLOWANCE = 300_000;

test.each(Object.keys(strings))('128 KB of %s cost no more work than their length allows', (name) => {
  redactor.text(strings[name]!, {});
  const { spent, allowed } = redactor.lastWork();
  expect(allowed).toBeLessThan(SIZE * 100);
  expect(spent).toBeGreaterThanOrEqual(SIZE);
  expect(spent - allowed).toBeLessThan(MOST_PAST_ALLOWANCE);
});

test.each(Object.keys(strings))('work on %s grows no faster than its length', (name) => {
  const cost = (size: number): number => {
    redactor.text(hostileStrings(size)[name]!, {});
    return redactor.lastWork().spent;
  };
  // Sixteen times the length, twenty times the work at most, and what any string may cost.
  expect(cost(SIZE / 8)).toBeLessThan(cost(SIZE / 128) * 20 + 300_000);
});
test('a quote that nothing closes is paid for, and not looked for to the end of the text', () => {
  const work = (quote: string, length: number): number => {
    redactor.text(`<<<b ${quote}${'a '.repeat(length / 2)}`, {});
    return redactor.lastWork().spent;
  };
  const extra = (length: number): number => work('"', length) - work('', length);
  expect(extra(4000)).toBeGreaterThan(2 * 3900);
  expect(extra(100_000)).toBeGreaterThan(2 * 8000);
  expect(extra(100_000)).toBeLessThan(2 * 20_000);
});

test('what is read back to tell which string a quote ends is paid for', () => {
  const work = (text: string): number => {
    redactor.text(text, {});
    return redactor.lastWork().spent;
  };
  const line = 'a b '.repeat(120);
  // Each of the two characters before it is read once more.
  expect(work(`${line}"x token: " + y`) - work(`${line}"x tokem: " + y`)).toBeGreaterThan(2 * line.length);
  expect(work(`${line}\n"x token: " + y`) - work(`${line}\n"x tokem: " + y`)).toBeLessThan(2 * line.length);
});

test('each row below the name of a column is paid for, besides its characters', () => {
  const rows = (name: string, count: number): number => {
    redactor.text(`${name},b\n${'a,b\n'.repeat(count)}`, {});
    return redactor.lastWork().spent;
  };
  const extra = (count: number): number => rows('token', count) - rows('tokem', count);
  expect(extra(31) - extra(1)).toBeGreaterThan(30 * 14);
});

test.each([
  ['ba::::', 24],
  ['ps_secret_', 49],
])('behind %j each of the %i places where a form may begin is paid for', (motif, places) => {
  const times = 50;
  redactor.text(motif.repeat(times), {});
  const first = redactor.lastWork().spent;
  redactor.text(motif.repeat(2 * times), {});
  expect(redactor.lastWork().spent - first).toBeGreaterThan((times * places * COST.form) / 8);
});

test('the words of a program are not read where nothing that it needs follows', () => {
  const work = (text: string): number => {
    redactor.text(text, {});
    return redactor.lastWork().spent;
  };
  const command = `docker run -p 80:80 ${'word '.repeat(40)}`;
  // Its `-p` is a secret behind `login` only.
  expect(work(`${command}; x login`) - work(`${command}; x logic`)).toBeGreaterThan(2 * command.length);
  // Of npm's usage lines none begins with a word that follows.
  expect(
    work(`npm run ${'word '.repeat(40)}_auth`) - work(`npm run ${'word '.repeat(40)}_aute`),
  ).toBeGreaterThan(400);
});

test('as one element among others, or in an environment, it costs no more and the others come through', () => {
  const text = strings['names and equals']!;
  const [first, , last] = redactor.argv(['ls', text, '-l'], {});
  expect([first, last]).toEqual(['ls', '-l']);
  expect(redactor.env(['PATH=/bin', `X=${text}`], {})[0]).toBe('PATH=/bin');
});

test('a string beyond the longest is redacted whole, with its length and a keyed hash, and counted', () => {
  const counts: Record<string, number> = {};
  const text = 'a'.repeat(LONGEST_STRING + 1);
  expect(redactor.text(text, counts)).toMatch(/^\[REDACTED:oversize length=1048577 hash=[0-9a-f]{16}\]$/);
  expect(redactor.text(text, counts)).toBe(redactor.text(text, {}));
  expect(createRedactor({ runKey: 'other' }).text(text, {})).not.toBe(
    createRedactor({ runKey: 'one' }).text(text, {}),
  );
  expect(counts).toEqual({ oversize: 2 });
});

test('a string whose scan costs more than its length allows is redacted whole and counted', () => {
  const counts: Record<string, number> = {};
  const out = redactor.text(strings['colons and ats']!, counts);
  expect(out).toMatch(/^\[REDACTED:unscannable length=131072 hash=[0-9a-f]{16}\]$/);
  expect(counts).toEqual({ unscannable: 1 });
});

test.each(['salt",\n', 'mysql ', 'curl -u a:b@'])(
  'elements of %j that use the work up do not part a flag from its value',
  (decoy) => {
    const decoys = Array.from({ length: 60 }, () => decoy.repeat(200));
    const after = redactor.argv(['tool', '--password', 'Xk29fQmR7tVw3', ...decoys], {});
    expect(after.join(' ')).not.toContain('Xk29fQ');
    expect(after).toHaveLength(63);
  },
);

test('an element that is most of its vector is scanned once, and what stands beside it as ever', () => {
  const hostile = 'salt",\n'.repeat(20_000);
  const after = redactor.argv(['tool', '--password', 'Xk29fQmR7tVw3', hostile], {});
  expect(after.slice(0, 3)).toEqual(['tool', '--password', '[REDACTED:password]']);
  expect(after[3]).toMatch(/^\[REDACTED:unscannable length=140000 /);
});
