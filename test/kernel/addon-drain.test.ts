/** The drain: whole batches in order, bounded memory, and every record either delivered or counted as lost. */
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import type { NativeSensor } from '../../src/kernel/addon.ts';
import { enums, layout } from '../../src/kernel/generated/layout.ts';
import { attachedSensor, cleanUp, holdOpener, holdShell, label, openSensor, RUN } from './addon-fixtures.ts';
import { eventually } from './launcher-fixtures.ts';

afterEach(cleanUp);

const HEAD = layout.event_head.fields;

interface Seen {
  kind: number;
  timeNs: bigint;
  bytes: Buffer;
}

/** The records of a batch, by their size alone. */
function records(batch: Buffer): Seen[] {
  const seen: Seen[] = [];
  for (let at = 0; at < batch.length; ) {
    const size = batch.readUInt32LE(at + HEAD.size.offset);
    expect(size).toBeGreaterThanOrEqual(layout.event_head.size);
    expect(at + size).toBeLessThanOrEqual(batch.length);
    seen.push({
      kind: batch.readUInt16LE(at + HEAD.kind.offset),
      timeNs: batch.readBigUInt64LE(at + HEAD.time_ns.offset),
      bytes: Buffer.from(batch.subarray(at, at + size)),
    });
    at += size;
  }
  return seen;
}

function lost(sensor: NativeSensor): number {
  return Number(sensor.losses().reduce((sum, count) => sum + count, 0n));
}

