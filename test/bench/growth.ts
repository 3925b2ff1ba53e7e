/**
 * What grows with what: an agent's open beside the number of rules, runs, processes and components of its path; the gateway's
 * CPU for an event beside subscribers, the size of its log, and runtimes that send to it.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { toLong } from '../../src/contract/int64.ts';
import { subscribe } from '../../src/contract/services.ts';
import type { Gateway } from '../../src/gateway/gateway.ts';
import { startGateway } from '../../src/gateway/server.ts';
import { receivedBatch } from '../../src/gateway/store/received.ts';
import { openEventLog } from '../../src/gateway/store/sqlite-event-log.ts';
import { openGatewayDirectory } from '../../src/gateway/store/state-directory.ts';
import { numberedBatches } from '../../src/runtime/uplink/event-batches.ts';
import { BOOT, execEvents, HOST } from '../gateway/fixtures.ts';
import { type Figure, figure, type Part } from './figure.ts';
import { linkTo } from './link.ts';
import { Kernel, manyRules, rowsOf } from './loops.ts';
import { diskDirectory, workDirectory } from './place.ts';
import { ratio, type Spread } from './statistics.ts';
import { Worker } from './worker.ts';

const OPENS = 1_500;

interface Setting {
  id: string;
  text: string;
  rules?: number;
  runs?: number;
  processes?: number;
  depth?: number;
}

const SETTINGS: readonly Setting[] = [
  ...[10, 100, 1_000, 10_000].map((rules) => ({ id: `rules/${rules}`, text: `${n(rules)} rules`, rules })),
  ...[100, 1_000].map((runs) => ({ id: `runs/${runs}`, text: `${n(runs)} runs known`, runs })),
  ...[100, 2_000].map((processes) => ({
    id: `processes/${processes}`,
    text: `${n(processes)} processes of it`,
    processes,
  })),
  ...[8, 30, 60].map((depth) => ({ id: `depth/${depth}`, text: `a path of ${depth} components`, depth })),
];

function n(count: number): string {
  return count.toLocaleString('en');
}

export async function growthPart(rounds: number): Promise<Part> {
  const figures: Figure[] = [];
  const ratios = await opens(rounds);
  for (const [index, { id, text }] of SETTINGS.entries()) {
    figures.push(figure(`growth/${id}`, `open + close, ${text}`, 'x', ratios[index]!));
  }
  figures.push(...(await logSizes()), ...(await subscribers()), ...(await hosts()));
  return {
    title: 'Growth',
    about: `An open under enforcement, of the same open with nothing attached: 100 rules, one run and a path of 3 components where nothing else is said; medians of ${rounds} turns. Of the gateway: CPU of its process for an event, and of those that send and read in the same process.`,
    figures,
  };
}

/** All settings at once, each a worker and a run of its own, turn by turn. */
async function opens(rounds: number): Promise<Spread[]> {
  const workers: Worker[] = [];
  const directories = SETTINGS.map(({ depth = 3 }) => deep(workDirectory(), depth - 3));
  try {
    for (const directory of directories) workers.push(await Worker.start(directory));
    const bare = await turns(workers, rounds);
    const kernel = new Kernel();
    try {
      kernel.sensor.attach();
      for (const [index, { rules = 100, processes = 0, runs = 0 }] of SETTINGS.entries()) {
        const policy = index + 1;
        kernel.govern(
          workers[index]!,
          policy,
          rowsOf({ rules: manyRules(rules) }, policy, directories[index]!),
        );
        // Of runs that are known and do nothing.
        for (let run = 0; run < runs; run++)
          kernel.sensor.policies.setRun(1_000 * policy + run, policy, { terminate: true });
        if (processes > 0) await workers[index]!.ask(`spawn ${processes}`);
      }
      const tracked = await turns(workers, rounds);
      return tracked.map((times, index) => ratio(times, bare[index]!));
    } finally {
      await kernel.close();
    }
  } finally {
    for (const worker of workers) await worker.end();
  }
}

