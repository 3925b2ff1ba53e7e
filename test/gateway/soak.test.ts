/**
 * Runtimes, gateway and consumer, a process each, killed again and again: what the consumer has is what the log has is
 * what the hosts sent, each once. WARDER_SOAK_KILLS=200 for longer.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { exported, openEvidence, verified } from './audit/exported.ts';
import { type Running, run } from './child.ts';
import { cleanUp, eventually, stateDirectory } from './fixtures.ts';

afterEach(cleanUp);

const KILLS = Number(process.env.WARDER_SOAK_KILLS ?? 6);
const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const SPOOL_CHILD = script('../uplink/spool-child.ts');

const takenBy = ({ lines }: Running): number =>
  Number(lines.findLast((line) => line.startsWith('taken'))?.split(' ')[1] ?? 0);

/** Whole lines of a file; none where there is no file. */
function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'latin1').split('\n').slice(0, -1);
  } catch {
    return [];
  }
}

test('killed at random: consumer, log and hosts agree', async () => {
  const state = stateDirectory();
  const spool = stateDirectory();
  const endpoint = join(spool, 'endpoint.json');
  const startGateway = async (): Promise<Running> => {
    const started = run([script('gateway-child.ts'), state]);
    await eventually('the gateway listens', () => started.lines.length > 0, 60_000);
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
      ...run([SPOOL_CHILD, join(spool, 'spool'), endpoint, origin, '100000000', '20', '10']),
      origin,
    };
  };
  let runtime = startRuntime();

  const received = join(stateDirectory(), 'received');
  const startConsumer = (): Running => run([script('consumer-child.ts'), endpoint, received]);
  const consumedSoFar = (): string[] => linesOf(received);
  let consumer = startConsumer();

  for (let kill = 0; kill < KILLS; kill++) {
    const before = takenBy(runtime);
    await eventually('events are taken over', () => takenBy(runtime) > before + 200, 60_000);
    if (kill % 3 === 0) {
      await gateway.kill();
      gateway = await startGateway();
    } else if (kill % 3 === 1) {
      const consumed = consumedSoFar().length;
      await eventually('the consumer is sent events', () => consumedSoFar().length > consumed + 100, 60_000);
      await consumer.kill();
      consumer = startConsumer();
    } else {
      await runtime.kill();
      taken.set(runtime.origin, takenBy(runtime));
      runtime = startRuntime();
    }
  }
  await runtime.kill();
  taken.set(runtime.origin, takenBy(runtime));
  // A last one sends what the others left.
  const last = run([SPOOL_CHILD, join(spool, 'spool'), endpoint, randomUUID(), '20', '20']);
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
  await gateway.kill('SIGTERM');
  const size = await evidence.log.size();
  const again = await startGateway();
  await eventually('the consumer has all', () => consumedSoFar().length >= size, 60_000);
  await Promise.all([consumer.kill(), again.kill()]);
  const consumed = consumedSoFar();

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
