/**
 * Runtimes, gateway and consumer killed again and again: what the consumer has is what the log has is what the hosts
 * sent, each once. WARDER_SOAK_KILLS=200 for longer.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { toLong, toNumber } from '../../src/contract/int64.ts';
import { subscribe } from '../../src/contract/services.ts';
import type { Gateway } from '../../src/gateway/server.ts';
import { exported, openEvidence, verified } from './audit/exported.ts';
import { bearer, cleanUp, clientOf, eventually, later, stateDirectory } from './fixtures.ts';

afterEach(cleanUp);

const KILLS = Number(process.env.WARDER_SOAK_KILLS ?? 4);
const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

interface Running {
  process: ChildProcess;
  lines: string[];
  kill(): Promise<void>;
}

function run(name: string, args: readonly string[]): Running {
  const child = spawn(process.execPath, [script(name), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  const lines: string[] = [];
  createInterface({ input: child.stdout! }).on('line', (line) => lines.push(line));
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  later(kill);
  return { process: child, lines, kill };
}

const takenBy = ({ lines }: Running): number =>
  Number(lines.findLast((line) => line.startsWith('taken'))?.split(' ')[1] ?? 0);

test('killed at random: consumer, log and hosts agree', async () => {
  const state = stateDirectory();
  const spool = stateDirectory();
  const endpoint = join(spool, 'endpoint.json');
  let described = {} as Gateway;
  const startGateway = async (): Promise<Running> => {
    const started = run('gateway-child.ts', [state]);
    await eventually('the gateway listens', () => started.lines.length > 0, 60_000);
    described = JSON.parse(started.lines[0]!);
    writeFileSync(`${endpoint}.new`, started.lines[0]!);
    renameSync(`${endpoint}.new`, endpoint);
    return started;
  };
  let gateway = await startGateway();

  /** By origin: the highest sequence that a runtime said it took over. */
  const taken = new Map<string, number>();
  const startRuntime = (): Running & { origin: string } => {
    const origin = randomUUID();
    return {
      ...run('../uplink/spool-child.ts', [join(spool, 'spool'), endpoint, origin, '100000000', '20', '10']),
      origin,
    };
  };
  let runtime = startRuntime();

  const consumed: string[] = [];
  let cursor = 0;
  let consuming = true;
  const consumer = (async () => {
    while (consuming) {
      try {
        const call = subscribe(clientOf(described), bearer(described.tokens.viewer), {
          fromIndex: toLong(cursor),
        });
        for await (const { events, nextIndex } of call) {
          for (const { origin, event, index } of events ?? []) {
            consumed.push(`${toNumber(index)} ${origin} ${toNumber(event!.sequence)}`);
          }
          cursor = toNumber(nextIndex);
          if (!consuming || Math.random() < 0.02) {
            call.on('error', () => {});
            call.cancel();
            break;
          }
        }
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 20)); // the gateway is away
      }
    }
  })();

  for (let kill = 0; kill < KILLS; kill++) {
    const before = takenBy(runtime);
    await eventually('events are taken over', () => takenBy(runtime) > before + 200, 60_000);
    if (kill % 2 === 0) {
      await gateway.kill();
      gateway = await startGateway();
    } else {
      await runtime.kill();
      taken.set(runtime.origin, takenBy(runtime));
      runtime = startRuntime();
    }
  }
  await runtime.kill();
  taken.set(runtime.origin, takenBy(runtime));
  // A last one sends what the others left.
  const last = run('../uplink/spool-child.ts', [join(spool, 'spool'), endpoint, randomUUID(), '20', '20']);
  await eventually('its own are acknowledged', () => last.lines.includes('acknowledged'), 60_000);
  const evidence = openEvidence(state);
  const stored = async (origin: string): Promise<number> => {
    const row = evidence.log.database
      .prepare('SELECT max(last_sequence) AS n FROM origins WHERE origin = ?')
      .get(origin);
    return (row?.n as number | null) ?? 0;
  };
  // The last one ends with its own events; runtimes are long-lived otherwise, so give the leftovers one that stays.
  const sender = startRuntime();
  for (const [origin, count] of taken)
    await eventually(`${origin} is in the log`, async () => (await stored(origin)) >= count, 120_000);
  await sender.kill();
  gateway.process.kill('SIGTERM');
  await once(gateway.process, 'close');
  const size = await evidence.log.size();
  const again = await startGateway();
  await eventually('the consumer has all', () => cursor >= size, 60_000);
  consuming = false;
  await again.kill();
  await consumer;

  // Consumer and log: the same events, in one order, each once.
  const { rows } = await evidence.log.read({ from: 0, limit: 10_000_000, maxBytes: 1e10 });
  const indexes = consumed.map((line) => Number(line.split(' ')[0]));
  expect(indexes).toEqual(Array.from({ length: indexes.length }, (_, at) => at));
  expect(indexes.length).toBeLessThanOrEqual(rows.length);
  // Log and hosts: each origin's sequences from 1, without a hole.
  const sequences = new Map<string, number>();
  for (const line of consumed) {
    const [, origin = '', sequence = ''] = line.split(' ');
    expect(Number(sequence), line).toBe((sequences.get(origin) ?? 0) + 1);
    sequences.set(origin, Number(sequence));
  }
  for (const [origin, count] of taken) expect(sequences.get(origin) ?? 0).toBeGreaterThanOrEqual(count);
  expect((await verified(await exported(evidence))).ok).toBe(true);
}, 3_600_000);
