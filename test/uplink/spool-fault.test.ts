/**
 * The spool with a fault at any of its writes, renames and unlinks, while it drops observations at its bound: what was
 * taken over is there or counted, each sequence once. WARDER_FAULT_ROUNDS=2000 for thousands.
 */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { toNumber } from '../../src/contract/int64.ts';
import { type Event, Verdict } from '../../src/contract/messages.ts';
import { Spool } from '../../src/runtime/spool/spool.ts';
import { eventsOf } from '../../src/runtime/uplink/event-batches.ts';
import { cleanUp, later, stateDirectory } from '../gateway/fixtures.ts';
import { buildFaults, FAULTS, runFaulty } from '../gateway/store/fault.ts';

afterEach(cleanUp);

const CHILD = fileURLToPath(new URL('spool-fault-child.ts', import.meta.url));
const ROUNDS = Number(process.env.WARDER_FAULT_ROUNDS ?? 10);
const COUNT = 1500;

function spooled(directory: string): Event[] {
  const spool = new Spool({ directory, maxBytes: 1e9 }, () => {});
  const events: Event[] = [];
  for (const queue of spool.leftovers) {
    queue.resume(0);
    for (let message = queue.next(); message; message = queue.next()) events.push(...eventsOf({ message }));
  }
  spool.close();
  return events;
}

test('whatever fails when, each event that was taken over is there or counted, and every refusal is there', async () => {
  const { library, remove } = buildFaults();
  later(remove);
  for (let round = 0; round < ROUNDS; round++) {
    const directory = stateDirectory();
    const kind = FAULTS[round % FAULTS.length]!;
    const at = 1 + Math.floor(Math.random() * 60);
    const args = [directory, randomUUID(), `${COUNT}`];
    const ran = await runFaulty(library, CHILD, args, { under: directory, kind, at });
    const where = `${kind} at ${at}, round ${round}: ${ran.stderr}`;
    if (!ran.killed) expect(ran.code, where).toBe(0);
    const taken = Number(ran.lines.findLast((line) => line.startsWith('taken'))?.split(' ')[1] ?? 0);
    const events = spooled(directory);
    const sequences = events.map(({ sequence }) => toNumber(sequence));
    expect(sequences, where).toEqual([...new Set(sequences)].sort((a, b) => a - b));
    const refusals = events.filter(({ decision }) => decision?.verdict === Verdict.VERDICT_DENY).length;
    expect(refusals, where).toBeGreaterThanOrEqual(taken / 25);
    const counts = events.flatMap(({ loss }) => loss?.counts ?? []);
    const full = counts.filter(({ cause }) => cause === 'spool_full');
    const counted = full.reduce((sum, { records }) => sum + toNumber(records), 0);
    const there = events.filter(({ exec }) => exec).length;
    expect(there + counted, where).toBeGreaterThanOrEqual(taken);
    // Nothing is counted that is also there. A torn batch at the end was never taken over.
    const torn = counts.length - full.length;
    expect(there + counted, where).toBe((sequences.at(-1) ?? 0) - torn);
  }
}, 3_600_000);
