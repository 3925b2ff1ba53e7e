/** What a run's redactor remembers: values of sensitive names come out of later strings of that run, and of no other. */
import { generateKeyPairSync } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import type { HostRedactor, Redactor } from '../../src/runtime/redaction/redacted.ts';
import { createRedactor } from '../../src/runtime/redaction/redactor.ts';
import { leak } from './corpus/judge.ts';
import { Random } from './corpus/random.ts';

let host: HostRedactor;
let run: Redactor;
beforeEach(() => {
  host = createRedactor({ runKey: 'a host’s key' });
  run = host.forRun('01890c5e');
});

const SECRET = 'Kq7vT2mXw9LsRb4Z';

test('a value of the environment is known again in a message, a file name and an argument', () => {
  run.env([`DB_PASSWORD=${SECRET}`], {});
  expect(run.text(`cannot open: ${SECRET} is no file`, {})).toBe(
    'cannot open: [REDACTED:password] is no file',
  );
  expect(run.path(`/tmp/${SECRET}.txt`, {})).toBe('/tmp/[REDACTED:password].txt');
  expect(run.argv(['echo', SECRET], {})).toEqual(['echo', '[REDACTED:password]']);
});

test('in a DNS label, whatever its case', () => {
  run.env([`API_TOKEN=${SECRET}`], {});
  expect(run.text(`lookup ${SECRET.toLowerCase()}.evil.example.com`, {})).toBe(
    'lookup [REDACTED:token].evil.example.com',
  );
});

test('the value of a flag is remembered as that of a name is', () => {
  run.argv(['mysql', `-p${SECRET}`], {});
  expect(run.text(`exec failed near ${SECRET}`, {})).toBe('exec failed near [REDACTED:password]');
});

test('a long value is known by any sixteen characters of it', () => {
  const long = new Random(3).alnum(64);
  run.env([`SESSION_SECRET=${long}`], {});
  const out = run.text(`first ${long.slice(0, 30)} then ${long.slice(30)} and x-${long.slice(20, 40)}-y`, {});
  expect(leak({ text: out }, long, 0, 0)).toBeUndefined();
});

test('encoded again it is known as well', () => {
  run.env([`DB_PASSWORD=${SECRET}`], {});
  const encoded = Buffer.from(`p: ${SECRET}`).toString('base64');
  expect(leak({ text: run.text(`sent ${encoded}`, {}) }, SECRET, 0, 0)).toBeUndefined();
  expect(
    leak({ text: run.text(`sent ${Buffer.from(SECRET).toString('hex')}`, {}) }, SECRET, 0, 0),
  ).toBeUndefined();
  expect(run.text(`q=${encodeURIComponent(`x y ${SECRET}`)}`, {})).not.toContain(SECRET);
});

test.each([
  ['base64', (secret: string) => Buffer.from(`password=${secret}`).toString('base64')],
  ['percent', (secret: string) => `postgres://app:${encodeURIComponent(secret)}@db/x`],
  ['escapes of JSON', (secret: string) => `{"password":"${secret.replace('!', '\\u0021')}"}`],
])('what was found in %s is known again as it is', (_, encode) => {
  const secret = 'Kq7vT2mX!w9LsRb4Z';
  run.text(`sent ${encode(secret)}`, {});
  expect(run.text(`note ${secret} here`, {})).not.toContain('Kq7vT2');
});

test('one run knows nothing of another, nor the host’s own redactor', () => {
  run.env([`DB_PASSWORD=${SECRET}`], {});
  const text = `note ${SECRET} here`;
  expect(host.forRun('other').text(text, {})).toBe(text);
  expect(host.text(text, {})).toBe(text);
});

test('a run that was forgotten knows nothing any more', () => {
  run.env([`DB_PASSWORD=${SECRET}`], {});
  expect(host.forRun('01890c5e')).toBe(run);
  host.forget('01890c5e');
  expect(host.forRun('01890c5e').text(`note ${SECRET} here`, {})).toBe(`note ${SECRET} here`);
});

test.each(['admin', 'postgres', 'changeme', '12345', 'password', 'true'])(
  'the plain value %s is not remembered: it stands elsewhere by chance',
  (value) => {
    run.env([`DB_PASSWORD=${value}`], {});
    const text = `/usr/lib/${value}/bin ${value} started`;
    expect(run.text(text, {})).toBe(text);
  },
);