async function turns(workers: readonly Worker[], rounds: number): Promise<number[][]> {
  const times: number[][] = workers.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, worker] of workers.entries()) times[index]!.push(await worker.ask(`open ${OPENS}`));
  }
  return times;
}

function deep(directory: string, more: number): string {
  const at = join(directory, ...Array.from({ length: Math.max(0, more) }, () => 'd'));
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, 'file'), 'x');
  writeFileSync(join(at, 'denied'), 'x');
  return at;
}

/** CPU for an append where the log is empty, and where it has 200,000 events. */
async function logSizes(): Promise<Figure[]> {
  const state = join(diskDirectory(), 'log');
  openGatewayDirectory(state);
  const log = openEventLog(state);
  const origin = { host: HOST, boot: BOOT, origin: randomUUID() };
  const sizes = [0, 200_000];
  const figures: Figure[] = [];
  let sequence = 0;
  const append = async (count: number): Promise<number> => {
    const groups = [];
    for (let made = 0; made < count; ) {
      const events = execEvents(Math.min(1000, count - made));
      const batches = [...numberedBatches(events, sequence)];
      for (const { message } of batches) groups.push(receivedBatch(Buffer.from(message))!.entries);
      sequence += events.length;
      made += events.length;
    }
    const before = process.threadCpuUsage();
    for (const entries of groups) await log.append(origin, entries);
    const { user, system } = process.threadCpuUsage(before);
    return ((user + system) * 1000) / count;
  };
  await append(10_000);
  for (const size of sizes) {
    while (sequence < size) await append(50_000);
    figures.push(
      figure(
        `growth/log/${size}`,
        `an event appended, ${size === 0 ? 'to an empty log' : `behind ${n(size)}`}`,
        'ns',
        await append(20_000),
      ),
    );
  }
  await log.close();
  return figures;
}

/** Nanoseconds of this process's CPU for each of `count` events that `runtimes` send and `readers` get. */
async function streamed(count: number, runtimes: number, readers: number): Promise<number> {
  const gateway = await startGateway({
    stateDirectory: join(diskDirectory(), 'gateway'),
    policySource: () => ({ refusal: 'bench' }),
    host: HOST,
    recordsLifetime: false,
  });
  const links = await Promise.all(Array.from({ length: runtimes }, () => linkTo(gateway)));
  const clients: Client[] = [];
  let read = 0;
  try {
    for (let index = 0; index < readers; index++)
      clients.push(readerOf(gateway, (events) => (read += events)));
    const each = Math.floor(count / runtimes);
    const pieces = links.map(() => execEvents(each));
    const before = process.cpuUsage();
    await Promise.all(
      links.map(async (link, index) => {
        for (let at = 0; at < each; at += 500) await link.sendEvents(pieces[index]!.slice(at, at + 500));
        await link.flush();
      }),
    );
    while (read < each * runtimes * readers) await new Promise((resolve) => setTimeout(resolve, 2));
    const { user, system } = process.cpuUsage(before);
    return ((user + system) * 1000) / (each * runtimes);
  } finally {
    for (const link of links) link.close();
    for (const client of clients) client.close();
    await gateway.stop();
  }
}

function readerOf(gateway: Gateway, onEvents: (count: number) => void): Client {
  const client = new Client(gateway.address, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
  });
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${gateway.tokens.viewer}`);
  const call = subscribe(client, metadata, { fromIndex: toLong(0) });
  call.on('data', ({ events }: { events: unknown[] }) => onEvents(events.length));
  call.on('error', () => {});
  return client;
}

async function subscribers(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const readers of [0, 1, 16]) {
    figures.push(
      figure(
        `growth/subscribers/${readers}`,
        `an event sent, stored, and read by ${readers} subscribers`,
        'ns',
        await streamed(10_000, 1, readers),
      ),
    );
  }
  return figures;
}

async function hosts(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const runtimes of [1, 10, 100]) {
    figures.push(
      figure(
        `growth/hosts/${runtimes}`,
        `an event from one of ${runtimes} runtimes at one gateway`,
        'ns',
        await streamed(20_000, runtimes, 0),
      ),
    );
  }
  return figures;
}
