/** warder query, runs and ps as programs, on a stored run. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cleanUp } from '../gateway/fixtures.ts';
import { AGENT, RUN } from './events.ts';
import { stored, warder } from './program-fixture.ts';
import { recordedRun } from './recorded-run.ts';

let state: string;
beforeAll(async () => {
  state = await stored(recordedRun());
});
afterAll(cleanUp);

const indexes = async (...words: string[]) => {
  const { out, err } = await warder(['query', '--state', state, '--json', ...words]);
  expect(err).toBe('');
  return out
    .split('\n')
    .filter(Boolean)
    .map((line) => Number(JSON.parse(line).index));
};

describe('query', () => {
  test.each([
    [[], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]],
    [
      ['--newest', '--limit', '3'],
      [16, 15, 14],
    ],
    [
      ['--verdict', 'deny'],
      [5, 9, 11, 13],
    ],
    [
      ['--since', '2026-01-01T00:00:00.02Z', '--until', '2026-01-01T00:00:00.023Z'],
      [7, 8, 9],
    ],
    [
      ['--run', 'last', '--process', 'b-2-b'],
      [3, 4, 5, 6, 7],
    ],
    [
      ['--run', RUN.slice(-6), '--kind', 'exec'],
      [1, 4, 9],
    ],
    [['--where', 'argv.exists(a, a.startsWith("https://"))'], [9]],
    [['--path', '/srv/work/a.out'], [12]],
    [['--host', 'nowhere'], []],
  ])('%j', async (words, expected) => {
    expect(await indexes(...(words as string[]))).toEqual(expected);
  });

  test('lines for people hold no control characters, whatever the agent named its files', async () => {
    const { out } = await warder(['query', '--state', state]);
    expect(out.split('\n')).toHaveLength(18);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the point
    expect(out).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f\u202e]/);
    expect(out).toContain('\\x1b[2J\\u{202e}</script>');
  });

  test('fields are left out that were not asked for', async () => {
    const { out } = await warder([
      'query',
      '--state',
      state,
      '--json',
      '--fields',
      'event.exec.path',
      '--kind',
      'exec',
    ]);
    expect(JSON.parse(out.split('\n')[0]!)).toEqual({
      index: '1',
      event: { exec: { path: '/usr/bin/dash' } },
    });
  });

  test.each([
    [['--where', 'nosuch'], 1, /the filter expression cannot be used/],
    [['--run', 'ffff'], 1, /'ffff' is the end of 0 runs' ids/],
    [['--since', 'yesterday'], 2, /Write how long ago/],
    [['--limit', '0'], 2, /whole number from 1/],
  ])('%j ends in words', async (words, status, why) => {
    const ended = await warder(['query', '--state', state, ...(words as string[])]);
    expect(ended.status).toBe(status);
    expect(ended.err).toMatch(why);
  });
});

test('runs has a line for each, and its counts as JSON', async () => {
  const { out } = await warder(['runs', '--state', state]);
  expect(out).toBe(
    `${RUN}  2026-01-01 00:00:00  coder                  0.0 s  status 3          16 events  3 refused  sh build.sh\n`,
  );
  const { out: json } = await warder(['runs', '--state', state, '--json', '--agent', 'coder']);
  expect(JSON.parse(json)).toMatchObject({
    run: RUN,
    agent: AGENT,
    events: '16',
    ended: { code: 3 },
    tallies: expect.arrayContaining([
      { kind: 'exec', verdict: 'VERDICT_DENY', would: 'VERDICT_DENY', events: '1' },
    ]),
  });
  const { out: agents } = await warder(['runs', '--state', state, '--agents', '--json']);
  expect(JSON.parse(agents)).toMatchObject({ agent: AGENT, runs: '1', events: '16' });
  expect((await warder(['runs', '--state', state, '--since', '2027-01-01'])).out).toBe('');
});

test('ps shows the tree, what each ran, how it ended and what was refused', async () => {
  const { out } = await warder(['ps', '--state', state, 'last']);
  expect(out).toBe(
    [
      `run ${RUN} ${AGENT}`,
      '└ 100 /usr/bin/dash build.sh [status 3] 1 refused',
      '  ├ 101 /usr/bin/git status [status 0] 1 refused',
      '  └ 102 /usr/bin/curl https://example.com TERMINATED <- deny /usr/bin/curl (team/demo:coding-agent, policy.yaml:12) [SIGKILL] 1 refused',
      '',
    ].join('\n'),
  );
});
