/**
 * How fast events become durable: into the log directly, and from an uplink over a unix socket.
 *
 * Run:  node test/bench/store.ts [events] [directory on the disk to measure]
 * Says: events per second until every one is acknowledged, bytes on disk per event, CPU of the JS thread, and
 *       the largest resident set.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Event } from '../../src/contract/messages.ts';
import { startGateway } from '../../src/gateway/server.ts';
import { logEntry } from '../../src/gateway/store/entry.ts';
import { openEventLog } from '../../src/gateway/store/sqlite-event-log.ts';
import { openStateDirectory } from '../../src/gateway/store/state-directory.ts';
import { connectUplink } from '../../src/runtime/uplink.ts';
import { BOOT, execEvent, HOST, numbered, openEvent } from '../gateway/fixtures.ts';

const BATCH = 512;
const count = Number(process.argv[2] ?? 500_000);
const directory = process.argv[3] ?? tmpdir();

/** As an agent's work looks: one exec in twenty opens. */
function events(from: number, length: number): Event[] {
  return Array.from({ length }, (_, at) => {
    const number = from + at;
    return number % 20 === 0
      ? execEvent(number)
      : openEvent(number, `/usr/lib/python3/dist-packages/module/file-${number % 5000}.py`);
  });
}

async function measure(name: string, work: (state: string) => Promise<void>): Promise<void> {
  const state = mkdtempSync(join(directory, 'warder-bench-'));
  try {
    const cpu = process.cpuUsage();
    const start = performance.now();
    await work(state);
    const seconds = (performance.now() - start) / 1000;
    const used = process.cpuUsage(cpu);
    const bytes = readdirSync(state).reduce((sum, file) => sum + statSync(join(state, file)).size, 0);
    console.log(
      `${name}: ${Math.round(count / seconds)} events/s, ${((seconds * 1e6) / count).toFixed(1)} µs each, ` +
        `CPU ${((used.user + used.system) / count).toFixed(1)} µs each, ${(bytes / count).toFixed(0)} bytes each on disk, ` +
        `RSS at most ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`,
    );
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
}

await measure('log', async (state) => {
  openStateDirectory(state);
  const log = openEventLog(state);
  const origin = { host: HOST, boot: BOOT, origin: randomUUID() };
  let before: Promise<unknown> = Promise.resolve();
  for (let from = 1; from <= count; from += BATCH * 4) {
    const entries = numbered(events(from, Math.min(BATCH * 4, count - from + 1)), from).map(logEntry);
    await before;
    before = log.append(origin, entries);
  }
  await before;
  await log.close();
});

await measure('uplink', async (state) => {
  const gateway = await startGateway({
    stateDirectory: state,
    policySource: () => ({ refusal: 'bench' }),
    host: HOST,
  });
  const uplink = await connectUplink({
    address: gateway.address,
    token: gateway.tokens.runtime,
    gatewayPublicKey: gateway.policyKey,
    origin: { host: HOST, boot: BOOT, origin: randomUUID() },
    version: 'bench',
  });
  for (let from = 1; from <= count; from += BATCH) {
    await uplink.sendEvents(events(from, Math.min(BATCH, count - from + 1)));
  }
  await uplink.flush(120_000);
  uplink.close();
  await gateway.stop();
});
