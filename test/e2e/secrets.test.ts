/**
 * An agent that spills secrets by every route on which the kernel layer tells strings; then everything that Warder wrote or
 * says about the run, live and afterwards, is searched for every one of them, as it is and encoded.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  cleanUp,
  filesUnder,
  finished,
  ORDINARY,
  type Outcome,
  place,
  policyOf,
  start,
  WARDER,
} from './governed.ts';
import { leaks, SPILL } from './spill.ts';

afterAll(cleanUp);

function warder(...args: string[]): Buffer {
  const { stdout, stderr } = spawnSync(WARDER, args, { maxBuffer: 64 << 20 });
  return Buffer.concat([stdout, stderr]);
}

let run: Outcome;
let runId: string;

beforeAll(async () => {
  const at = place(policyOf(ORDINARY));
  writeFileSync(join(at.workspace, 'spill.sh'), SPILL);
  run = await finished(start(at, ['sh', 'spill.sh']), at);
  runId = run.events[0]?.run ?? '';
}, 120_000);

test('the agent did what it was to do: each route left its events, without its secret', () => {
  expect(run.code).toBe(0);
  const told = readFileSync(run.place.events, 'utf8');
  const mark = (pattern: RegExp): void => expect(told).toMatch(pattern);
  mark(/"--password","\[REDACTED:password\]"/);
  mark(/--token=\[REDACTED:/);
  mark(/alice:\[REDACTED:/);
  mark(/-p\[REDACTED:password\]/);
  mark(/DB_PASSWORD=\[REDACTED:password\]/);
  mark(/file-\[REDACTED:github-token\]\.txt/);
  mark(/d-\[REDACTED:gitlab/);
  mark(/"workingDirectory":"[^"]*w-\[REDACTED:github-token\]"/);
  mark(/\/no\/such\/\[REDACTED:github-token\]/);
  mark(/s-\[REDACTED:github-token\]\.sh/);
  mark(/back-\[REDACTED:/);
  expect(run.events.some((event) => event.decision?.verdict === 'VERDICT_DENY')).toBe(true);
});

test('no event on its way out has one', () => {
  expect(leaks('events', readFileSync(run.place.events))).toEqual([]);
});

test('nor does what Warder said on the terminal', () => {
  expect(leaks('stderr', Buffer.from(run.stderr))).toEqual([]);
});

test('nor has any file of the state: database, journal, log, tree', () => {
  const files = filesUnder(run.place.state);
  expect(files.length).toBeGreaterThan(0);
  expect(files.flatMap((file) => leaks(file, readFileSync(file)))).toEqual([]);
});

test.each([
  ['tail'],
  ['tail', '--json'],
  ['query', '--json'],
  ['runs', '--json'],
  ['ps'],
  ['replay'],
  ['report'],
])('nor does `warder %s` show one afterwards', (...args) => {
  const [command] = args;
  const about = command === 'ps' || command === 'replay' || command === 'report' ? [runId] : [];
  const shown = warder(...args, ...about, '--state', run.place.state);
  expect(shown.length).toBeGreaterThan(0);
  expect(leaks(args.join(' '), shown)).toEqual([]);
});
