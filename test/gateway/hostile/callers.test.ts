/** What somebody with a credential of its own can do to the others: a stolen one of a host, a key that reads. */
import { randomUUID } from 'node:crypto';
import { connect } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { afterEach, expect, test } from 'vitest';
import { controlService } from '../../../src/contract/control-service.ts';
import { toLong } from '../../../src/contract/int64.ts';
import { Event, type RuntimeMessage } from '../../../src/contract/messages.ts';
import { queryService } from '../../../src/contract/query-service.ts';
import { shownOf } from '../../../src/gateway/control/shown.ts';
import { LIMITS } from '../../../src/gateway/limits.ts';
import { HostCount } from '../../../src/gateway/stream/host-count.ts';
import {
  AGENT,
  asker,
  cleanUp,
  eventually,
  execEvents,
  gateway,
  HOST,
  later,
  numbered,
  readAll,
} from '../fixtures.ts';
import { attached } from './speak.ts';

afterEach(cleanUp);

test('answers that a caller does not take are few: then it is refused, and others are not', async () => {
  const to = await gateway({ listen: '127.0.0.1:0' });
  const { path } = controlService.listHolds;
  const most = LIMITS[path]!.open!;
  const session = connect(`http://${to.address}`, { settings: { initialWindowSize: 0 } });
  later(() => session.destroy());
  const refused: number[] = [];
  const asked = Array.from({ length: most + 10 }, () => {
    const authorization = `Bearer ${to.tokens.viewer}`;
    const headers = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', authorization };
    const request = session.request(headers);
    request.on('response', (said) => {
      if (said['grpc-status'] !== undefined) refused.push(Number(said['grpc-status']));
    });
    request.on('error', () => {}).end(Buffer.alloc(5));
    return request;
  });
  await eventually('some are refused', () => refused.length === 10);
  expect(new Set(refused)).toEqual(new Set([status.RESOURCE_EXHAUSTED]));
  const ask = asker(to, to.tokens.viewer);
  await expect(ask(controlService.listHolds, {})).rejects.toThrow(/too many calls/);
  expect(await asker(to, to.tokens.operator)(controlService.listHolds, {})).toBeTruthy();
  for (const request of asked) request.close();
  await eventually('free again', () =>
    ask(controlService.listHolds, {}).then(
      () => true,
      () => false,
    ),
  );
});

test('held actions of one host fill neither the list nor the gateway: what another one holds is seen', async () => {
  const to = await gateway();
  const flood = await attached(to);
  const held = (target: string): RuntimeMessage => ({
    held: {
      ...{ id: randomUUID(), run: randomUUID(), agent: AGENT, category: 'exec', target },
      expiresUnixMs: toLong(Date.now() + 600_000),
    },
  });
  for (let n = 0; n < 40; n++) flood.write(held('x'.repeat(60_000)));
  const answers = () => flood.answers.filter(({ holdAnswer }) => holdAnswer).length;
  await eventually('what is too much is answered with no', () => answers() > 20);
  const { holds } = await asker(to, to.tokens.viewer)(controlService.listHolds, {});
  expect(answers() + holds!.length).toBe(40);
  expect(holds!.length).toBeLessThan((1 << 20) / 60_000);
});

test('of each host as much is shown as of any other, and what is left out is counted', () => {
  const of = (host: string, count: number) => Array.from({ length: count }, (_, at) => ({ host, at }));
  const all = [...of('flood', 50), ...of('small', 2), ...of('other', 9)];
  const { shown, leftOut } = shownOf(all, () => 10, 120);
  const count = (name: string) => shown.filter(({ host }) => host === name).length;
  expect(['flood', 'small', 'other'].map(count)).toEqual([5, 2, 5]);
  expect(leftOut).toBe(all.length - 12);
  expect(shown).toEqual(all.filter((one) => shown.includes(one)));
  expect(shownOf(all, () => 10)).toEqual({ shown: all, bytes: 610, leftOut: 0 });
});

