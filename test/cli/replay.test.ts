/** warder replay and policy what-if as programs, on a stored run. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cleanUp, stateDirectory } from '../gateway/fixtures.ts';
import { AGENT, RUN } from './events.ts';
import { stored, warder } from './program-fixture.ts';
import { recordedRun } from './recorded-run.ts';

const STRICT = `
apiVersion: warder.dev/v1
kind: Policy
metadata: {name: strict, scope: team/demo}
spec:
  mode: enforce
  exec: [{allow: [/usr/bin/dash, /usr/bin/curl]}]
  read: [{allow: "\${workspace}/**"}]
  write: [{allow: "\${workspace}/**"}]
  connect: [{allow: 192.0.2.0/24:443}]
`;
let state: string;
let policy: string;
beforeAll(async () => {
  state = await stored(recordedRun());
  policy = join(stateDirectory(), 'strict.yaml');
  writeFileSync(policy, STRICT);
});
afterAll(cleanUp);

test('a run is shown as its tree, then its time line, safe for a terminal', async () => {
  const { status, out } = await warder(['replay', '--state', state, 'last']);
  expect(status).toBe(0);
  const lines = out.split('\n');
  expect(lines.slice(0, 7)).toEqual([
    `run ${RUN} ${AGENT}`,
    'began 2026-01-01T00:00:00.000000000Z, 16 events',
    '',
    expect.stringMatching(/^└ 100 \/usr\/bin\/dash build\.sh \[status 3\]/),
    expect.stringMatching(/^ {2}├ 101 \/usr\/bin\/git status/),
    expect.stringMatching(/^ {2}└ 102 \/usr\/bin\/curl/),
    '',
  ]);
  expect(lines[7]).toBe('      #0     0.000         warder       start                sh build.sh');
  expect(out).toContain(
    'PREVENTED  /home/agent/.ssh/id_ed25519 <- deny **/.ssh/** (builtin:credentials): keys and agents',
  );
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the point
  expect(out).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f\u202e]/);
  expect((await warder(['replay', '--state', state, 'last', '--refused'])).out.split('\n')).toHaveLength(12);
});

test('under another policy each difference stands below its event, and is counted', async () => {
  const { status, out } = await warder(['replay', '--state', state, 'last', '--policy', policy, '--refused']);
  expect(status).toBe(1);
  expect(out).toContain('would now be denied <- no exec rule of team/demo:strict allows it');
  expect(out).toContain('would now be allowed <- allow /usr/bin/curl (team/demo:strict, ');
  // git is refused; curl is allowed; the shell, its files, the rename, the connection, the key and the mount stay.
  expect(out).toMatch(/under this policy: 1 newly refused, 1 newly allowed, 7 the same\n$/);
});

test('what-if counts by agent and rule', async () => {
  const { status, out } = await warder(['policy', 'what-if', policy, '--state', state]);
  expect(status).toBe(1);
  expect(out).toBe(
    [
      AGENT,
      '  newly refused: 1 exec <- no exec rule of team/demo:strict allows it',
      '      /usr/bin/git status',
      `  newly allowed: 1 exec <- allow /usr/bin/curl (team/demo:strict, ${policy}:7)`,
      '      /usr/bin/curl https://example.com',
      '1 newly refused, 1 newly allowed, 7 the same, 0 that cannot be decided from the record; 1 runs',
      '',
    ].join('\n'),
  );
  const later = await warder(['policy', 'what-if', policy, '--state', state, '--since', '1h', '--json']);
  expect(later).toEqual({ status: 0, out: '', err: '' });
});

test('an agent that the files have no document for is refused everything', async () => {
  const other = join(stateDirectory(), 'other.yaml');
  writeFileSync(other, STRICT.replace('team/demo', 'team/else'));
  const { out } = await warder(['policy', 'what-if', other, '--state', state]);
  expect(out).toMatch(/6 newly refused, 0 newly allowed, 3 the same/);
  const { out: replayed } = await warder(['replay', '--state', state, 'last', '--policy', other]);
  expect(replayed).toContain(`no policy matches ${AGENT}`);
});

test('without a terminal there are no steps', async () => {
  const { status, err } = await warder(['replay', '--state', state, 'last', '--step']);
  expect([status, err]).toEqual([1, expect.stringMatching(/--step needs a terminal\n {2}fix: leave it out/)]);
});