function busyMs(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

test('a short life comes whole: fork, exec and exit of each process, each batch in order of time', async () => {
  const sensor = attachedSensor();
  const batches: Seen[][] = [];
  sensor.start((batch) => {
    batches.push(records(batch));
  });
  const shell = holdShell('cat /etc/hostname; true | cat');
  sensor.labelProcess(shell.pid, label(RUN));
  expect(await shell.finish()).toBe(0);
  await sensor.flush();
  const seen = batches.flat();
  const count = (kind: number) => seen.filter((record) => record.kind === kind).length;
  expect(count(enums.event_kind.EVENT_FORK)).toBe(3); // cat, and both sides of the pipe
  expect(count(enums.event_kind.EVENT_EXEC)).toBe(2); // true is the shell's own
  expect(count(enums.event_kind.EVENT_EXIT)).toBe(4);
  expect(count(enums.event_kind.EVENT_OPEN)).toBeGreaterThan(4);
  // Of two batches an observation may come behind a younger decision (native/drain.h).
  for (const batch of batches) {
    const times = batch.map((record) => record.timeNs);
    expect(times).toEqual([...times].sort(byValue));
  }
  expect(lost(sensor)).toBe(0);
});

function byValue(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

test('nothing of an unlabelled process comes', async () => {
  const sensor = attachedSensor();
  const seen: Seen[] = [];
  sensor.start((batch) => {
    seen.push(...records(batch));
  });
  execFileSync('cat', ['/etc/hostname']);
  await sensor.flush();
  expect(seen).toEqual([]);
});

test('200,000 opens all come, in batches that are each in order of time', async () => {
  // Room for all of them: how fast this machine takes them out is nothing that a test may depend on.
  const sensor = attachedSensor({ observationsBytes: 1 << 26, backlogBytes: 1 << 24 });
  let opens = 0;
  let batches = 0;
  let disorder = 0;
  sensor.start((batch) => {
    batches++;
    let before = 0n;
    for (const record of records(batch)) {
      if (record.kind === enums.event_kind.EVENT_OPEN) opens++;
      if (record.timeNs < before) disorder++;
      before = record.timeNs;
    }
  });
  const opener = await holdOpener(200_000);
  sensor.labelProcess(opener.pid, label(RUN));
  expect(await opener.finish()).toBe(0);
  await sensor.flush();
  expect({ opens, disorder, lost: lost(sensor) }).toEqual({ opens: 200_000, disorder: 0, lost: 0 });
  expect(batches).toBeLessThan(20_000);
});

test('flush resolves after the batches of all that was in the rings', async () => {
  const sensor = attachedSensor();
  let opens = 0;
  sensor.start((batch) => {
    opens += records(batch).filter((record) => record.kind === enums.event_kind.EVENT_OPEN).length;
  });
  for (let round = 1; round <= 20; round++) {
    const opener = await holdOpener(50);
    sensor.labelProcess(opener.pid, label(RUN));
    await opener.finish();
    await sensor.flush();
    expect(opens).toBe(round * 50);
  }
});

test('flush of empty rings resolves, and several at once all do', async () => {
  const sensor = attachedSensor();
  sensor.start(() => {});
  await Promise.all(Array.from({ length: 100 }, () => sensor.flush()));
});

test('a record comes without a flush, and without another one behind it', async () => {
  const sensor = attachedSensor();
  let batches = 0;
  sensor.start(() => {
    batches++;
  });
  const shell = holdShell('exec sleep 1000');
  sensor.labelProcess(shell.pid, label(RUN));
  void shell.finish();
  await eventually(() => expect(batches).toBeGreaterThan(0));
});

test('a slow consumer costs records, all of them counted, and no memory', async () => {
  const backlogBytes = 1 << 16;
  const sensor = attachedSensor({ observationsBytes: 1 << 18, backlogBytes });
  let delivered = 0;
  let most = 0;
  sensor.start((batch) => {
    most = Math.max(most, batch.length);
    delivered += records(batch).length;
    busyMs(20);
  });
  const opener = await holdOpener(400_000);
  sensor.labelProcess(opener.pid, label(RUN));
  const bytes = process.memoryUsage.rss();
  expect(await opener.finish()).toBe(0);
  const grown = process.memoryUsage.rss() - bytes;
  await sensor.flush();
  const missing = lost(sensor);
  expect(missing).toBeGreaterThan(1_000);
  expect(delivered + missing).toBe(400_001); // its opens, and its exit
  expect(most).toBeLessThanOrEqual(backlogBytes);
  // What was lost alone is about 70 MB.
  expect(grown).toBeLessThan(32e6);
});

test('refusals come through while observations are lost', async () => {
  const sensor = attachedSensor({ observationsBytes: 1 << 16, backlogBytes: 1 << 16 });
  const kinds = new Map<number, number>();
  sensor.start((batch) => {
    for (const { kind } of records(batch)) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    busyMs(2);
  });
  const shells = Array.from({ length: 20 }, () => holdShell('exec /bin/true'));
  const opener = await holdOpener(100_000);
  for (const { pid } of [opener, ...shells]) sensor.labelProcess(pid, label(RUN));
  const ends = [opener.finish(), ...shells.map((shell) => shell.finish())];
  await Promise.all(ends);
  await sensor.flush();
  expect(lost(sensor)).toBeGreaterThan(0);
  expect(kinds.get(enums.event_kind.EVENT_EXEC)).toBe(20);
  expect(kinds.get(enums.event_kind.EVENT_EXIT)).toBe(21);
});

test('a promise of onBatch holds the backlog until it settles', async () => {
  const sensor = attachedSensor({ observationsBytes: 1 << 18, backlogBytes: 1 << 16 });
  const held: (() => void)[] = [];
  let delivered = 0;
  sensor.start((batch) => {
    delivered += records(batch).length;
    return new Promise<void>((resolve) => held.push(resolve));
  });
  const opener = await holdOpener(20_000);
  sensor.labelProcess(opener.pid, label(RUN));
  expect(await opener.finish()).toBe(0);
  await eventually(() => expect(delivered).toBeGreaterThan(0));
  await sleep(200);
  const before = delivered;
  await sleep(200);
  // Full: nothing more came, and the kernel had to count.
  expect(delivered).toBe(before);
  expect(delivered).toBeLessThan(20_000);
  expect(lost(sensor)).toBeGreaterThan(0);
  const settling = setInterval(() => {
    for (const settle of held.splice(0)) settle();
  }, 1);
  await sensor.flush();
  clearInterval(settling);
  expect(delivered).toBeGreaterThan(before);
  expect(delivered + lost(sensor)).toBe(20_001);
});

test('a batch is empty once onBatch has returned: its memory is the drain’s', async () => {
  const sensor = attachedSensor();
  const kept: Buffer[] = [];
  let bytes = 0;
  sensor.start((batch) => {
    bytes += batch.length;
    kept.push(batch, batch.subarray(8));
  });
  const opener = await holdOpener(10);
  sensor.labelProcess(opener.pid, label(RUN));
  await opener.finish();
  await sensor.flush();
  expect(bytes).toBeGreaterThan(1_000);
  expect(kept.map((batch) => batch.length)).toEqual(kept.map(() => 0));
  expect(kept.every((batch) => batch[0] === undefined)).toBe(true);
});

test('close inside onBatch ends the delivery at once, and a waiting flush rejects', async () => {
  const sensor = attachedSensor();
  let batches = 0;
  let flushed: Promise<unknown> | undefined;
  sensor.start(() => {
    batches++;
    flushed = sensor.flush().catch((error) => error);
    sensor.close();
  });
  const opener = await holdOpener(100_000);
  sensor.labelProcess(opener.pid, label(RUN));
  await opener.finish();
  await eventually(() => expect(batches).toBeGreaterThan(0));
  await sleep(100);
  expect(batches).toBe(1);
  expect(await flushed).toMatchObject({
    code: 'KERNEL_CLOSED',
    message: 'the sensor was closed before the flush was done',
  });
});

test('rings fill and count before start, and what they hold comes afterwards', async () => {
  const sensor = attachedSensor({ observationsBytes: 1 << 16 });
  const opener = await holdOpener(10_000);
  sensor.labelProcess(opener.pid, label(RUN));
  expect(await opener.finish()).toBe(0);
  const missing = lost(sensor);
  expect(missing).toBeGreaterThan(5_000);
  let delivered = 0;
  sensor.start((batch) => {
    delivered += records(batch).length;
  });
  await sensor.flush();
  expect(delivered + missing).toBe(10_001);
});

test('a record that begins at the end of a ring and goes on at its beginning comes whole', async () => {
  const sensor = attachedSensor({ observationsBytes: 1 << 14 });
  const contents = new Set<string>();
  let opens = 0;
  sensor.start((batch) => {
    for (const { kind, bytes } of records(batch)) {
      if (kind !== enums.event_kind.EVENT_OPEN) continue;
      opens++;
      bytes.writeBigUInt64LE(0n, HEAD.time_ns.offset);
      contents.add(bytes.toString('latin1'));
    }
  });
  const opener = await holdOpener(20_000);
  sensor.labelProcess(opener.pid, label(RUN));
  await opener.finish();
  await sensor.flush();
  // Several times around.
  expect(opens).toBeGreaterThan(400);
  expect(contents.size).toBe(1);
});

test('losses are told by kind and cause', async () => {
  const sensor = attachedSensor({ observationsBytes: 1 << 12 });
  const opener = await holdOpener(5_000);
  sensor.labelProcess(opener.pid, label(RUN));
  await opener.finish();
  const index = enums.event_kind.EVENT_OPEN * enums.loss_cause.LOSS_CAUSES + enums.loss_cause.LOSS_RING_FULL;
  const losses = sensor.losses();
  expect(losses.length).toBe(enums.event_kind.EVENT_KINDS * enums.loss_cause.LOSS_CAUSES);
  expect(losses[index]).toBeGreaterThan(4_000n);
  expect(losses.filter((_, other) => other !== index).every((count) => count === 0n)).toBe(true);
});

test('a sensor that is not attached delivers nothing and flushes', async () => {
  const sensor = openSensor();
  const batches: number[] = [];
  sensor.start((batch) => {
    batches.push(batch.length);
  });
  await sensor.flush();
  expect(batches).toEqual([]);
});