test('runs that one host tells of, in all its streams, are a megabyte at most', async () => {
  const to = await gateway();
  const ask = asker(to, to.tokens.viewer);
  const runs = (from: number) =>
    Array.from({ length: 1500 }, (_, at) => ({ run: `${from + at}`.padEnd(400, 'r'), agent: AGENT }));
  const [first, second] = [await attached(to), await attached(to)];
  first.write({ activeRuns: { runs: runs(0) } });
  const listed = async () => (await ask(controlService.listActiveRuns, {})).runs!;
  await eventually('told', async () => (await listed()).length === 1500);
  second.write({ activeRuns: { runs: runs(1500) } });
  await eventually('told', async () => (await listed()).length > 1500);
  const names = (await listed()).map(({ host, run }) => `${host} ${run!.run} ${run!.agent}`.length);
  expect(names.reduce((sum, length) => sum + length)).toBeLessThan(1 << 20);
  second.write({ activeRuns: { runs: [] } });
  await eventually('told', async () => (await listed()).length === 1500);
});

test('what a host may have once it has not once for each stream', () => {
  const count = new HostCount(3);
  expect(Array.from({ length: 5 }, () => count.add('a'))).toEqual([true, true, true, false, false]);
  expect(count.add('b')).toBe(true);
  count.remove('a', 2);
  expect(Array.from({ length: 3 }, () => count.add('a'))).toEqual([true, true, false]);
});

test('fields that no contract has, by the megabyte, are not in the log', async () => {
  const to = await gateway();
  const link = await attached(to);
  const event = Buffer.from(Event.encode(numbered(execEvents(1))[0]!).finish());
  const padding = Buffer.alloc(2 << 20, 'A');
  const unknown = Buffer.concat([Buffer.from([0xfa, 0x3f]), varint(padding.length), padding]);
  const body = Buffer.concat([event, unknown]);
  const batch = Buffer.concat([Buffer.from([0x08, 1, 0x12]), varint(body.length), body]);
  link.write(Buffer.concat([Buffer.from([0x12]), varint(batch.length), batch]));
  await eventually('acknowledged', () => link.answers.some(({ acknowledgement }) => acknowledgement));
  const { rows } = await to.log.read({ from: 0, limit: 1, maxBytes: 1 });
  expect(rows[0]!.leaf.length).toBeLessThan(event.length + 200);
  const { events } = await readAll(to);
  expect(events[0]).toMatchObject({ host: HOST, event: { exec: { path: '/usr/bin/tool-1' } } });
});

test('names of runs by which lists would be filled are refused', async () => {
  const to = await gateway();
  for (const run of ['r'.repeat(65), 'a b', '\u202e1', 'x\0y', '\n']) {
    const link = await attached(to);
    link.write({
      events: { firstSequence: toLong(1), events: numbered([{ ...execEvents(1)[0], run }]) },
    });
    expect((await link.end).details).toMatch(/which is no name of a run/);
  }
  expect(await to.log.size()).toBe(0);
});

test('events of any time are stored, and times past all of them are asked for without a failure', async () => {
  const to = await gateway();
  const link = await attached(to);
  const times = [0n, 2n ** 62n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n];
  const events = times.map((time) => ({ ...execEvents(1)[0], timeUnixNs: toLong(time) }));
  link.write({ events: { firstSequence: toLong(1), events: numbered(events) } });
  await eventually('stored', async () => (await to.log.size()) === times.length);
  const ask = asker(to, to.tokens.viewer);
  const found = async (since: bigint, until: bigint) =>
    (await ask(queryService.query, { sinceUnixNs: toLong(since), untilUnixNs: toLong(until) })).events!
      .length;
  expect(await found(0n, 2n ** 64n - 1n)).toBe(times.length);
  expect(await found(2n ** 63n, 2n ** 64n - 1n)).toBe(0);
});

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; bytes.length === 0 || left > 0; left = Math.floor(left / 128))
    bytes.push((left % 128) | (left >= 128 ? 128 : 0));
  return Buffer.from(bytes);
}
