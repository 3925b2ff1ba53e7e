/** The log on a real file: order, exactly once, look-ups, and several openers at a time. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { toLong, toNumber } from '../../../src/contract/int64.ts';
import { type Event, LoggedEvent, SubscribeResponse, Verdict } from '../../../src/contract/messages.ts';
import { logEntry } from '../../../src/gateway/store/entry.ts';
import type { LogFilter } from '../../../src/gateway/store/event-log.ts';
import { openEventLog, type SqliteEventLog } from '../../../src/gateway/store/sqlite-event-log.ts';
import { openGatewayDirectory } from '../../../src/gateway/store/state-directory.ts';
import {
  AGENT,
  cleanUp,
  eventually,
  execEvent,
  execEvents,
  later,
  newOrigin,
  numbered,
  openEvent,
  RUN,
  stateDirectory,
} from '../fixtures.ts';
import { checkWhole } from './children.ts';

afterEach(cleanUp);

function open(state = stateDirectory()): SqliteEventLog {
  openGatewayDirectory(state);
  const log = openEventLog(state);
  later(() => log.close());
  return log;
}

const entries = (events: Event[], from = 1) => numbered(events, from).map(logEntry);

async function all(log: SqliteEventLog, filter?: LogFilter): Promise<LoggedEvent[]> {
  const found: LoggedEvent[] = [];
  for (let from = 0, end = 1; from < end; ) {
    const page = await log.read({ from, filter, limit: 7, maxBytes: 1e6 });
    found.push(...page.rows.map(({ leaf }) => LoggedEvent.decode(leaf)));
    from = page.next;
    end = page.end;
  }
  return found;
}

test('batches sent again and overlapping ones are stored once', async () => {
  const log = open();
  const origin = newOrigin();
  const events = execEvents(30);
  expect(await log.append(origin, entries(events.slice(0, 20)))).toBe(20);
  expect(await log.append(origin, entries(events.slice(0, 20)))).toBe(20);
  expect(await log.append(origin, entries(events.slice(10), 11))).toBe(30);
  expect(await log.append(origin, entries(events.slice(0, 5)))).toBe(30);
  expect(await log.size()).toBe(30);
  expect(await checkWhole(log)).toEqual(new Map([[origin.origin, 30]]));
});

test('appends that wait together are all stored, in the order of the calls', async () => {
  const log = open();
  const [one, two] = [newOrigin(), newOrigin()];
  const done = await Promise.all(
    Array.from({ length: 50 }, (_, at) =>
      log.append(at % 2 ? one : two, entries(execEvents(3), Math.floor(at / 2) * 3 + 1)),
    ),
  );
  expect(done.at(-1)).toBe(75);
  expect(await checkWhole(log)).toEqual(
    new Map([
      [one.origin, 75],
      [two.origin, 75],
    ]),
  );
});

test('origins that differ in host, boot or process alone are apart', async () => {
  const log = open();
  const origin = newOrigin();
  const others = [origin, { ...origin, host: 'host-b' }, { ...origin, boot: origin.origin }, newOrigin()];
  for (const [at, other] of others.entries()) {
    expect(await log.lastSequence(other)).toBe(0);
    expect(await log.append(other, entries(execEvents(at + 1)))).toBe(at + 1);
  }
  for (const [at, other] of others.entries()) expect(await log.lastSequence(other)).toBe(at + 1);
  expect(await log.size()).toBe(10);
});

test('a log that is opened again goes on where it was, with its tree', async () => {
  const state = stateDirectory();
  const origin = newOrigin();
  const first = open(state);
  await first.append(origin, entries(execEvents(300)));
  await first.close();
  const second = open(state);
  expect(await second.lastSequence(origin)).toBe(300);
  expect(await second.append(origin, entries(execEvents(300, 301), 301))).toBe(600);
  expect(await checkWhole(second)).toEqual(new Map([[origin.origin, 600]]));
});

test('two openers of one state directory share one order, and notice each other', async () => {
  const state = stateDirectory();
  const [one, two] = [open(state), open(state)];
  const [originOne, originTwo] = [newOrigin(), newOrigin()];
  let noticed = 0;
  later(
    two.watch(() => {
      noticed++;
    }),
  );
  await one.append(originOne, entries(execEvents(5)));
  await eventually('the other notices', () => noticed > 0, 1000);
  for (let from = 1; from <= 400; from += 40) {
    await Promise.all([
      one.append(originOne, entries(execEvents(40, from + 5), from + 5)),
      two.append(originTwo, entries(execEvents(40, from), from)),
    ]);
  }
  expect(await one.size()).toBe(805);
  expect(await checkWhole(two)).toEqual(
    new Map([
      [originOne.origin, 405],
      [originTwo.origin, 400],
    ]),
  );
});

test('watchers know the size without a look at the database, whoever appended', async () => {
  const state = stateDirectory();
  const [one, two] = [open(state), open(state)];
  const [mine, theirs]: number[][] = [[], []];
  later(one.watch(() => mine!.push(one.knownSize)));
  later(two.watch(() => theirs!.push(two.knownSize)));
  await one.append(newOrigin(), entries(execEvents(5)));
  await one.append(newOrigin(), entries(execEvents(2)));
  one.transaction((append) => append(newOrigin(), entries(execEvents(1))));
  expect(mine).toEqual([5, 7, 8]);
  await eventually('the other knows', () => theirs!.at(-1) === 8, 1000);
});

test('a tile of the tree fills in its row, whose length stays', async () => {
  const log = open();
  const origin = newOrigin();
  const tiles = () =>
    log.database.prepare('SELECT rowid AS row, level, idx, length(hashes) AS bytes FROM tiles').all();
  await log.append(origin, entries(execEvents(3)));
  const first = { ...tiles()[0] };
  expect(first).toMatchObject({ level: 0, idx: 0, bytes: 256 * 32 });
  await log.append(origin, entries(execEvents(5, 4), 4));
  expect(tiles()).toEqual([first]);
  await log.append(origin, entries(execEvents(300, 9), 9));
  expect(tiles().map(({ level, idx }) => `${level}/${idx}`)).toEqual(['0/0', '0/1', '1/0']);
  expect(tiles()[0]).toEqual(first);
  expect(await checkWhole(log)).toEqual(new Map([[origin.origin, 308]]));
});

test('a tile that an earlier version cut behind its hashes is gone on with', async () => {
  const state = stateDirectory();
  const [log, other] = [open(state), open(state)];
  const origin = newOrigin();
  await log.append(origin, entries(execEvents(3)));
  log.database.exec('UPDATE tiles SET hashes = substr(hashes, 1, 3 * 32)');
  await other.append(origin, entries(execEvents(5, 4), 4));
  expect(await checkWhole(log)).toEqual(new Map([[origin.origin, 8]]));
});

test('a read gives no more than its limits, and its cursor leads on', async () => {
  const log = open();
  await log.append(newOrigin(), entries(execEvents(100)));
  expect(await log.read({ from: 0, limit: 10, maxBytes: 1e6 })).toMatchObject({ next: 10, end: 100 });
  const small = await log.read({ from: 10, limit: 10, maxBytes: 1 });
  expect(small).toMatchObject({ next: 11, rows: [{ index: 10 }] });
  expect(await log.read({ from: 100, limit: 10, maxBytes: 1 })).toEqual({ rows: [], next: 100, end: 100 });
});

const run2 = RUN.replace(/1$/, '2');
const refused = { verdict: Verdict.VERDICT_DENY };
const mixed: Event[] = [
  openEvent(1, '/srv/work/src/a.ts'),
  openEvent(2, '/srv/workshop/b.ts'),
  openEvent(3, '/srv/work'),
  { ...execEvent(4), run: run2 },
  { ...execEvent(5), decision: refused },
  { ...execEvent(6), decision: { verdict: Verdict.VERDICT_ALLOW, would: refused } },
  { ...execEvent(7), agent: 'spiffe://warder.test/acme/payments/other' },
  { sequence: null, loss: { counts: [] } },
  { agent: AGENT, run: RUN, runStarted: { argv: ['/srv/work/x'] } },
  { agent: AGENT, run: RUN, exec: { path: '/usr/bin/node', script: '/srv/work/tool.js' } },
];

test.each<[string, LogFilter, number[]]>([
  ['a run', { runs: [run2] }, [4]],
  ['two runs', { runs: [RUN, run2] }, [1, 2, 3, 4, 5, 6, 7, 9, 10]],
  ['an agent by its SPIFFE ID', { agents: ['spiffe://warder.test/acme/payments/other'] }, [7]],
  ['an agent by its last segment', { agents: ['coder'] }, [1, 2, 3, 4, 5, 6, 9, 10]],
  ['an agent by org, team and name', { agents: ['acme/payments/other'] }, [7]],
  [
    'agents, named each in its own way',
    { agents: ['coder', 'acme/payments/other'] },
    [1, 2, 3, 4, 5, 6, 7, 9, 10],
  ],
  ['no such agent', { agents: ['payments'] }, []],
  ['a part of the path of an agent', { agents: ['payments/other'] }, []],
  ['kinds', { kinds: ['open', 'loss'] }, [1, 2, 3, 8]],
  ['run events', { kinds: ['run'] }, [9]],
  ['a verdict in force, or that would be', { verdicts: [Verdict.VERDICT_DENY] }, [5, 6]],
  ['a path: itself, what is under it, a script, and no namesake', { pathPrefix: '/srv/work' }, [1, 3, 10]],
  ['a path with a slash behind', { pathPrefix: '/srv/work/' }, [1, 3, 10]],
  ['the root', { pathPrefix: '/', kinds: ['open'] }, [1, 2, 3]],
  ['several at once', { agents: ['coder'], kinds: ['exec'], runs: [RUN] }, [5, 6, 10]],
])('the log is filtered by %s', async (_, filter, expected) => {
  const log = open();
  await log.append(newOrigin(), entries(mixed));
  expect((await all(log, filter)).map((logged) => toNumber(logged.event!.sequence))).toEqual(expected);
});

test('a filter that matches little is read in bounded steps to the end', async () => {
  const log = open();
  const origin = newOrigin();
  for (let from = 1; from <= 30_000; from += 3000)
    await log.append(origin, entries(execEvents(3000, from), from));
  await log.append(origin, entries([openEvent(30_001, '/etc/passwd')], 30_001));
  const first = await log.read({ from: 0, filter: { kinds: ['open'] }, limit: 10, maxBytes: 1e6 });
  expect(first.rows).toEqual([]);
  expect(first.next).toBeGreaterThan(0);
  expect(first.next).toBeLessThan(30_001);
  expect(await all(log, { kinds: ['open'] })).toHaveLength(1);
});

test('what is read to be sent is what is read, whatever it is bounded by', async () => {
  const log = open();
  const [one, two] = [newOrigin(), { ...newOrigin(), host: 'host-b' }];
  await log.append(one, entries(execEvents(40)));
  await log.append(
    two,
    entries(Array.from({ length: 40 }, (_, at) => openEvent(at, `/tmp/${'x'.repeat(at * 30)}`))),
  );
  await log.append(one, entries(execEvents(20, 41), 41));
  const filters: (LogFilter | undefined)[] = [
    undefined,
    { kinds: ['open'] },
    { hosts: ['host-b'], pathPrefix: '/tmp' },
  ];
  for (const filter of filters) {
    for (const bounds of [
      { limit: 30, maxBytes: 1e6 },
      { limit: 1e3, maxBytes: 3000 },
      { limit: 5, maxBytes: 1 },
    ]) {
      for (const [from, until] of [[0], [35, 90], [60, 60], [99, 1000]] as const) {
        const query = { from, filter, ...bounds, ...(until === undefined ? {} : { until }) };
        const { rows, next, end } = await log.read(query);
        const sent = await log.readSent(query);
        expect(sent).toMatchObject({ next, end });
        expect(rows.every(({ index }) => index < (until ?? end))).toBe(true);
        const { events } = SubscribeResponse.decode(Buffer.concat(sent.pieces));
        expect(events!.map(({ index }) => toNumber(index))).toEqual(rows.map(({ index }) => index));
        expect(events!.map((event) => ({ ...event, index: toLong(0) }))).toEqual(
          rows.map(({ leaf }) => ({ ...LoggedEvent.decode(leaf), index: toLong(0) })),
        );
      }
    }
  }
});

/** What is sent of the log from memory, from an index on. */
function remembered(log: SqliteEventLog, from: number): number[] | undefined {
  const page = log.recent(from, 1e6, 1e9);
  const { events } = SubscribeResponse.decode(Buffer.concat(page?.pieces ?? []));
  return page && events!.map(({ event }) => toNumber(event!.sequence));
}

