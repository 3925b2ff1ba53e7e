/** Query against a plain search over the same events, over a real socket. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toBigInt, toLong, toNumber } from '../../../src/contract/int64.ts';
import {
  type Event,
  type QueryRequest,
  QueryResponse,
  type Verdict,
} from '../../../src/contract/messages.ts';
import type { Gateway } from '../../../src/gateway/gateway.ts';
import { KINDS, kindOf, pathsOf } from '../../../src/gateway/store/entry.ts';
import { cleanUp, execEvents, gateway, uplink } from '../fixtures.ts';
import {
  type Asker,
  agentName,
  allPages,
  asker,
  BASE_NS,
  callQuery,
  fill,
  numbers,
  runName,
} from './fixture.ts';

const COUNT = 14_000;
let to: Gateway;
let ask: Asker;
let events: Event[];

beforeAll(async () => {
  to = await gateway();
  events = await fill(to, COUNT);
  ask = asker(to);
});
afterAll(cleanUp);

const hostOf = (index: number) => (index < COUNT / 2 ? 'host-a' : 'host-b');

/** The answer by looking at every event. */
function plainly({ filter, sinceUnixNs, untilUnixNs, newestFirst }: QueryRequest): number[] {
  const wants = (list: readonly unknown[] | null | undefined, ...values: unknown[]) =>
    !list?.length || values.some((value) => list.includes(value));
  const found = events.flatMap((event, index) => {
    const time = toBigInt(event.timeUnixNs);
    const verdict = event.decision?.verdict ?? 0;
    const prefix = filter?.pathPrefix;
    const holds =
      wants(filter?.runs, event.run) &&
      wants(
        filter?.agents,
        event.agent,
        event.agent?.split('/').at(-1),
        event.agent?.split('/').slice(3).join('/'),
      ) &&
      wants(filter?.kinds, kindOf(event)) &&
      wants(filter?.verdicts, verdict, event.decision?.would?.verdict ?? verdict) &&
      wants(filter?.hosts, hostOf(index)) &&
      time >= toBigInt(sinceUnixNs) &&
      time < (toBigInt(untilUnixNs) || 2n ** 63n) &&
      (!prefix || pathsOf(event).some((path) => path === prefix || path.startsWith(`${prefix}/`)));
    return holds ? [index] : [];
  });
  return newestFirst ? found.reverse() : found;
}

const random = numbers(7);
const maybe = <T>(odds: number, make: () => T): T | undefined => (random(odds) === 0 ? make() : undefined);

function someRequest(): QueryRequest {
  const since = maybe(2, () => BASE_NS + BigInt(random(COUNT) * 1000));
  const until = maybe(2, () => (since ?? BASE_NS) + BigInt(random(COUNT) * 1000));
  return {
    filter: {
      runs: maybe(3, () => Array.from({ length: 1 + random(2) }, () => runName(random(25)))) ?? [],
      agents:
        maybe(3, () =>
          [agentName(random(8)), `coder-${random(8)}`, `acme/payments/coder-${random(8)}`].slice(random(3)),
        ) ?? [],
      kinds: maybe(2, () => [KINDS[1 + random(6)]!, KINDS[1 + random(6)]!]) ?? [],
      verdicts: maybe(2, () => [1 + random(3)] as Verdict[]) ?? [],
      hosts: maybe(4, () => [`host-${'abc'[random(3)]}`]) ?? [],
      pathPrefix: maybe(4, () => `/srv/work/dir-${random(6)}`) ?? '',
    },
    ...(since === undefined ? {} : { sinceUnixNs: toLong(since) }),
    ...(until === undefined ? {} : { untilUnixNs: toLong(until) }),
    newestFirst: random(2) === 0,
    pageSize: 1 + random(1200),
  };
}

test('random questions get the answers of a plain search, each event once, in order', async () => {
  let answered = 0;
  for (let round = 0; round < 120; round++) {
    const request = someRequest();
    const { events: found } = await allPages(ask, request);
    expect(
      found.map(({ index }) => toNumber(index)),
      JSON.stringify(request),
    ).toEqual(plainly(request));
    answered += found.length;
  }
  expect(answered).toBeGreaterThan(1000);
});

