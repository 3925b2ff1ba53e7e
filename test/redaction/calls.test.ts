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
  expect(CALLS.size).toMatchInlineSnapshot(`126`);
});

test('a function of another name keeps that argument', () => {
  for (const wanted of new Set(CALLS.values())) expect(kept(call('frobnicate', wanted), CHOSEN)).toBe(true);
});

test('every maker of clients has its key taken out, another function keeps it', () => {
  const missed = CLIENTS.filter((name) => kept(`x = a${name}("${DRAWN}")`, DRAWN));
  expect(missed).toEqual([]);
  expect(kept(`x = frobnicate("${DRAWN}")`, DRAWN)).toBe(true);
  expect(CLIENTS.length).toMatchInlineSnapshot(`33`);
});

test('every sign-in has the last of its arguments taken out', () => {
  const missed = SIGN_INS.filter((name) => kept(`x.${name}("alice", "${CHOSEN}")`, CHOSEN));
  expect(missed).toEqual([]);
  expect(kept(`x.frobnicate("alice", "${CHOSEN}")`, CHOSEN)).toBe(true);
  expect(SIGN_INS.length).toMatchInlineSnapshot(`16`);
});

/** Settings whose value does not stand right behind them; `§64` is the value in base64. */
const BEHIND: Readonly<Record<string, string>> = {
  'acl setuser ': 'alice on >§',
  'sentinel auth-pass ': 'main §',
  'chpasswd:': '\n  list: |\n    alice:§',
  ']:587 ': 'alice:§',
  ']:465 ': 'alice:§',
  ']:25 ': 'alice:§',
  'addauth digest ': 'alice:§',
  'stats auth ': 'alice:§',
  '.logon ': 'host/alice,§',
  'password_maps = static:': 'alice:§',
  'password_maps=static:': 'alice:§',
  bundle_: 'gems__example__com=alice:§',
  'createuser ': 'alice SHA §',
  'com2sec ': 'alice default §',
  'radius-server ': 'key 0 §',
  'tacacs-server ': 'host 192.0.2.1 key §',
  'snmp-server user ': 'alice group v3 auth sha §',
  'authentication-key ': '1 md5 §',
  'oper ': 'alice §',
  'auth\r\n$': '24\r\n§\r\n',
  'login: ': 'alice / §',
  'sign-in: ': 'alice@example.com / §',
  'user: ': 'alice / §',
  'account: ': 'alice / §',
  'user-pass: ': 'alice / §',
  'logged in as ': 'alice with §',
  'log in as ': 'alice with §',
  'login as ': 'alice: §',
  'sign in as ': 'alice using §',
  'signed in as ': 'alice / §',
  'ftp -': 'n <<EOF\nopen h\nuser alice §\nEOF',
  'wifi:': 'T:WPA;S:office;P:§;;',
  'atob(': '"§64")',
  'b64decode(': "'§64')",
  'base64_decode(': "'§64')",
  'frombase64string(': '"§64")',
  'decodestring(': '"§64")',
  'decode64(': "'§64')",
};
/** What must stand before a setting. */
const BEFORE: Readonly<Record<string, [before: string, behind: string]>> = {
  ' * ': ['alice', '§ *'],
  ' p: ': ['u: alice', '§'],
  '&p=': ['http://db/write?u=alice', '§'],
  '.tochararray(': ['"§"', ')'],
  'gen_salt(': ["SELECT crypt('§', ", "'bf'))"],
  'result":': ['"type": "random_password", "', ' "§"'],
  'result\\":': ['\\"type\\": \\"random_password\\", \\"', ' \\"§\\"'],
};

test('every line of configuration has its value taken out', () => {
  const encoded = Buffer.from(DRAWN).toString('base64');
  const missed = PLAIN_SETTINGS.filter((setting) => {
    const [before, behind] = BEFORE[setting] ?? ['', BEHIND[setting] ?? '§'];
    const line = `${before}${setting}${behind}`.replace('§64', encoded).replace('§', DRAWN);
    return kept(line, DRAWN) || kept(line, encoded);
  });
  expect(missed).toEqual([]);
  expect(kept(`frobnicate ${DRAWN}`, DRAWN)).toBe(true);
  expect(PLAIN_SETTINGS.length).toMatchInlineSnapshot(`89`);
});
