/** What is refused while a content is not known: only where knowing it could change the answer. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compile } from '../../src/runtime/enforcement/compile.ts';
import { message, type Written } from './documents.ts';
import { VARIABLES } from './generate.ts';
import { KernelDecider, UNKNOWN } from './kernel-decision.ts';

const ONE = `sha256:${'1'.repeat(64)}`;
const TWO = `sha256:${'2'.repeat(64)}`;

let kernel: KernelDecider;
beforeAll(() => {
  kernel = new KernelDecider();
});
afterAll(() => kernel.close());

function unknown(path: string, ...documents: Written[]): string {
  const compiled = compile(message(...documents), {
    variables: VARIABLES,
    homes: [],
    readLink: () => null,
  });
  const [decision] = kernel.decide([{ compiled, actions: [{ category: 'exec', path, sha256: UNKNOWN }] }]);
  const { verdict, reason, would } = decision!;
  return `${verdict} ${reason}${would.verdict === verdict ? '' : `, would ${would.verdict} ${would.reason}`}`;
}

const exec = (allow: string[], deny: string[] = [], more: Partial<Written> = {}): Written => ({
  ...more,
  rules: { exec: { allow, deny }, write: { allow: ['/w/**'] } },
});

test('a program that no place allows is refused until its content is known', () => {
  expect(unknown('/a', exec(['/b', ONE]))).toBe('deny content');
});

test('a program that its place allows needs no content, as long as none is denied', () => {
  expect(unknown('/a', exec(['/a', ONE]))).toBe('allow rule');
  expect(unknown('/a', exec(['/a'], [ONE]))).toBe('deny content');
});

test('a deny by place is what it is, whatever the content', () => {
  expect(unknown('/a', exec(['/**', ONE], ['/a']))).toBe('deny rule');
});

test('a place that may be written waits for the content as well', () => {
  expect(unknown('/w/a', exec(['/w/**']))).toBe('allow rule');
  expect(unknown('/w/a', exec(['/**']))).toBe('deny rule');
  expect(unknown('/w/a', exec(['/**', ONE]))).toBe('deny content');
});

test('a content of one layer cannot help where another does not allow', () => {
  const other = exec(['/b'], [], { name: 'other' });
  expect(unknown('/a', exec([ONE]), other)).toBe('deny no_rule');
  expect(unknown('/b', exec([ONE]), other)).toBe('deny content');
});

test('a layer that only monitors refuses nothing for a content', () => {
  const monitoring = exec([ONE], [TWO], { name: 'other', mode: 'monitor' });
  expect(unknown('/a', exec(['/a']), monitoring)).toBe('allow rule, would deny content');
  expect(unknown('/a', { ...exec([ONE]), mode: 'monitor' })).toBe('allow content, would deny content');
});