test('pages of one query are about the log as it was at the first', async () => {
  const other = await gateway();
  const link = await uplink(other);
  await link.sendEvents(execEvents(300));
  await link.flush();
  const { client, metadata } = asker(other);
  for (const newestFirst of [false, true]) {
    const first = await callQuery({ client, metadata }, 'query', { pageSize: 100, newestFirst });
    await link.sendEvents(execEvents(50));
    await link.flush();
    const rest = [];
    for (let pageToken = first.nextPageToken; pageToken; ) {
      const page = await callQuery({ client, metadata }, 'query', { pageSize: 100, newestFirst, pageToken });
      rest.push(...(page.events ?? []));
      pageToken = page.nextPageToken;
    }
    const indexes = [...(first.events ?? []), ...rest].map(({ index }) => toNumber(index));
    const size = newestFirst ? 350 : 300;
    const upward = Array.from({ length: size }, (_, index) => index);
    expect(indexes).toEqual(newestFirst ? upward.reverse() : upward);
  }
});

test('a process subtree is that process and all below it', async () => {
  const run = runName(5);
  const { events: found } = await allPages(ask, { filter: { runs: [run] }, process: 'p-101', pageSize: 50 });
  const below = (pid: number): boolean => pid === 101 || (pid > 101 && below(100 + ((pid - 101) >> 1)));
  const expected = events.flatMap(({ run: of, process }, index) =>
    of === run && below(process!.pid!) ? [index] : [],
  );
  expect(found.map(({ index }) => toNumber(index))).toEqual(expected);
  expect(expected.length).toBeGreaterThan(10);
});

test('expressions and field masks hold for queries too', async () => {
  const { events: found } = await allPages(ask, {
    filter: { expression: 'kind == "exec" && path.endsWith("/file-7")' },
    fields: ['event.exec.path'],
  });
  expect(found.length).toBeGreaterThan(0);
  for (const { event, host } of found) {
    expect(JSON.parse(JSON.stringify(event))).toEqual({ exec: { path: expect.stringMatching(/\/file-7$/) } });
    expect(host).toBe('');
  }
});

describe('what cannot be meant is refused', () => {
  const failure = (request: QueryRequest) =>
    callQuery(ask, 'query', request).then(
      () => 'answered',
      (error: { details: string }) => error.details,
    );
  test('a process without its run, or of another', async () => {
    expect(await failure({ process: 'p-1' })).toMatch(/with 0 runs in the filter; name the one run/);
    expect(await failure({ process: 'none', filter: { runs: [runName(5)] } })).toMatch(
      /has no process 'none'/,
    );
  });
  test('a page token of another question, or of nobody', async () => {
    const { nextPageToken } = await callQuery(ask, 'query', { pageSize: 5 });
    expect(await failure({ pageToken: nextPageToken!, newestFirst: true })).toMatch(/is of another question/);
    expect(await failure({ pageToken: "' OR 1" })).toMatch(/token is none of this gateway/);
  });
  test('a kind and an expression that are none', async () => {
    expect(await failure({ filter: { kinds: ['exce'] } })).toMatch(/the kind 'exce'/);
    expect(await failure({ filter: { expression: 'nosuch' } })).toMatch(/expression cannot be used/);
  });
});

test('more questions of one consumer than are taken at once are refused, and it goes on', async () => {
  const many = await Promise.allSettled(
    Array.from({ length: 60 }, () => callQuery(ask, 'query', { pageSize: 10 })),
  );
  const refused = many.filter(({ status }) => status === 'rejected');
  expect(refused.length).toBeGreaterThan(0);
  for (const one of refused) {
    expect((one as PromiseRejectedResult).reason.details).toMatch(
      /GATEWAY_BUSY: viewer has 16 questions open/,
    );
  }
  expect((await callQuery(ask, 'query', {})).events).toHaveLength(200);
});

test('a run that grows while it is asked for is told whole', async () => {
  const run = runName(3);
  const before = await callQuery(ask, 'getProcessTree', { run });
  const { runs } = await callQuery(ask, 'listRuns', { pageSize: 500 });
  const [summary] = runs!.filter((one) => one.run === run);
  const own = events.filter((event) => event.run === run);
  expect(toNumber(summary!.events)).toBe(own.length);
  expect(before.agent).toBe(agentName(3));
  const link = await uplink(to);
  const more: Event[] = [
    { ...own[0]!, forked: {}, process: { execId: 'p-999', parentExecId: 'p-100', pid: 999 } },
    { ...own[0]!, runEnded: { code: 3, signal: 0, stragglers: 0 } },
  ].map(({ fileOpen: _open, exec: _exec, exited: _exit, loss: _loss, ...event }) => event);
  more[1] = { ...more[1]!, forked: null };
  await link.sendEvents(more);
  await link.flush();
  const after = await callQuery(ask, 'getProcessTree', { run });
  expect(after.processes!.map(({ execId }) => execId)).toContain('p-999');
  expect(after.processes).toHaveLength(before.processes!.length + 1);
  const again = await callQuery(ask, 'listRuns', { pageSize: 500 });
  const grown = again.runs!.find((one) => one.run === run)!;
  expect(toNumber(grown.events)).toBe(own.length + 2);
  expect(grown.ended?.code).toBe(3);
  events.push(...more);
});

