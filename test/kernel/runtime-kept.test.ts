/** A runtime that is killed leaves its agents running and governed; the next one knows them, and tells how they end. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { pinnedInstances } from '../../src/kernel/pins.ts';
import { cleanUpKept, eventually, holdRuntime, keptPlace, type Said } from './kept-fixtures.ts';

const POLICY = `
apiVersion: warder.dev/v1
kind: Policy
metadata: {name: kept, scope: fleet}
spec:
  mode: enforce
  exec:
    - allow: [/usr/**, /bin/**]
    - deny: /usr/bin/id
      because: not to be run
  read:
    - allow: ["/**"]
  write:
    - allow: ["\${workspace}/**", /dev/null]
`;

afterEach(cleanUpKept);

/** Every 20 ms: tries the denied program; counts what ran in `ran` and tries in `tries`. Ends when `stop` is there. */
const LOOP = [
  '/bin/sh',
  '-c',
  'while [ ! -e stop ]; do echo >> tries; /usr/bin/id > /dev/null 2>&1 && echo >> ran; /bin/sleep 0.02; done; exit 7',
];

const lines = (path: string) => (existsSync(path) ? readFileSync(path, 'latin1').length : 0);

test('an agent goes on through two runtimes that are killed, and its end is told by the third', async () => {
  const place = keptPlace(POLICY);
  const first = holdRuntime(place);
  expect(await first.hears('ready')).toEqual([]);
  first.ask({ run: LOOP });
  const { run, pid } = await first.hears('started');
  const tries = () => lines(join(place.directory, 'tries'));
  await eventually(() => expect(tries()).toBeGreaterThan(5));
  const execId = (said: Said[]) =>
    said.find((line) => line.event?.process?.pid === pid && line.event?.process?.execId)?.event.process
      .execId;
  await eventually(() => expect(execId(first.said)).toBeTruthy());
  await first.kill();
  const between = tries();
  await eventually(() => expect(tries()).toBeGreaterThan(between + 5));

  const second = holdRuntime(place);
  expect(await second.hears('ready')).toEqual([{ run, pid }]);
  // What waited in the rings is told, under the same names.
  const refused = await second.hears('event', (event) => event.exec?.path === '/usr/bin/id');
  expect(refused).toMatchObject({ run, decision: { rule: { because: 'not to be run' } } });
  await second.hears('event', (event) => event.process?.execId === execId(first.said));
  await second.kill();

  writeFileSync(join(place.directory, 'stop'), '');
  await eventually(() =>
    expect(readdirSync(join(place.directory, 'runtime', 'runs')).some((name) => name.endsWith('.end'))).toBe(
      true,
    ),
  );
  const third = holdRuntime(place);
  expect(await third.hears('ended')).toMatchObject({ run, code: 7, stragglers: 0 });
  await third.hears('event', (event) => event.runEnded?.code === 7);
  expect(lines(join(place.directory, 'ran'))).toBe(0);
  expect(third.said.filter((line) => line.problem)).toEqual([]);
  third.ask({ close: true });
  await third.hears('closed');
  expect(pinnedInstances()).not.toContain(place.instance);
  expect(readdirSync(join(place.directory, 'runtime', 'runs'))).toEqual(['state.json']);
});

test('records are for root alone, hold no secret, and one that was changed gives nothing', async () => {
  const place = keptPlace(POLICY);
  const first = holdRuntime(place);
  first.ask({ run: LOOP });
  const { run } = await first.hears('started');
  await first.kill();
  const path = join(place.directory, 'runtime', 'runs', `${run}.json`);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const text = readFileSync(path, 'utf8');
  expect(text).not.toContain('tok_not_to_be_seen');
  writeFileSync(path, text.replaceAll(`"workspace":"${place.directory}"`, '"workspace":"/"'));
  const tries = () => lines(join(place.directory, 'tries'));
  const second = holdRuntime(place);
  expect(await second.hears('ready')).toEqual([]);
  expect(await second.hears('problem', (said) => String(said).includes('RUNTIME_RECORD'))).toBeTruthy();
  expect(await second.hears('problem', (said) => String(said).includes('RUNTIME_ORPHANS'))).toBeTruthy();
  // Its next program is refused; the shell itself may go on in what it has.
  const at = tries();
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(tries()).toBeGreaterThanOrEqual(at);
  expect(lines(join(place.directory, 'ran'))).toBe(0);
});

test('a runtime that closes in order leaves its runs governed as well', async () => {
  const place = keptPlace(POLICY);
  const first = holdRuntime(place);
  first.ask({ run: LOOP });
  const { run, pid } = await first.hears('started');
  first.ask({ close: true });
  await first.hears('closed');
  const tries = () => lines(join(place.directory, 'tries'));
  const at = tries();
  await eventually(() => expect(tries()).toBeGreaterThan(at + 3));
  const second = holdRuntime(place);
  expect(await second.hears('ready')).toEqual([{ run, pid }]);
  writeFileSync(join(place.directory, 'stop'), '');
  expect(await second.hears('ended')).toMatchObject({ run, code: 7 });
  expect(lines(join(place.directory, 'ran'))).toBe(0);
});
