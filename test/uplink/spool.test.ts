/** Events on disk until the gateway has them: through kill -9, cut and changed bytes, a bound, a full disk. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import type { WarderError } from '../../src/base/error.ts';
import { toNumber } from '../../src/contract/int64.ts';
import { type Event, type LoggedEvent, Verdict } from '../../src/contract/messages.ts';
import { Spool } from '../../src/runtime/spool/spool.ts';
import { eventsOf } from '../../src/runtime/uplink/event-batches.ts';
import {
  BOOT,
  cleanUp,
  eventually,
  execEvent,
  execEvents,
  gateway,
  HOST,
  later,
  newOrigin,
  readAll,
  stateDirectory,
  uplink,
} from '../gateway/fixtures.ts';

afterEach(cleanUp);

const CHILD = fileURLToPath(new URL('spool-child.ts', import.meta.url));
const NOWHERE = JSON.stringify({ address: 'unix:/nonexistent', tokens: { runtime: 'x' }, policyKey: 'x' });

function spoolOf(directory: string, maxBytes?: number): { spool: Spool; problems: string[] } {
  const problems: string[] = [];
  const onProblem = ({ code }: WarderError): unknown => problems.push(code);
  const spool = new Spool({ directory, ...(maxBytes ? { maxBytes } : {}) }, onProblem);
  later(() => spool.close());
  return { spool, problems };
}

/** Everything that a queue has for a stream, from the first event on. */
function contents(queue: { next(): Uint8Array | undefined; resume(sequence: number): void }): Event[] {
  queue.resume(0);
  const events: Event[] = [];
  for (let message = queue.next(); message; message = queue.next()) events.push(...eventsOf({ message }));
  return events;
}

const sequences = (events: readonly Event[]): number[] => events.map(({ sequence }) => toNumber(sequence));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1);

function lost(events: readonly Event[], cause: string): number {
  const counts = events.flatMap(({ loss }) => loss?.counts ?? []);
  return counts
    .filter((count) => count.cause === cause)
    .reduce((sum, { records }) => sum + toNumber(records), 0);
}

interface Child {
  process: ChildProcess;
  lines: string[];
  ended: Promise<unknown>;
}

function child(args: readonly string[], wrapper: readonly string[] = []): Child {
  const [command = '', ...rest] = [...wrapper, process.execPath, CHILD, ...args];
  const started = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(started, 'close');
  later(async () => {
    started.kill('SIGKILL');
    await ended;
  });
  const lines: string[] = [];
  createInterface({ input: started.stdout! }).on('line', (line) => lines.push(line));
  return { process: started, lines, ended };
}

const takenBy = ({ lines }: Child): number =>
  Number(lines.findLast((line) => line.startsWith('taken'))?.split(' ')[1] ?? 0);

test('what a runtime took over before it was killed, the next one sends, under the origin of the first', async () => {
  const directory = stateDirectory();
  const origin = randomUUID();
  const first = child([directory, NOWHERE, origin, '1000000', '37']);
  await eventually('events are taken over', () => takenBy(first) > 3000);
  first.process.kill('SIGKILL');
  await first.ended;
  const to = await gateway();
  const link = await uplink(to, { spool: { directory } });
  await link.sendEvents(execEvents(10));
  await eventually('the leftovers are in the log', () => readdirSync(directory).length === 1);
  const { events } = await readAll(to);
  const left = events.filter((logged) => logged.origin === origin).map(({ event }) => event!);
  expect(sequences(left.filter(({ exec }) => exec))).toEqual(upTo(left.filter(({ exec }) => exec).length));
  expect(left.filter(({ exec }) => exec).length).toBeGreaterThanOrEqual(takenBy(first));
  expect(events.filter((logged) => logged.origin !== origin).length).toBe(10);
}, 60_000);

test('the gateway stays away: the runtime goes on, and all is in the log once it is back', async () => {
  const state = stateDirectory();
  const directory = stateDirectory();
  const first = await gateway({ stateDirectory: state });
  let to = first;
  const endpoint = (): object => ({
    address: to.address,
    token: to.tokens.runtime,
    gatewayPublicKey: to.policyKey,
  });
  const link = await uplink(first, {
    endpoint: endpoint as never,
    patient: true,
    pendingBytes: 100_000,
    spool: { directory },
  });
  await link.sendEvents(execEvents(100));
  await first.stop();
  // Far more than may wait in memory: it does not wait for the gateway.
  for (let from = 101; from <= 40_000; from += 100) await link.sendEvents(execEvents(100, from));
  expect(link.pendingBytes).toBeGreaterThan(5_000_000);
  to = await gateway({ stateDirectory: state });
  await link.flush(60_000);
  const { events } = await readAll(to);
  expect(sequences(events.map(({ event }) => event!))).toEqual(upTo(40_000));
  expect(link.pendingBytes).toBeLessThan(1000);
  await link.close();
  expect(readdirSync(directory)).toEqual([]);
}, 60_000);

