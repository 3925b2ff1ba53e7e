/** What a gateway makes of clients that do not follow the contract. */
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { status } from '@grpc/grpc-js';
import { afterEach, expect, test } from 'vitest';
import { budgetService } from '../../../src/contract/budget-service.ts';
import { controlService } from '../../../src/contract/control-service.ts';
import { keyService } from '../../../src/contract/identity-service.ts';
import { toLong } from '../../../src/contract/int64.ts';
import type { RuntimeMessage } from '../../../src/contract/messages.ts';
import { attach, runtimeService, type Sendable } from '../../../src/contract/services.ts';
import { HostPace, OF_HOSTS } from '../../../src/gateway/limits.ts';
import {
  AGENT,
  asker,
  bearer,
  cleanUp,
  clientOf,
  eventually,
  execEvents,
  gateway,
  HOST,
  newOrigin,
  numbered,
  readAll,
  uplink,
} from '../fixtures.ts';
import { attached, hello, speak } from './speak.ts';

afterEach(cleanUp);

const batch = (first: number, count: number): RuntimeMessage => ({
  events: { firstSequence: toLong(first), events: numbered(execEvents(count, first), first) },
});

test.each<[string, Sendable<RuntimeMessage>[], RegExp]>([
  ['events before a hello', [batch(1, 1)], /first message is not a hello/],
  ['a second hello', [hello(), hello()], /a second hello/],
  ['no host', [hello({ host: '' })], /host name ""/],
  ['a host that is no name', [hello({ host: '../../etc' })], /host name "\.\.\/\.\.\/etc"/],
  ['a boot that is no UUID', [hello({ boot: 'x' })], /not both UUIDs/],
  ['an origin that is no UUID', [hello({ origin: `${randomUUID()}\n` })], /not both UUIDs/],
  ['an empty batch', [hello(), { events: { firstSequence: toLong(1), events: [] } }], /batch of 0 events/],
  ['a batch from 0', [hello(), batch(0, 3)], /batch of 3 events from sequence 0/],
  [
    'a batch with a hole',
    [
      hello(),
      {
        events: {
          firstSequence: toLong(1),
          events: [...numbered(execEvents(1)), ...numbered(execEvents(1), 3)],
        },
      },
    ],
    /event 1 out of order/,
  ],
  [
    'a batch that lies about its start',
    [hello(), { events: { ...batch(5, 2).events, firstSequence: toLong(4) } }],
    /out of order/,
  ],
  [
    'a sequence past 2^53',
    [hello(), { events: { firstSequence: toLong(2n ** 60n), events: [] } }],
    /cannot be taken exactly/,
  ],
  ['a message of no kind', [hello(), {}], /of no kind/],
  [
    'an event of an agent with a forged id',
    [
      hello(),
      {
        events: {
          firstSequence: toLong(1),
          events: numbered([{ ...execEvents(1)[0], agent: 'spiffe://a/b\n/coder' }]),
        },
      },
    ],
    /no agent's SPIFFE ID/,
  ],
  ['a policy for no agent', [hello(), { policyRequest: { agent: '', run: '' } }], /is not the SPIFFE ID/],
  [
    'successors of more than anybody can have',
    [hello(), { policyRequest: { agent: AGENT, follows: Array.from({ length: 17 }, () => randomUUID()) } }],
    /17 earlier processes/,
  ],
  [
    'a successor of what is no process',
    [hello(), { policyRequest: { agent: AGENT, follows: [`../host-b/${randomUUID()}`] } }],
    /1 earlier processes, at most 16 UUIDs/,
  ],
  [
    'a policy for a path',
    [hello(), { policyRequest: { agent: 'spiffe://a/../b c', run: '' } }],
    /is not the SPIFFE ID/,
  ],
])('%s: refused, and said why', async (_, messages, why) => {
  const to = await gateway();
  const { code, details } = await speak(to, messages).end;
  expect(code).toBe(status.INVALID_ARGUMENT);
  expect(details).toMatch(why);
  expect(await to.log.size()).toBe(0);
});

