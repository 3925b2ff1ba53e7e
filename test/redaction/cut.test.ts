/** Never in pieces: strings that were cut short on their way here, key blocks without head or foot, parts in elements. */
import { expect, test } from 'vitest';
import { createRedactor } from '../../src/runtime/redaction/redactor.ts';

const redactor = createRedactor();

test('the head of a known kind goes, said to be cut or not', () => {
  expect(redactor.text('using ghp_8fKq2LmX8v', {})).toBe('using [REDACTED:github-token]');
  expect(redactor.text('using ghp_8', {}, true)).toBe('using [REDACTED:github-token]');
  expect(redactor.text('using ghp_8', {})).toBe('using ghp_8');
});

test.each([
  ['key RGAPI-edf59b7a-14c7-4e4b-8a… for shop', 'key [REDACTED:riot-key]… for shop'],
  ['with dop_v1_3f9a8c7e1b2d4f60a1... for shop', 'with [REDACTED:digitalocean-token]... for shop'],
])('the head of a known kind goes where who wrote the line cut it himself: %s', (line, left) => {
  expect(redactor.text(line, {})).toBe(left);
});

test.each(['set it to sk-ant-api03-abc123... first', 'a key like glpat-abc123…', 'begins with sk_live_...'])(
  'what a manual shortens stays: %s',
  (line) => {
    expect(redactor.text(line, {})).toBe(line);
  },
);

test('the last word of a cut string goes when it looks drawn', () => {
  expect(redactor.text('deploying with 8fKq2LmX8vTz4R', {}, true)).toBe('deploying with [REDACTED:cut-off]');
  expect(redactor.text('deploying with 8fKq2LmX8vTz4R', {})).toBe('deploying with 8fKq2LmX8vTz4R');
});

test('a password in a URL that was cut before its host goes, a port stays', () => {
  expect(redactor.text('psql postgres://app:lantern-fo', {}, true)).toBe(
    'psql postgres://app:[REDACTED:cut-off]',
  );
  for (const text of [
    'GET https://example.com:8443/a:b',
    'http://localhost:80',
    'http://localhost:8080/index',
  ])
    expect(redactor.text(text, {}, true)).toBe(text);
});

test.each(['cannot open /usr/share/doc/REA', 'the connection was refu', 'src/runtime/redac', 'version 1.2'])(
  'words and paths at the end of the cut string %j stay',
  (text) => {
    expect(redactor.text(text, {}, true)).toBe(text);
  },
);

test('of a cut argument vector only the last element counts as cut', () => {
  expect(redactor.argv(['a', 'ghp_8', 'b', 'ghp_8'], {}, true)).toEqual([
    'a',
    'ghp_8',
    'b',
    '[REDACTED:github-token]',
  ]);
});

test('a private key without its footer goes as far as its body does', () => {
  const body = 'MIIEpAIBAAKCAQEAx3Kq2LmX8vTz4RbN7wYc1JdG5hSp3AeUq2LmX8vTz4RbN7wY';
  expect(redactor.text(`-----BEGIN RSA PRIVATE KEY-----\n${body}\n${body}`, {})).toBe(
    '[REDACTED:rsa-private-key]',
  );
  expect(redactor.text(`-----BEGIN PRIVATE KEY----- ${body} was refused by the server`, {})).toMatch(
    /^\[REDACTED:[a-z0-9-]*private-key\] was refused by the server$/,
  );
});

test('a private key without its header goes as well', () => {
  const body = 'x3Kq2LmX8vTz4RbN7wYc1JdG5hSp3AeUq2LmX8vTz4RbN7wYAx3Kq2LmX8vTz4Rb';
  expect(redactor.text(`${body}\n${body}\n-----END EC PRIVATE KEY-----\nbye`, {})).toBe(
    '[REDACTED:private-key]\nbye',
  );
});

test('a flag at the end of one element finds its value in the next', () => {
  expect(redactor.argv(['app', '--password=', 'kQ7vT2mX'], {})).toEqual([
    'app',
    '--password=',
    '[REDACTED:password]',
  ]);
  expect(
    redactor.argv(['curl', '-H', 'Authorization:', 'Bearer', 'kQ7vT2mXw9Ls'], {}).join(' '),
  ).not.toContain('kQ7v');
});
