/** `warder redact`, as a program: lines in, lines out, whatever the lines are. */
import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { removeTree } from '../remove-tree.ts';
import { Random } from './corpus/random.ts';

const DRIVER = join(import.meta.dirname, 'redact-driver.ts');
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'warder-redact-'));
});
afterAll(() => removeTree(folder));

interface Run {
  readonly out: Buffer;
  readonly error: string;
  readonly status: number | null;
}

function run(input: string | Buffer, ...options: string[]): Promise<Run> {
  const child = spawn(process.execPath, [DRIVER, ...options]);
  const out: Buffer[] = [];
  let error = '';
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => {
    error += chunk.toString();
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  return new Promise((resolve) => {
    child.on('close', (status) => resolve({ out: Buffer.concat(out), error, status }));
  });
}

function answers({ out }: Run): Record<string, unknown>[] {
  return out
    .toString()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

const EVENT = {
  id: 7,
  argv: ['mysql', '-pKq7vT2mXw9Ls'],
  env: ['DB_PASSWORD=x9!kQ2v', 'LANG=C'],
  path: '/tmp/a',
  text: null,
};

test('an event comes back in its shape, without its secrets, with the time it took', async () => {
  const [answer] = answers(await run(`${JSON.stringify(EVENT)}\n`));
  expect(answer).toEqual({
    id: 7,
    argv: ['mysql', '-p[REDACTED:password]'],
    env: ['DB_PASSWORD=[REDACTED:password]', 'LANG=C'],
    path: '/tmp/a',
    text: null,
    us: expect.any(Number),
  });
});

test('lines come back in their order, also the last one without a line break', async () => {
  const lines = Array.from({ length: 500 }, (_, id) =>
    JSON.stringify({ id, text: `token=Kq7vT2mXw9Ls${id}` }),
  );
  const got = answers(await run(lines.join('\n')));
  expect(got.map(({ id }) => id)).toEqual(Array.from({ length: 500 }, (_, id) => id));
  expect(got.every(({ text }) => text === 'token=[REDACTED:token]')).toBe(true);
});

test('each answer is written before the next line is waited for', async () => {
  const child = spawn(process.execPath, [DRIVER]);
  const next = (): Promise<string> =>
    new Promise((resolve) => child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString())));
  try {
    child.stdin.write('{"id":1,"text":"a"}\n');
    expect(JSON.parse(await next())).toMatchObject({ id: 1 });
    child.stdin.write('{"id":2,"text":"b"}\n');
    expect(JSON.parse(await next())).toMatchObject({ id: 2 });
  } finally {
    child.stdin.end();
    await new Promise((resolve) => child.on('close', resolve));
  }
});

test('what is no event gives an error for its line, says nothing of its content, and the rest goes on', async () => {
  const input = [
    '{"id":1,"text":"a"}',
    '{"id":2,"text":"token=Kq7vT2mXw9Ls"',
    '',
    '[]',
    '{"id":3,"argv":"x"}',
    '{"id":4,"env":[1]}',
    '{"id":5,"text":7}',
    '{"id":6,"text":"z"}',
  ].join('\n');
  const result = await run(input);
  const got = answers(result);
  expect(got.map(({ id, line, error }) => [id, line, error])).toEqual([
    [1, undefined, undefined],
    [null, 2, 'not a line of JSON'],
    [null, 4, 'not a JSON object'],
    [3, 5, '"argv" is neither null nor a list of strings'],
    [4, 6, '"env" is neither null nor a list of strings'],
    [5, 7, '"text" is neither null nor a string'],
    [6, undefined, undefined],
  ]);
  expect(result.out.toString()).not.toContain('Kq7vT2mX');
  expect(result.status).toBe(0);
});

test('bytes that are no UTF-8 go through as they are, and the secret beside them does not', async () => {
  const input = Buffer.concat([
    Buffer.from('{"id":1,"text":"caf'),
    Buffer.from([0xe9, 0xff]),
    Buffer.from(' token=Kq7vT2mXw9Ls"}\n'),
  ]);
  const { out } = await run(input);
  expect(
    out.includes(
      Buffer.concat([Buffer.from('caf'), Buffer.from([0xe9, 0xff]), Buffer.from(' token=[REDACTED:token]')]),
    ),
  ).toBe(true);
});