test('bytes that are no message end the stream and nothing else', async () => {
  const to = await gateway();
  const link = await uplink(to);
  const garbage = [
    Buffer.from('ffffffffffffffffffff', 'hex'),
    Buffer.from('0a05ffff', 'hex'),
    Buffer.from('0a030a01ff', 'hex'),
  ];
  for (const bytes of garbage) {
    const { code } = await speak(to, [bytes]).end;
    expect(code).toBe(status.INTERNAL);
  }
  await link.sendEvents(execEvents(3));
  await link.flush();
});

test('bytes that are no HTTP/2 end the connection and nothing else', async () => {
  const to = await gateway();
  const link = await uplink(to);
  const socket = connect(to.address.slice('unix:'.length));
  socket.on('error', () => {}).resume();
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(Buffer.alloc(10_000, 'A'));
  await closed;
  await link.sendEvents(execEvents(3));
  await link.flush();
});

test('a message past the size limit is refused', async () => {
  const to = await gateway();
  const { code, details } = await speak(to, [hello(), Buffer.alloc(5 * 1024 * 1024)]).end;
  expect(code).toBe(status.RESOURCE_EXHAUSTED);
  expect(details).toMatch(/larger than max/);
});

test("a runtime's token speaks for its own host only", async () => {
  const to = await gateway();
  const { code, details } = await speak(to, [hello({ host: 'host-b' }), batch(1, 1)]).end;
  expect(code).toBe(status.PERMISSION_DENIED);
  expect(details).toContain(`may speak for host '${HOST}' only, not for 'host-b'`);
  expect(await to.log.size()).toBe(0);
});

test('origin, host and boot in the log are those of the hello: an event has no say in them', async () => {
  const to = await gateway();
  const origin = newOrigin();
  const spoken = speak(to, [{ hello: { ...origin, version: 'test' } }, batch(1, 2)]);
  await eventually('stored', async () => (await to.log.size()) === 2);
  const { events } = await readAll(to);
  for (const logged of events) expect(logged).toMatchObject(origin);
  expect(spoken.answers[0]!.welcome).toBeTruthy();
});

test('an origin that attaches anew takes over from its old stream', async () => {
  const to = await gateway();
  const origin = newOrigin();
  const old = speak(to, [{ hello: { ...origin, version: 'test' } }, batch(1, 2)]);
  await eventually('acknowledged', () => old.answers.length === 2);
  const fresh = speak(to, [{ hello: { ...origin, version: 'test' } }]);
  expect(await old.end).toMatchObject({ code: status.ABORTED });
  await eventually('welcomed', () => fresh.answers.length === 1);
  expect(fresh.answers[0]!.welcome!.lastSequence).toEqual(toLong(2));
});

test('a client that sends and never reads is bounded by its own stream', async () => {
  const to = await gateway();
  const call = attach(clientOf(to), bearer(to.tokens.runtime));
  call.on('error', () => {});
  call.pause();
  call.write(hello());
  const before = process.memoryUsage().rss;
  const message = runtimeService.attach.requestSerialize({
    policyRequest: { agent: 'spiffe://warder.test/a/b/c', run: '' },
  });
  for (let n = 0; n < 20_000; n++) call.write(message);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const link = await uplink(to);
  await link.sendEvents(execEvents(1));
  await link.flush();
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
});

test('a host that talks without end is heard at its pace, and costs nobody else anything', async () => {
  const to = await gateway();
  const before = process.memoryUsage().rss;
  const flood = speak(to, [hello()]);
  const { perSecond, burst } = OF_HOSTS.words;
  const message = runtimeService.attach.requestSerialize({ heartbeat: {} });
  const secondsToHear = 14;
  for (let n = 0; n < burst + secondsToHear * perSecond; n++) flood.write(message);
  flood.write({ policyRequest: { agent: AGENT } });
  const link = await uplink(to);
  await link.sendEvents(execEvents(100));
  await link.flush();
  // All of it is heard in half a second where nobody waits.
  await new Promise((resolve) => setTimeout(resolve, 4000));
  expect(flood.answers.filter(({ policy }) => policy)).toEqual([]);
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
}, 60_000);