test('runs and agents have counts by kind and verdict, first and last times', async () => {
  const { runs, nextPageToken } = await callQuery(ask, 'listRuns', { pageSize: 3 });
  expect(runs).toHaveLength(3);
  const second = await callQuery(ask, 'listRuns', {
    pageSize: 500,
    pageToken: nextPageToken!,
  });
  const all = [...runs!, ...second.runs!];
  expect(new Set(all.map(({ run }) => run))).toEqual(new Set(events.map(({ run }) => run)));
  for (const summary of all) {
    const own = events.filter(({ run }) => run === summary.run);
    const counts = new Map<string, number>();
    for (const event of own) {
      const verdict = event.decision?.verdict ?? 0;
      const key = `${kindOf(event)} ${verdict} ${event.decision?.would?.verdict ?? verdict}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const told = summary.tallies!.map(
      ({ kind, verdict, would, events: n }) => [`${kind} ${verdict} ${would}`, toNumber(n)] as const,
    );
    expect(new Map(told)).toEqual(counts);
    expect(toBigInt(summary.firstUnixNs)).toBe(toBigInt(own[0]!.timeUnixNs));
  }
  const only = await callQuery(ask, 'listRuns', { agents: ['coder-2'], pageSize: 500 });
  const path = agentName(2).split('/').slice(3).join('/');
  expect(await callQuery(ask, 'listRuns', { agents: [path], pageSize: 500 })).toEqual(only);
  expect(new Set(only.runs!.map(({ agent }) => agent))).toEqual(new Set([agentName(2)]));
  const { agents } = await callQuery(ask, 'listAgents', {});
  expect(agents!.reduce((sum, one) => sum + toNumber(one.events), 0)).toBe(events.length);
  expect(agents!.map(({ agent }) => agent).sort()).toEqual(
    [...new Set(events.map(({ agent }) => agent))].sort(),
  );
});

test('a tree of many programs with long arguments comes in pages that a client takes, its arguments cut', async () => {
  const other = await gateway();
  const long = Array.from({ length: 60 }, (_, at) => `--argument-${at}=${'x'.repeat(60)}`);
  const many = Array.from({ length: 3000 }, (_, at): Event => {
    const execId = `p-${Math.floor(at / 2)}`;
    const process = { execId, parentExecId: '', pid: 1 + Math.floor(at / 2) };
    return { ...execEvents(1, at + 1)[0]!, process, exec: { path: '/usr/bin/x', argv: ['x', ...long] } };
  });
  const link = await uplink(other);
  await link.sendEvents(many);
  await link.flush();
  const { client, metadata } = asker(other);
  const { run } = many[0]!;
  const seen: string[] = [];
  let pages = 0;
  for (let pageToken = '', over = false; !over; pages++) {
    const page = await callQuery({ client, metadata }, 'getProcessTree', {
      run: run!,
      pageSize: 5000,
      pageToken,
    });
    for (const { execId, programs } of page.processes!) {
      seen.push(execId!);
      expect(programs).toHaveLength(2);
      expect(programs![0]!.exec!.argvCut).toBe(true);
      expect(programs![0]!.exec!.argv!.join(' ').length).toBeLessThanOrEqual(1000);
    }
    pageToken = page.nextPageToken ?? '';
    over = pageToken === '';
  }
  expect(pages).toBeGreaterThan(2);
  expect(seen).toEqual(Array.from({ length: 1500 }, (_, at) => `p-${at}`));
});

test('events that are long come in pages that a client takes', async () => {
  const other = await gateway();
  const argv = Array.from({ length: 30 }, (_, at) => `--argument-${at}=${'x'.repeat(900)}`);
  const many = execEvents(100).map((event) => ({ ...event, exec: { ...event.exec, argv } }));
  const link = await uplink(other);
  await link.sendEvents(many);
  await link.flush();
  const { client, metadata } = asker(other);
  const indexes: number[] = [];
  for (let pageToken = '', over = false; !over; ) {
    const page = await callQuery({ client, metadata }, 'query', { pageSize: 1000, pageToken });
    expect(QueryResponse.encode(page).finish().length).toBeLessThan((1 << 20) + 1000);
    indexes.push(...page.events!.map(({ index }) => toNumber(index)));
    pageToken = page.nextPageToken ?? '';
    over = pageToken === '';
  }
  expect(indexes).toEqual(Array.from({ length: indexes.length }, (_, at) => at));
  expect(indexes.length).toBeGreaterThanOrEqual(100);
});
