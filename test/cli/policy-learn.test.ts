/** warder policy learn as a program, from a log and from JSON lines. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventFromJson } from '../../src/cli/event-from-json.ts';
import { eventJson } from '../../src/cli/event-json.ts';
import { Event } from '../../src/contract/messages.ts';
import { cleanUp, stateDirectory } from '../gateway/fixtures.ts';
import { stored, warder } from './program-fixture.ts';
import { recordedRun } from './recorded-run.ts';

let state: string;
beforeAll(async () => {
  state = await stored(recordedRun());
});
afterAll(cleanUp);

test('events come back from their JSON as they were', () => {
  for (const event of recordedRun()) {
    const whole = Event.decode(Event.encode(event).finish());
    const back = eventFromJson(eventJson(whole), 1)!;
    expect(Buffer.from(Event.encode(back).finish())).toEqual(Buffer.from(Event.encode(whole).finish()));
  }
  expect(eventFromJson('{"summary": {}}', 1)).toBeUndefined();
  for (const line of ['x', '[]', '{}', '{"event": 1}'])
    expect(() => eventFromJson(line, 7)).toThrow(/line 7 is no event/);
});

test('a log and its JSON lines teach the same, and the policy passes its own check and what-if', async () => {
  const folder = stateDirectory();
  const file = join(folder, 'learned.yaml');
  const fromLog = await warder([
    'policy',
    'learn',
    '--state',
    state,
    '--run',
    'last',
    '--enforce',
    '--out',
    file,
  ]);
  expect(fromLog.status).toBe(0);
  expect(fromLog.err).toMatch(/warder: \d+ rules for \d+ different actions\n {2}3 actions were refused/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const json = join(folder, 'events.jsonl');
  writeFileSync(json, (await warder(['query', '--state', state, '--json'])).out);
  const fromFile = await warder(['policy', 'learn', '--from', json, '--enforce']);
  const rules = (text: string) => text.replace(/^#.*\n/gm, '');
  expect(rules(fromFile.out)).toBe(rules(readFileSync(file, 'utf8')));
  expect((await warder(['policy', 'check', file])).status).toBe(0);
  const whatIf = await warder(['policy', 'what-if', file, '--state', state]);
  expect([whatIf.status, whatIf.out]).toEqual([
    0,
    expect.stringMatching(/^0 newly refused, 0 newly allowed, 9 the same/),
  ]);
});

test.each([
  [['--run', 'ffff'], /is the end of 0 runs' ids/],
  [['--from', '/nowhere'], /\/nowhere cannot be read/],
])('learn %j ends in words', async (words, why) => {
  const { status, err } = await warder([
    'policy',
    'learn',
    ...words,
    ...(words[0] === '--run' ? ['--state', state] : []),
  ]);
  expect([status, err]).toEqual([1, expect.stringMatching(why)]);
});
