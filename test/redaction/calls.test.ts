/**
 * The tables of functions, makers of clients, sign-ins and lines of configuration: every entry takes its secret out, and
 * without the entry nothing does, but for those whose name says it as well. So taking one away fails a test.
 */
import { expect, test } from 'vitest';
import { CALLS, CLIENTS, SIGN_INS } from '../../src/runtime/redaction/calls.ts';
import { PLAIN_SETTINGS } from '../../src/runtime/redaction/context/settings.ts';
import { createRedactor } from '../../src/runtime/redaction/redactor.ts';

const redactor = createRedactor();
const CHOSEN = 'Kq7vT2mXw9Ls';
const DRAWN = '4f9K2mQx7Rb1Zt8Wc5Yv3Ln6';

/** A call of `name` whose argument `wanted` is the secret. */
function call(name: string, wanted: number): string {
  if (wanted < 0) return `${name}("alice", "${CHOSEN}")`;
  return `${name}(${Array.from({ length: wanted - 1 }, (_, i) => `x${i}, `).join('')}"${CHOSEN}")`;
}

const kept = (line: string, secret: string): boolean => redactor.text(line, {}).includes(secret);

test('every function of the table has its secret argument taken out', () => {
  const missed = [...CALLS].filter(([name, wanted]) => kept(call(name, wanted), CHOSEN));
  expect(missed).toEqual([]);
  expect(CALLS.size).toMatchInlineSnapshot(`114`);
});

test('a function of another name keeps that argument', () => {
  for (const wanted of new Set(CALLS.values())) expect(kept(call('frobnicate', wanted), CHOSEN)).toBe(true);
});

test('every maker of clients has its key taken out, another function keeps it', () => {
  const missed = CLIENTS.filter((name) => kept(`x = a${name}("${DRAWN}")`, DRAWN));
  expect(missed).toEqual([]);
  expect(kept(`x = frobnicate("${DRAWN}")`, DRAWN)).toBe(true);
  expect(CLIENTS.length).toMatchInlineSnapshot(`32`);
});

test('every sign-in has the last of its arguments taken out', () => {
  const missed = SIGN_INS.filter((name) => kept(`x.${name}("alice", "${CHOSEN}")`, CHOSEN));
  expect(missed).toEqual([]);
  expect(kept(`x.frobnicate("alice", "${CHOSEN}")`, CHOSEN)).toBe(true);
  expect(SIGN_INS.length).toMatchInlineSnapshot(`15`);
});

/** Settings whose value does not stand right behind them. */
const BEHIND: Readonly<Record<string, string>> = {
  'acl setuser ': 'alice on >',
  'sentinel auth-pass ': 'main ',
  'chpasswd:': '\n  list: |\n    alice:',
  ']:587 ': 'alice:',
  ']:465 ': 'alice:',
  ']:25 ': 'alice:',
  'addauth digest ': 'alice:',
  'stats auth ': 'alice:',
  '.logon ': 'host/alice,',
  bundle_: 'gems__example__com=alice:',
};

test('every line of configuration has its value taken out', () => {
  const missed = PLAIN_SETTINGS.filter((setting) =>
    kept(`${setting}${BEHIND[setting] ?? ''}${DRAWN}`, DRAWN),
  );
  expect(missed).toEqual([]);
  expect(kept(`frobnicate ${DRAWN}`, DRAWN)).toBe(true);
  expect(PLAIN_SETTINGS.length).toMatchInlineSnapshot(`42`);
});