test('a host that must wait keeps neither another one waiting nor its own events', async () => {
  const pace = new HostPace();
  let isOpen = true;
  const tries = 3 * OF_HOSTS.words.burst;
  let heard = 0;
  const flood = Array.from({ length: tries }, () =>
    pace.turn('north', 'words', () => isOpen).then(() => heard++),
  );
  await pace.turn('south', 'words', () => true);
  await pace.turn('north', 'batches', () => true);
  expect(heard).toBeLessThan(tries);
  isOpen = false;
  await Promise.all(flood);
});

test("an agent's key approves nothing, commands nothing, and what it tried is in the log", async () => {
  const to = await gateway();
  const made = { name: 'sdk', roles: ['agent'], validSeconds: 600 };
  const { key } = await asker(to, to.tokens.operator)(keyService.createKey, made);
  const agent = asker(to, key!);
  const tries = [
    () => agent(controlService.answerHold, { id: randomUUID(), allow: true }),
    () => agent(controlService.listHolds, {}),
    () => agent(controlService.commandRun, { run: randomUUID(), kind: 2 }),
    () => agent(keyService.createKey, { name: 'me', roles: ['approver'], validSeconds: 600 }),
  ];
  for (const one of tries) await expect(one()).rejects.toThrow(/sdk has the roles \[agent\]/);
  const { events } = await readAll(to);
  const refused = events.filter(({ event }) => event?.gateway?.action === 'login.refused');
  expect(refused.map(({ event }) => event!.gateway!.subject)).toEqual([
    controlService.answerHold.path,
    controlService.listHolds.path,
    controlService.commandRun.path,
    keyService.createKey.path,
  ]);
});

/** Bytes in use once nothing is left to be collected. */
function heap(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

test('floods of budgets, runs, questions and reports that nobody has leave memory as it was', async () => {
  const to = await gateway();
  const { key } = await asker(to, to.tokens.operator)(keyService.createKey, {
    ...{ name: 'sdk', roles: ['agent'], validSeconds: 600 },
  });
  const agent = asker(to, key!);
  const link = await attached(to);
  const text = 'x'.repeat(1000);
  const round = async (): Promise<void> => {
    for (let n = 0; n < 300; n++) {
      const name = `${text}${n}${Math.random()}`;
      const reports = [{ layer: name, resource: 'execs', used: toLong(5), windowUnixS: toLong(n) }];
      link.write({ budgetReports: { reports } });
      link.write({ activeRuns: { runs: [{ run: name, agent: AGENT }] } });
      link.write({ commandResult: { id: name, done: true } });
      link.write({ heartbeat: {} });
    }
    const spent = (n: number) => ({
      key: `k${n}`,
      agent: AGENT,
      costMicros: toLong(1),
      currency: 'USD',
      what: '',
    });
    await Promise.allSettled(
      Array.from({ length: 100 }, (_, n) => agent(budgetService.reportUsage, { ...spent(n), key: text })),
    );
    await agent(budgetService.reportUsage, spent(Math.floor(Math.random() * 1e9)));
  };
  await round();
  await round();
  const before = heap();
  for (let n = 0; n < 6; n++) await round();
  // 1,800 messages of four kinds, a kilobyte each: kept, they would be more than 5 MB.
  expect(heap() - before).toBeLessThan(3_000_000);
  expect(
    (
      await agent(budgetService.reportUsage, {
        ...{ key: 'last', agent: AGENT, costMicros: toLong(1), currency: 'USD' },
      })
    ).again,
  ).toBe(false);
}, 60_000);
