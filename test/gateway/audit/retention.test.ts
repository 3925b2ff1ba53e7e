/** What the log lets go of: by age and size, past holds; what remains stays provable, and a gap is told from a theft. */
import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { Retention, SEGMENT_EVENTS } from '../../../src/gateway/audit/retention.ts';
import { OwnEvents } from '../../../src/gateway/own-events.ts';
import { logEntry } from '../../../src/gateway/store/entry.ts';
import {
  AGENT,
  BOOT,
  cleanUp,
  execEvents,
  gateway,
  HOST,
  numbered,
  RUN,
  readAll,
  uplink,
} from '../fixtures.ts';
import { type Evidence, evidence, exported, openEvidence, verified } from './exported.ts';

afterEach(cleanUp);

const DAY = 86_400_000;
const OTHER_RUN = '018f2d3e-0000-7000-8000-0000000000ff';

interface Kept extends Evidence {
  retention: Retention;
  own: OwnEvents;
}

function retained(of: Evidence): Kept {
  const own = new OwnEvents({ log: of.log, origin: { host: HOST, boot: BOOT, origin: randomUUID() } });
  return { ...of, own, retention: new Retention(of.log, own) };
}

/** Three sealed segments and a bit. */
async function threeSegments(): Promise<Kept> {
  return retained(await evidence([SEGMENT_EVENTS, SEGMENT_EVENTS, SEGMENT_EVENTS, 100]));
}

const inDays = (days: number): number => Date.now() + days * DAY;

async function rows({ log }: Evidence): Promise<number> {
  return log.database.prepare('SELECT count(*) AS n FROM events').get()!.n as number;
}

test('by age whole sealed segments go; the rest is proven, the gap is told, and the tree is the same', async () => {
  const kept = await threeSegments();
  const before = kept.audit.latest()!;
  expect(await kept.retention.apply({ ageMs: 90 * DAY })).toEqual({ segments: 0, events: 0, held: 0 });
  const applied = await kept.retention.apply({ ageMs: 90 * DAY }, undefined, inDays(91));
  expect(applied).toEqual({ segments: 3, events: 3 * SEGMENT_EVENTS, held: 0 });
  expect(await rows(kept)).toBe(101);
  kept.audit.check();
  const report = await verified(await exported(kept), {
    key: kept.audit.verifierKey,
    checkpoints: [before.note],
  });
  expect(report).toMatchObject({ ok: true, gone: 3 * SEGMENT_EVENTS, proven: 101, checkpoints: 5 });
  const { size } = kept.audit.checkpoint();
  expect(kept.audit.inclusion(3 * SEGMENT_EVENTS + 7, size).length).toBeGreaterThan(5);
  await expect(kept.log.leaf(5)).rejects.toThrow(/event 5 is not kept any more/);
  // A range that begins behind the gap, and one that has the gap but not the event that tells of it.
  expect((await verified(await exported(kept, { from: 3 * SEGMENT_EVENTS }))).ok).toBe(true);
  await expect(exported(kept, { to: SEGMENT_EVENTS })).rejects.toThrow(
    /event 12388, which says so, is behind the end/,
  );
});

test('a segment with an event of a held run or agent stays until the hold is lifted', async () => {
  const kept = await threeSegments();
  const origin = { host: HOST, boot: BOOT, origin: randomUUID() };
  const other = execEvents(1).map((event) => ({ ...event, run: OTHER_RUN, agent: `${AGENT}-2` }));
  await kept.log.append(origin, numbered(other).map(logEntry));
  await kept.grow(SEGMENT_EVENTS);
  kept.retention.hold({ kind: 'run', name: OTHER_RUN }, 'case 4711');
  expect(await kept.retention.apply({ ageMs: DAY }, undefined, inDays(2))).toMatchObject({
    segments: 3,
    held: 1,
  });
  kept.retention.hold({ kind: 'agent', name: `${AGENT}-2` }, '');
  kept.retention.lift({ kind: 'run', name: OTHER_RUN }, 'case closed');
  expect(await kept.retention.apply({ ageMs: DAY }, undefined, inDays(2))).toMatchObject({
    segments: 0,
    held: 1,
  });
  expect(() => kept.retention.lift({ kind: 'run', name: RUN }, '')).toThrow(/no legal hold on the run/);
  kept.retention.lift({ kind: 'agent', name: `${AGENT}-2` }, '');
  expect(await kept.retention.apply({ ageMs: DAY }, undefined, inDays(2))).toMatchObject({
    segments: 1,
    held: 0,
  });
  const report = await verified(await exported(kept));
  expect(report).toMatchObject({ ok: true, gone: 4 * SEGMENT_EVENTS });
  const said = await readAll(await gateway({ stateDirectory: kept.state }), {
    filter: { kinds: ['gateway'] },
  });
  expect(said.events.map(({ event }) => event!.gateway!.action)).toEqual([
    'hold.placed',
    'retention.applied',
    'hold.placed',
    'hold.lifted',
    'hold.lifted',
    'retention.applied',
  ]);
  expect(said.events.at(-1)!.event!.gateway!.changes).toContainEqual(
    expect.objectContaining({ field: 'gone', after: `0-${4 * SEGMENT_EVENTS - 1}` }),
  );
});