test('at the bound observations go, counted, and every refusal stays; then refusals go, counted', () => {
  const { spool } = spoolOf(stateDirectory(), 3 << 20);
  const queue = spool.queue(newOrigin());
  const send = (from: number, to: number): void => {
    for (let number = from; number <= to; number += 100) {
      const events = execEvents(100, number).map((event, at) => ({
        ...event,
        decision: { verdict: at % 10 === 0 ? Verdict.VERDICT_DENY : Verdict.VERDICT_ALLOW },
      }));
      queue.add(events);
    }
  };
  const refusals = (events: Event[]): number =>
    events.filter(({ decision }) => decision?.verdict === Verdict.VERDICT_DENY).length;
  send(1, 40_000);
  expect(spool.bytes).toBeLessThanOrEqual(3 << 20);
  const some = contents(queue);
  expect(refusals(some)).toBe(4000);
  const observed = some.filter(({ exec }) => exec).length - 4000;
  expect(observed).toBeLessThan(30_000);
  expect(observed + lost(some, 'spool_full')).toBe(36_000);
  expect(sequences(some)).toEqual(sequences(some).sort((a, b) => a - b));

  queue.resume(0);
  const { spool: other } = spoolOf(stateDirectory(), 3 << 20);
  const second = other.queue(newOrigin());
  for (let number = 1; number <= 40_000; number += 100) {
    second.add(
      execEvents(100, number).map((event) => ({ ...event, decision: { verdict: Verdict.VERDICT_DENY } })),
    );
  }
  const rest = contents(second);
  expect(other.bytes).toBeLessThanOrEqual(3 << 20);
  expect(refusals(rest)).toBeGreaterThan(1000);
  expect(refusals(rest) + lost(rest, 'spool_full')).toBe(40_000);
});

test('what a stream was given is not dropped: the gateway may have it', () => {
  const { spool } = spoolOf(stateDirectory(), 1 << 20);
  const queue = spool.queue(newOrigin());
  queue.resume(0);
  queue.add(execEvents(3000));
  while (queue.next());
  for (let number = 3001; number <= 30_000; number += 500) queue.add(execEvents(500, number));
  const events = contents(queue);
  const given = events.filter(({ sequence }) => toNumber(sequence) <= 3000);
  expect(sequences(given.filter(({ exec }) => exec))).toEqual(upTo(3000));
  expect(lost(events, 'spool_full')).toBeGreaterThan(0);
});

test('cut at any byte: what is whole is read, the rest is told as a loss', () => {
  const directory = stateDirectory();
  const { spool } = spoolOf(directory);
  const origin = newOrigin();
  const queue = spool.queue(origin);
  for (let number = 1; number <= 12; number += 3) queue.add(execEvents(3, number));
  const [name = ''] = readdirSync(directory);
  const whole = readFileSync(join(directory, name));
  const step = Number(process.env.WARDER_SPOOL_STEP ?? 7);
  for (let length = 0; length < whole.length; length += step) {
    const at = stateDirectory();
    writeFileSync(join(at, name), whole.subarray(0, length));
    const cut = spoolOf(at);
    const events = cut.spool.leftovers.flatMap((leftover) => contents(leftover));
    const kept = events.filter(({ exec }) => exec);
    expect(sequences(kept)).toEqual(upTo(kept.length));
    expect(kept.length % 3).toBe(0);
    expect(lost(events, 'spool_damaged')).toBe(events.length - kept.length);
    if (cut.problems.length > 0) expect(cut.problems).toContain('UPLINK_SPOOL_DAMAGED');
    for (const leftover of cut.spool.leftovers) expect(leftover.origin).toEqual(origin);
  }
});

test('a byte changed anywhere: no event is read that was not written, each missing one is counted', () => {
  const directory = stateDirectory();
  const { spool } = spoolOf(directory);
  const queue = spool.queue(newOrigin());
  for (let number = 1; number <= 12; number += 3) queue.add(execEvents(3, number));
  const written = new Map(contents(queue).map((event) => [toNumber(event.sequence), event.exec!.path]));
  const [name = ''] = readdirSync(directory);
  const whole = readFileSync(join(directory, name));
  const header = whole.indexOf(0x0a) + 1;
  const step = Number(process.env.WARDER_SPOOL_STEP ?? 7);
  for (let at = header; at < whole.length; at += step) {
    const bytes = Buffer.from(whole);
    bytes[at] = bytes[at]! ^ (1 << (at % 8));
    const changed = stateDirectory();
    writeFileSync(join(changed, name), bytes);
    const { spool: read } = spoolOf(changed);
    const events = read.leftovers.flatMap((leftover) => contents(leftover));
    const kept = events.filter(({ exec }) => exec);
    for (const { sequence, exec } of kept) expect(exec!.path).toBe(written.get(toNumber(sequence)));
    expect(kept.length).toBeLessThan(12);
    expect(lost(events, 'spool_damaged')).toBeGreaterThan(0);
  }
});

test('a disk without room: events wait in memory and are sent all the same', async () => {
  const to = await gateway();
  const mount = stateDirectory();
  const origin = randomUUID();
  const script = `mount -t tmpfs -o size=64k,mode=700 none "$1" && shift && exec "$@"`;
  const endpoint = JSON.stringify({ address: to.address, tokens: to.tokens, policyKey: to.policyKey });
  const words = ['unshare', '--map-root-user', '--mount', 'sh', '-c', script, 'sh', mount];
  const full = child([join(mount, 'spool'), endpoint, origin, '20000', '500'], words);
  await full.ended;
  expect(full.lines).toContain('problem UPLINK_SPOOL');
  expect(full.lines.at(-1)).toBe('acknowledged');
  const { events } = await readAll(to);
  expect(sequences(events.map(({ event }: LoggedEvent) => event!))).toEqual(upTo(20_000));
}, 60_000);

test('the events of two processes before are sent too, each under its own origin', async () => {
  const directory = stateDirectory();
  const origins = [newOrigin(), newOrigin()];
  for (const origin of origins) {
    const { spool } = spoolOf(directory);
    spool.queue(origin).add([execEvent(1), execEvent(2)]);
    spool.close();
  }
  const to = await gateway();
  const link = await uplink(to, {
    spool: { directory },
    origin: { host: HOST, boot: BOOT, origin: randomUUID() },
  });
  await link.flush();
  await eventually('both are in the log', async () => (await to.log.size()) === 4);
  for (const origin of origins) expect(await to.log.lastSequence(origin)).toBe(2);
  await eventually('nothing is left', () => readdirSync(directory).length === 0);
});
