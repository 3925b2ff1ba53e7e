/**
 * A log of a few blocks with many agents, runs, kinds, verdicts and times in no order, and a client to ask it.
 */
import { randomUUID } from 'node:crypto';
import type { Client, Metadata } from '@grpc/grpc-js';
import { toLong } from '../../../src/contract/int64.ts';
import {
  type Decision,
  type Event,
  type LoggedEvent,
  type QueryRequest,
  Verdict,
} from '../../../src/contract/messages.ts';
import { type QueryMethod, queryService } from '../../../src/contract/query-service.ts';
import { requestUnary, type UnaryMethod } from '../../../src/contract/unary.ts';
import type { Gateway } from '../../../src/gateway/gateway.ts';
import { logEntry } from '../../../src/gateway/store/entry.ts';
import { BOOT, bearer, clientOf, numbered } from '../fixtures.ts';

export const BASE_NS = 1_767_225_600_000_000_000n;
export const agentName = (number: number) => `spiffe://warder.test/acme/payments/coder-${number}`;
export const runName = (number: number) => `018f2d3e-0000-7000-8000-${String(number).padStart(12, '0')}`;

/** The same numbers each time: what fails can be looked at. */
export function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const VERDICTS = [Verdict.VERDICT_ALLOW, Verdict.VERDICT_HOLD, Verdict.VERDICT_DENY];

export function someEvent(at: number, random: (below: number) => number): Event {
  const run = Math.floor(at / 700) + random(3);
  const pid = 100 + random(20);
  const decision: Decision = { verdict: random(10) === 0 ? VERDICTS[random(3)]! : Verdict.VERDICT_ALLOW };
  if (random(20) === 0) decision.would = { verdict: Verdict.VERDICT_DENY };
  const path = `/srv/work/dir-${random(5)}/file-${random(50)}`;
  const details: Partial<Event>[] = [
    { fileOpen: { path, read: true } },
    { exec: { path, argv: [path, `--at=${at}`] } },
    { forked: {} },
    { exited: { code: random(3) } },
    { loss: { counts: [] } },
  ];
  return {
    // Two hosts' clocks, and events that come late.
    timeUnixNs: toLong(
      BASE_NS + BigInt(at * 1000 + random(200_000) - (random(50) === 0 ? 1_000_000 : 0) + 1_000_000),
    ),
    agent: agentName(run % 7),
    run: runName(run),
    process: { execId: `p-${pid}`, parentExecId: pid > 100 ? `p-${100 + ((pid - 101) >> 1)}` : '', pid },
    decision,
    ...details[random(5)],
  };
}

export async function fill(to: Gateway, count: number, seed = 1): Promise<Event[]> {
  const random = numbers(seed);
  const events = Array.from({ length: count }, (_, at) => someEvent(at, random));
  for (const host of ['host-a', 'host-b']) {
    const half = events.slice(host === 'host-a' ? 0 : count / 2, host === 'host-a' ? count / 2 : count);
    await to.log.append({ host, boot: BOOT, origin: randomUUID() }, numbered(half).map(logEntry));
  }
  return events;
}

export interface Asker {
  client: Client;
  metadata: Metadata;
}

export function asker(to: Gateway): Asker {
  return { client: clientOf(to), metadata: bearer(to.tokens.viewer) };
}

type Shapes<M extends QueryMethod> =
  (typeof queryService)[M] extends UnaryMethod<infer Q, infer R> ? [Q, R] : never;

export function callQuery<M extends QueryMethod>(
  { client, metadata }: Asker,
  method: M,
  request: Shapes<M>[0],
): Promise<Shapes<M>[1]> {
  return requestUnary(
    client,
    queryService[method] as UnaryMethod<Shapes<M>[0], Shapes<M>[1]>,
    request,
    metadata,
  );
}

/** All pages of a query. */
export async function allPages(
  { client, metadata }: Asker,
  request: QueryRequest,
): Promise<{ events: LoggedEvent[]; pages: number }> {
  const events: LoggedEvent[] = [];
  let pageToken = '';
  let pages = 0;
  do {
    const answer = await callQuery({ client, metadata }, 'query', { ...request, pageToken });
    events.push(...(answer.events ?? []));
    pageToken = answer.nextPageToken ?? '';
    pages++;
  } while (pageToken !== '');
  return { events, pages };
}