test('by size the oldest go until the rest is small enough', async () => {
  const kept = await threeSegments();
  const half = kept.retention.usedBytes() / 2;
  const { segments } = await kept.retention.apply({ maxBytes: half });
  expect(segments).toBeGreaterThan(0);
  expect(segments).toBeLessThan(3);
  expect(kept.retention.gone()).toEqual([{ from: 0, to: segments * SEGMENT_EVENTS }]);
  expect((await verified(await exported(kept))).ok).toBe(true);
});

test('rows that were stolen are no retention: not from the database, and not from the export', async () => {
  const kept = await threeSegments();
  const whole = await exported(kept);
  kept.log.database.exec('INSERT INTO gone (block, event, swept) VALUES (1, 0, 0)');
  kept.log.database.exec('UPDATE gone SET event = 12000');
  const stolen = await verified(await exported(kept));
  expect(stolen.ok).toBe(false);
  expect(stolen.problems[0]).toMatchObject({ kind: 'removed', index: SEGMENT_EVENTS });
  // In the file: a block's events are taken out and called gone.
  const lines = whole.split('\n');
  const at = lines.findIndex((line) => line.startsWith('hashes 256 '));
  lines.splice(at + 1, 256, 'gone 256 256');
  const cut = await verified(lines.join('\n'));
  expect(cut.problems.map(({ kind, index }) => [kind, index])).toContainEqual(['removed', 256]);
});

test('an event of a retention that somebody writes into the file does not cover a theft', async () => {
  const kept = await threeSegments();
  await kept.retention.apply({ ageMs: DAY }, undefined, inDays(2));
  const told = (await exported(kept)).split('\n').findLast((line) => line.startsWith('event '))!;
  const other = await threeSegments();
  const lines = (await exported(other)).split('\n');
  const at = lines.findIndex((line) => line.startsWith('hashes 0 '));
  lines.splice(at + 1, 256, 'gone 0 256');
  const last = lines.findLastIndex((line) => line.startsWith('event '));
  lines.splice(last, 1, told);
  expect((await verified(lines.join('\n'))).ok).toBe(false);
});

test('what a gateway that was killed had not deleted yet, the next retention deletes', async () => {
  const kept = await threeSegments();
  kept.log.database.exec(`INSERT INTO gone (block, event, swept) VALUES (0, ${await kept.log.size()}, 0)`);
  await kept.retention.apply({});
  expect(await rows(kept)).toBe(2 * SEGMENT_EVENTS + 100);
});

test('a gateway applies its rule at its start, and its time is its own, not that of the hosts', async () => {
  const kept = await threeSegments();
  kept.log.database.exec('UPDATE checkpoints SET time_unix_ms = time_unix_ms - 100 * 86400000');
  const started = await gateway({
    stateDirectory: kept.state,
    recordsLifetime: true,
    retain: { ageMs: 99 * DAY },
  });
  await started.stop();
  expect(openEvidence(kept.state).audit.gone()).toEqual([{ from: 0, to: 3 * SEGMENT_EVENTS }]);
  expect((await verified(await exported(openEvidence(kept.state)))).ok).toBe(true);
});

test('a clock that was wrong for a while makes nothing older, neither what it signed nor what was there before', async () => {
  const kept = await threeSegments();
  const signed = kept.log.database.prepare('UPDATE checkpoints SET time_unix_ms = ? WHERE size = ?');
  const wrong = (ms: number, segments: number) => signed.run(ms, segments * SEGMENT_EVENTS);
  wrong(0, 2);
  expect(await kept.retention.apply({ ageMs: DAY })).toMatchObject({ segments: 0 });
  wrong(Date.now(), 2);
  wrong(inDays(36_500), 1);
  expect(await kept.retention.apply({ ageMs: DAY })).toMatchObject({ segments: 0 });
  // Nor younger for ever.
  expect(await kept.retention.apply({ ageMs: DAY }, undefined, inDays(2))).toMatchObject({ segments: 3 });
});

test('a hold that another process places while a retention looks keeps its segments', async () => {
  const kept = await threeSegments();
  const other = retained(openEvidence(kept.state));
  const transaction = kept.own.transaction.bind(kept.own);
  kept.own.transaction = (work) => {
    if (other.retention.holds().length === 0) other.retention.hold({ kind: 'run', name: RUN }, 'case 4711');
    return transaction(work);
  };
  expect(await kept.retention.apply({ ageMs: DAY }, undefined, inDays(2))).toEqual({
    segments: 0,
    events: 0,
    held: 3,
  });
  expect(kept.retention.gone()).toEqual([]);
});

test('a runtime cannot say what only a gateway says', async () => {
  const to = await gateway();
  const link = await uplink(to, { timeoutMs: 2000 });
  await link.sendEvents([{ gateway: { action: 'approval.given', subject: 'everything' } }]);
  await expect(link.flush(5000)).rejects.toThrow(/an event that only a gateway makes/);
  expect(await to.log.size()).toBe(0);
});