test('a short value counts only where it stands alone', () => {
  run.env(['DB_PASSWORD=k3!vq8Z'], {});
  expect(run.text('with k3!vq8Z given', {})).toBe('with [REDACTED:password] given');
  expect(run.text('with ak3!vq8Zb given', {})).toBe('with ak3!vq8Zb given');
});

test('a thousand values do not slow it down or grow without end', () => {
  const r = new Random(5);
  const values = Array.from({ length: 1000 }, () => r.alnum(40));
  for (const value of values) run.env([`X_TOKEN=${value}`], {});
  const text = 'an ordinary line of a log with nothing in it '.repeat(90);
  const start = process.threadCpuUsage().user;
  for (let i = 0; i < 50; i++) run.text(text, {});
  expect((process.threadCpuUsage().user - start) / 50_000).toBeLessThan(5);
  expect(run.text(`x ${values[0]} y`, {})).toBe('x [REDACTED:token] y');
});

test('an ordinary text of a run that has secrets stays as it is', () => {
  const r = new Random(6);
  run.env(
    Array.from({ length: 40 }, (_, i) => `SECRET_${i}=${r.alnum(20)}`),
    {},
  );
  const text = 'commit 8f14e45fceea167a5a36dedd4bea2543f1c0a7b2 by alice, see /usr/share/doc/README.md';
  expect(run.text(text, {})).toBe(text);
});

describe('of a private key', () => {
  const key = (label: string, type: 'pkcs1' | 'pkcs8' = 'pkcs8'): string => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const pem = privateKey.export({ type, format: 'pem' }).toString();
    return pem.replaceAll(/(?:RSA )?PRIVATE KEY/g, label);
  };
  const publicKey = generateKeyPairSync('rsa', { modulusLength: 1024 })
    .publicKey.export({ type: 'spki', format: 'pem' })
    .toString();

  test.each([
    ['', publicKey],
    ['RSA ', publicKey.replaceAll('PUBLIC', 'RSA PUBLIC')],
    ['EC ', publicKey.replaceAll('PUBLIC', 'EC PUBLIC')],
  ])('what public ones have as well is not remembered: %s', (label, line) => {
    run.text(key(`${label}PRIVATE KEY`), {});
    run.text(key('RSA PRIVATE KEY', 'pkcs1'), {});
    run.text('-----BEGIN RSA PRIVATE K', {}, true);
    run.env([`KEY=${key('DSA PRIVATE KEY').replaceAll('\n', '\\n')}`], {});
    run.argv(['add', `${key('OPENSSH PRIVATE KEY')}\n`], {});
    run.env([`KEY=${key('', 'pkcs8').split('\n').slice(1, -2).join('')}`], {});
    for (const text of [
      line,
      'one of "OPENSSH PRIVATE KEY" and "DSA PRIVATE KEY"',
      '-----END DSA PUBLIC KEY-----',
    ])
      expect(run.text(text, {})).toBe(text);
  });

  test('the lines behind the first are', () => {
    const pem = key('PRIVATE KEY');
    run.text(pem, {});
    const lines = pem
      .split('\n')
      .slice(2, -2)
      .filter(({ length }) => length >= 16);
    for (const line of lines)
      expect(run.text(`> ${line}`, {})).toMatch(/^> \[REDACTED:[a-z0-9-]*private-key\]$/);
  });

  test('and half of a short one is', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    run.text(pem, {});
    const body = pem.split('\n')[1]!;
    expect(run.text(`> ${body.slice(32)}`, {})).toMatch(/^> \[REDACTED:[a-z0-9-]*private-key\]$/);
  });
});

test('the indentation within a value of several lines is not taken out of what follows', () => {
  const long = `Xk29fQmR7tVw3Zp8${'\n'.padEnd(25)}Ls4Bq9Yc2Hn6Jd1G`;
  run.argv(['app', '--password', long], {});
  const source = `if x:\n${' '.repeat(24)}y = 1\n${' '.repeat(24)}z = 2`;
  expect(run.text(source, {})).toBe(source);
  expect(run.text('again Ls4Bq9Yc2Hn6Jd1G', {})).not.toContain('Ls4Bq9');
});

test('the name of an algorithm that was taken for a secret once stays in what follows', () => {
  run.argv(['app', '--password', 'ssh-ed25519'], {});
  expect(run.text('host ssh-ed25519 AAAA', {})).toBe('host ssh-ed25519 AAAA');
});