test('what was appended is there to be sent without being read, and what failed is not', async () => {
  const log = open();
  const origin = newOrigin();
  await log.append(origin, entries(execEvents(3)));
  expect(remembered(log, 0)).toEqual([1, 2, 3]);
  log.onAppend = () => {
    throw new Error('no');
  };
  await expect(log.append(origin, entries(execEvents(2, 4), 4))).rejects.toThrow('no');
  expect(remembered(log, 3)).toBeUndefined();
  log.onAppend = undefined;
  await log.append(origin, entries(execEvents(1, 4), 4));
  expect(remembered(log, 3)).toEqual([4]);
  expect(await checkWhole(log)).toEqual(new Map([[origin.origin, 4]]));
});

test('events that are taken away are not sent from memory, whoever takes them', async () => {
  const state = stateDirectory();
  const [one, two] = [open(state), open(state)];
  later(one.watch(() => {}));
  await one.append(newOrigin(), entries(execEvents(3)));
  one.transaction(() => one.database.exec('DELETE FROM events WHERE idx = 0'));
  expect(remembered(one, 0)).toBeUndefined();
  await one.append(newOrigin(), entries(execEvents(1)));
  expect(remembered(one, 3)).toEqual([1]);
  two.transaction(() => two.database.exec('DELETE FROM events WHERE idx = 1'));
  await eventually('the other lets go of them', () => remembered(one, 3) === undefined, 1000);
});

test('the state directory is 0700, what is in it 0600', async () => {
  const state = join(stateDirectory(), 'deep', 'state');
  const log = open(state);
  await log.append(newOrigin(), entries(execEvents(1)));
  expect(statSync(state).mode & 0o777).toBe(0o700);
  const files = readdirSync(state, { withFileTypes: true }).filter((entry) => entry.isFile());
  expect(files.map(({ name }) => name).sort()).toEqual(['warder.db', 'warder.db-shm', 'warder.db-wal']);
  for (const { name } of files) expect(statSync(join(state, name)).mode & 0o777).toBe(0o600);
});
