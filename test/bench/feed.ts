/**
 * How many events a gateway makes durable that does nothing else: fed over a unix socket by processes of their own, which
 * speak the runtime's stream.
 *
 * Run:  node test/bench/feed.ts [events] [feeders] [directory on the disk to measure]
 * Says: events a second until every one is acknowledged; of the gateway's process CPU per event, how long it waited for a
 *       processor, and its resident set in the first and in the last quarter of the time; then how long questions by run
 *       take at that size.
 */
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Event } from '../../src/contract/messages.ts';
import { queryService } from '../../src/contract/query-service.ts';
import { startGateway } from '../../src/gateway/server.ts';
import type { UplinkEndpoint } from '../../src/runtime/uplink/options.ts';
import { connectUplink } from '../../src/runtime/uplink/uplink.ts';
import { asker, BOOT, execEvent, HOST, openEvent } from '../gateway/fixtures.ts';
import { noteProcess } from './owned.ts';
import { beginClean, cleanUp, ownDirectory } from './place.ts';
import { type Spent, spending } from './spent.ts';

const BATCH = 512;
/** Runs that go on at once, and events of one before one of another. */
const RUNS = 200;
const BURST = 16;
const SELF = new URL(import.meta.url).pathname;

const runOf = (run: number): string => `018f2d3e-0000-7000-8000-${String(run).padStart(12, '0')}`;

/** As agents' work looks: one exec in twenty opens, in bursts of one run. */
function events(count: number): Event[] {
  return Array.from({ length: count }, (_, number) => {
    const event =
      number % 20 === 0
        ? execEvent(number)
        : openEvent(number, `/usr/lib/python3/dist-packages/module/file-${number % 5000}.py`);
    return { ...event, run: runOf(Math.floor(number / BURST) % RUNS) };
  });
}

async function feed(endpoint: UplinkEndpoint, count: number): Promise<void> {
  const origin = { host: HOST, boot: BOOT, origin: randomUUID() };
  const uplink = await connectUplink({ endpoint, origin, version: 'bench' });
  // Made before the time is taken; numbered and encoded by the uplink.
  const some = events(BATCH * 50);
  process.send!('ready');
  await once(process, 'message');
  for (let from = 0; from < count; from += BATCH) {
    const at = from % some.length;
    await uplink.sendEvents(some.slice(at, at + Math.min(BATCH, count - from)));
  }
  await uplink.flush(600_000);
  process.send!('stored');
  await uplink.close();
  process.disconnect();
}

async function serve(stateDirectory: string): Promise<void> {
  const gateway = await startGateway({
    stateDirectory,
    policySource: () => ({ refusal: 'bench' }),
    host: HOST,
    tellsRuntimes: true,
  });
  const { address, tokens, policyKey } = gateway;
  process.send!({ address, token: tokens.runtime, viewer: tokens.viewer, gatewayPublicKey: policyKey });
  let spent = spending();
  process.on('message', (asked) => {
    if (asked === 'begin') spent = spending();
    if (asked === 'end') process.send!(spent());
    if (asked === 'stop') void gateway.stop().then(() => process.exit(0));
  });
}

const residentMiB = (pid: number): number =>
  Math.round(Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024);

/** Of questions for 200 events of a run, from its first and its last: the first, which starts a thread, and 100 more. */
async function questions(address: string, viewer: string): Promise<string> {
  const to = asker({ address }, viewer);
  const times: number[] = [];
  for (let turn = 0; turn <= 100; turn++) {
    const filter = { runs: [runOf(Math.floor(Math.random() * RUNS))] };
    const start = performance.now();
    const { events } = await to(queryService.query, { filter, newestFirst: turn % 2 === 1, pageSize: 200 });
    times.push(performance.now() - start);
    if (events!.length === 0) throw new Error('a run without events');
  }
  const first = times.shift()!;
  times.sort((a, b) => a - b);
  return (
    `200 events of a run, first or last: the first question ${first.toFixed(0)} ms with the start of its thread from sources, ` +
    `then median ${times[50]!.toFixed(0)} ms, worst of 100 ${times[99]!.toFixed(0)} ms`
  );
}

async function measure(count: number, feeders: number, directory?: string): Promise<void> {
  await beginClean();
  const state = ownDirectory(directory);
  const gateway = fork(SELF, ['serve', state], { execArgv: process.execArgv });
  noteProcess(state, gateway.pid!);
  try {
    const [endpoint] = await once(gateway, 'message');
    const each = Math.floor(count / feeders);
    const all = Array.from({ length: feeders }, () =>
      fork(SELF, ['feed', JSON.stringify(endpoint), `${each}`], { execArgv: [] }),
    );
    await Promise.all(all.map((feeder) => once(feeder, 'message')));
    gateway.send('begin');
    const start = performance.now();
    const resident: number[] = [];
    const sampler = setInterval(() => resident.push(residentMiB(gateway.pid!)), 500);
    const stored = all.map((feeder) => once(feeder, 'message'));
    for (const feeder of all) feeder.send('go');
    await Promise.all(stored);
    clearInterval(sampler);
    const seconds = (performance.now() - start) / 1000;
    gateway.send('end');
    const [{ userMs, systemMs, waitedMs }] = (await once(gateway, 'message')) as [Spent];
    const events = each * feeders;
    const micro = (ms: number) => ((ms * 1000) / events).toFixed(1);
    const most = (samples: number[]) => Math.max(0, ...samples);
    const quarter = Math.ceil(resident.length / 4);
    console.log(
      `${events} events of ${feeders} runtimes, ${RUNS} runs: ${Math.round(events / seconds)} events/s in the log; ` +
        `of the gateway ${micro(userMs)} µs user and ${micro(systemMs)} µs system each, ` +
        `its thread waited ${(waitedMs / 1000).toFixed(1)} of ${seconds.toFixed(1)} s for a processor; ` +
        `RSS at most ${most(resident.slice(0, quarter))} MiB in the first quarter, ${most(resident.slice(-quarter))} MiB in the last`,
    );
    console.log(await questions(endpoint.address, endpoint.viewer));
  } finally {
    gateway.send('stop');
    await once(gateway, 'exit');
    await cleanUp();
  }
}

const [what, ...rest] = process.argv.slice(2);
if (what === 'serve') await serve(rest[0]!);
else if (what === 'feed') await feed(JSON.parse(rest[0]!) as UplinkEndpoint, Number(rest[1]));
else await measure(Number(what ?? 500_000), Number(rest[0] ?? 1), rest[1]);
