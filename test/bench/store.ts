/**
 * How fast events become durable: into the log directly, and from an uplink over a unix socket in the same
 * process. Then, on the log: reads by run, proofs, export and its check.
 *
 * Run:  node test/bench/store.ts [events] [directory on the disk to measure]
 * Says: events per second until every one is acknowledged, CPU of the process, bytes on disk per event, and the
 *       largest resident set so far; milliseconds of the rest.
 */
import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Event } from '../../src/contract/messages.ts';
import { AuditLog } from '../../src/gateway/audit/audit-log.ts';
import { exportLog } from '../../src/gateway/audit/export.ts';
import { verifyExport } from '../../src/gateway/audit/verify.ts';
import { startGateway } from '../../src/gateway/server.ts';
import { logEntry } from '../../src/gateway/store/entry.ts';
import { openKeyFile } from '../../src/gateway/store/key-file.ts';
import { openEventLog } from '../../src/gateway/store/sqlite-event-log.ts';
import { openGatewayDirectory } from '../../src/gateway/store/state-directory.ts';
import { BOOT, execEvent, HOST, numbered, openEvent } from '../gateway/fixtures.ts';
import { linkTo } from './link.ts';
import { beginClean, cleanUp, ownDirectory } from './place.ts';

const BATCH = 512;
const RUN_EVENTS = 5000;
const count = Number(process.argv[2] ?? 500_000);

/** Runs lie mixed in the log, RUN_EVENTS of each. */
function runOf(number: number): string {
  const run = number % Math.max(1, Math.floor(count / RUN_EVENTS));
  return `018f2d3e-0000-7000-8000-${String(run).padStart(12, '0')}`;
}

/** As an agent's work looks: one exec in twenty opens. */
function events(from: number, length: number): Event[] {
  return Array.from({ length }, (_, at) => {
    const number = from + at;
    const event =
      number % 20 === 0
        ? execEvent(number)
        : openEvent(number, `/usr/lib/python3/dist-packages/module/file-${number % 5000}.py`);
    return { ...event, run: runOf(number) };
  });
}

async function intoLog(state: string): Promise<void> {
  openGatewayDirectory(state);
  const log = openEventLog(state);
  const origin = { host: HOST, boot: BOOT, origin: randomUUID() };
  for (let from = 1; from <= count; from += BATCH * 4) {
    const some = events(from, Math.min(BATCH * 4, count - from + 1));
    await log.append(origin, numbered(some, from).map(logEntry));
  }
  await log.close();
}

async function overUplink(state: string): Promise<void> {
  const gateway = await startGateway({
    stateDirectory: state,
    policySource: () => ({ refusal: 'bench' }),
    host: HOST,
  });
  const uplink = await linkTo(gateway);
  for (let from = 1; from <= count; from += BATCH) {
    await uplink.sendEvents(events(from, Math.min(BATCH, count - from + 1)));
  }
  await uplink.flush(120_000);
  await uplink.close();
  await gateway.stop();
}

async function evidence(state: string): Promise<void> {
  const log = openEventLog(state);
  const key = openKeyFile(state, 'log');
  const audit = new AuditLog(log, key);
  const filter = { runs: [runOf(7)] };
  const file = join(state, 'export');
  await timed('checkpoint', async () => audit.checkpoint());
  await timed('first 512 events of a run', () => log.read({ from: 0, filter, limit: 512, maxBytes: 1e9 }));
  await timed('all events of a run', () => log.read({ from: 0, filter, limit: RUN_EVENTS, maxBytes: 1e9 }));
  await timed('inclusion proof', async () => audit.inclusion(count >> 1, count));
  await timed('export', () => pipeline(exportLog({ log, audit, key }), createWriteStream(file)));
  await timed('verify', async () => {
    const report = await verifyExport(createReadStream(file, { highWaterMark: 1 << 18 }));
    if (report.proven !== count) throw new Error(`proven are ${report.proven} of ${count}`);
  });
  await log.close();
}

async function timed(name: string, work: () => Promise<unknown>): Promise<void> {
  const start = performance.now();
  await work();
  console.log(`  ${name}: ${(performance.now() - start).toFixed(1)} ms`);
}

async function measure(
  name: string,
  write: (state: string) => Promise<void>,
  then?: (state: string) => Promise<void>,
): Promise<void> {
  const state = ownDirectory(process.argv[3]);
  try {
    const cpu = process.cpuUsage();
    const start = performance.now();
    await write(state);
    const seconds = (performance.now() - start) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const files = readdirSync(state, { withFileTypes: true }).filter((entry) => entry.isFile());
    const bytes = files.reduce((sum, file) => sum + statSync(join(state, file.name)).size, 0);
    console.log(
      `${name}: ${Math.round(count / seconds)} events/s; each ${((seconds * 1e6) / count).toFixed(1)} µs, ` +
        `${((user + system) / count).toFixed(1)} µs of CPU, ${Math.round(bytes / count)} bytes on disk; ` +
        `RSS at most ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`,
    );
    await then?.(state);
  } finally {
    await cleanUp();
  }
}

await beginClean();
await measure('log', intoLog, evidence);
await measure('uplink', overUplink);
