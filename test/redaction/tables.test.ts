/**
 * Tables in which every line may be the head of those below it, and lists of programs: each row and each command is read once
 * and kept, so that honest ones are not given up, and what is kept of one is not taken for another.
 */
import { expect, test } from 'vitest';
import { createRedactor } from '../../src/runtime/redaction/redactor.ts';

const redactor = createRedactor();
const lines = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('\n');
const work = (text: string): number => {
  redactor.text(text, {});
  return redactor.lastWork().spent;
};

test.each([
  ['first', (i: number) => `password,string,${i}`],
  ['in the middle', (i: number) => `${i},smtp_password,string,false`],
  ['last', (i: number) => `${i},string,token`],
  ['in quotes', (i: number) => `"${i}","api_token","string","the token of the service"`],
])('a table with a sensitive name %s on each of many lines stays as it is', (_, line) => {
  for (const count of [50, 150, 300, 1000]) {
    const text = lines(count, line);
    const counts = {};
    expect(redactor.text(text, counts)).toBe(text);
    expect(counts).toEqual({});
  }
});

test('a row below several heads is paid for by its characters once', () => {
  const cell = 'x'.repeat(1000);
  const heads = (count: number): string => `${'token,b,c\n'.repeat(count)}${cell},b,c\n`;
  const plain = (count: number): string => `${'tokem,b,c\n'.repeat(count)}${cell},b,c\n`;
  const extra = (count: number): number => work(heads(count)) - work(plain(count));
  expect(extra(1)).toBeGreaterThan(2 * cell.length);
  expect(extra(8)).toBeLessThan(extra(1) + 3 * cell.length);
});

test('a row is another one in another text', () => {
  const table = (cell: string): string => `name,password,role\nalice,${cell},admin\n`;
  for (const cell of ['string', 'kR7#wq', 'number', 'mV3!zt'])
    expect(redactor.text(table(cell), {})).toBe(/\d/.test(cell) ? table('[REDACTED:password]') : table(cell));
});

test('another column of the same row is another cell', () => {
  expect(redactor.text('name,password,api_key,role\nalice,string,q7Rk2mZx9LwT4vBn8sHd,admin\n', {})).toBe(
    'name,password,api_key,role\nalice,string,[REDACTED:api-key],admin\n',
  );
});

test('a cell that is no secret behind one name may be one behind another', () => {
  expect(redactor.text('token,b,c\nlantern42,d,e\n', {})).toBe('token,b,c\nlantern42,d,e\n');
  expect(redactor.text('token,b,c\npassword,b,c\nlantern42,d,e\n', {})).toBe(
    'token,b,c\npassword,b,c\n[REDACTED:password],d,e\n',
  );
});

test('the words behind one program of a list are not read again for the next', () => {
  const list = (count: number): string => `${'mysql '.repeat(count)}${'x1 '.repeat(20)}-p`;
  const each = (from: number, to: number): number => (work(list(to)) - work(list(from))) / (to - from);
  // Of 48 words with some 200 characters one is new.
  expect(each(5, 20)).toBeLessThan(700);
});

test('behind a program in the middle of a list what stands behind it is found as behind the only one', () => {
  const secret = 'q7Rk2mZx9LwT4vBn';
  for (const before of ['', 'mysql ', 'mysql mysqldump ', 'x1 '.repeat(60), 'redis-cli '.repeat(60)])
    expect(redactor.text(`${before}redis-cli -a ${secret} ping`, {})).toBe(
      `${before}redis-cli -a [REDACTED:password] ping`,
    );
});