test('a line of several megabytes is answered', async () => {
  const text = `${'an ordinary line of a log\n'.repeat(120_000)}token=Kq7vT2mXw9Ls`;
  const [answer] = answers(await run(`${JSON.stringify({ id: 1, text })}\n`));
  expect(answer?.text).toMatch(/^\[REDACTED:oversize length=\d+ hash=[0-9a-f]{16}\]$/);
});

test('a value that was sensitive on one line is taken out of later ones, but of no other run', async () => {
  const secret = new Random(4).alnum(20);
  const lines = [
    { id: 1, run: 'a', env: [`DB_PASSWORD=${secret}`] },
    { id: 2, run: 'a', path: `/tmp/${secret}` },
    { id: 3, run: 'b', path: `/tmp/${secret}` },
  ];
  const got = answers(await run(lines.map((line) => JSON.stringify(line)).join('\n')));
  expect(got.map(({ path }) => path)).toEqual([null, '/tmp/[REDACTED:password]', `/tmp/${secret}`]);
});

test('--explain adds kind, rule and position of each finding', async () => {
  const [answer] = answers(await run(`${JSON.stringify(EVENT)}\n`, '--explain'));
  expect(answer?.findings).toEqual([
    { field: 'argv[1]', start: 2, end: 14, kind: 'password', rule: 'tool' },
    { field: 'env[0]', start: 12, end: 19, kind: 'password', rule: 'name:password' },
  ]);
});

const RULES = `rules:
  - id: acme-token
    anchors: [acme_]
    alphabet: alnum
    length: 32
    source: https://wiki.example.com/tokens
    samples:
      match: ["deploy acme_9fKq2LmX8vTz4RbN7wYc1JdG5hSp3AeU now"]
      ignore: ["acme_build_directory"]
`;

test('--rules adds rules of the user', async () => {
  const file = join(folder, 'rules.yaml');
  writeFileSync(file, RULES);
  const line = `${JSON.stringify({ id: 1, text: 'deploy acme_9fKq2LmX8vTz4RbN7wYc1JdG5hSp3AeU now' })}\n`;
  expect(answers(await run(line, '--rules', file))[0]?.text).toBe('deploy [REDACTED:acme-token] now');
  expect(answers(await run(line))[0]?.text).toContain('acme_9f');
});

test('an object with none of the fields of an event is said to be none, and not answered with nulls', async () => {
  const [answer] = answers(await run('{"index": "7", "event": {"exec": {"path": "/usr/bin/git"}}}\n'));
  expect(answer).toEqual({ id: null, line: 1, error: 'none of argv, env, path, text is there' });
});

test('--check-rules runs the samples and says how many there were', async () => {
  const file = join(folder, 'good.yaml');
  writeFileSync(file, RULES);
  expect(await run('', '--check-rules', file)).toMatchObject({
    status: 0,
    out: Buffer.from('1 rules, 2 samples, 0 failed\n'),
  });
});

test('--check-rules names the sample that fails, not its text, and exits with 1', async () => {
  const file = join(folder, 'bad.yaml');
  writeFileSync(file, RULES.replace('length: 32', 'length: 40'));
  const { out, status } = await run('', '--check-rules', file);
  expect(status).toBe(1);
  expect(out.toString()).toContain('acme-token: sample 1 of "match" is not found\n');
  expect(out.toString()).not.toContain('9fKq2');
});

test.each([
  ['no list', 'hello: 1\n', /^warder: .* has no list named "rules"\n {2}fix: begin the file with "rules:"/],
  ['a field that does not exist', RULES.replace('length:', 'lenght:'), /^warder: .*unknown field "lenght"/],
  ['an id that is there twice', `${RULES}${RULES.slice(7)}`, /stands there twice/],
  [
    'an unbounded form',
    RULES.replace('alphabet:', 'form: "@[a-z]+"\n    alphabet:'),
    /^warder: .*repetition without a bound/,
  ],
  ['what is no YAML', 'rules: [', /^warder: .*faulty\.yaml: /],
])('--check-rules refuses a file with %s', async (_name, text, message) => {
  const file = join(folder, 'faulty.yaml');
  writeFileSync(file, text);
  const { error, status } = await run('', '--check-rules', file);
  expect(status).toBe(1);
  expect(error).toMatch(message);
});

test('a rule file that is not there is said so, with what to do', async () => {
  const { error, status } = await run('', '--check-rules', join(folder, 'missing.yaml'));
  expect(status).toBe(1);
  expect(error).toMatch(/^warder: cannot read .*missing\.yaml.*\n {2}fix: name a file that can be read/);
});
