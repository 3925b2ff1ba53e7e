/** The sensor as the runtime uses it: policies and runs put in force, labels, losses by name, errors with a fix. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { loadAddon } from '../../src/kernel/addon.ts';
import { BootClock } from '../../src/kernel/clock.ts';
import type { KernelEvent } from '../../src/kernel/events.ts';
import { enums, layout } from '../../src/kernel/generated/layout.ts';
import type { MapRows, PolicyRows } from '../../src/kernel/policy-rows.ts';
import { decodeBatch } from '../../src/kernel/records.ts';
import { Sensor } from '../../src/kernel/sensor.ts';
import {
  cleanUp,
  type HeldProcess,
  holdOpener,
  holdShell,
  options,
  pathRow,
  REFUSED_EXEC,
  RUN,
} from './addon-fixtures.ts';

const open: Sensor[] = [];
afterEach(async () => {
  for (const sensor of open.splice(0)) sensor.close();
  await cleanUp();
});

function attached(settings = {}): Sensor {
  const sensor = Sensor.open({ cgroup2: options().cgroupPath, ...settings });
  open.push(sensor);
  sensor.attach();
  return sensor;
}

const NO_ROWS: MapRows = { keys: Buffer.alloc(0), values: Buffer.alloc(0), count: 0 };
const DAY_MS = 86_400_000;

/** Allows exec, read, write and load of every path, as policy 1. */
function permissive(): PolicyRows {
  const { CATEGORY_EXEC, CATEGORY_READ, CATEGORY_WRITE, CATEGORY_LOAD } = enums.category;
  const categories = [CATEGORY_EXEC, CATEGORY_READ, CATEGORY_WRITE, CATEGORY_LOAD];
  const rows = categories.map((category) => pathRow(category, '/'));
  return {
    policy: 1,
    head: Buffer.alloc(layout.policy.size),
    paths: {
      keys: Buffer.concat(rows.map((row) => row.key)),
      values: Buffer.concat(rows.map((row) => row.value)),
      count: rows.length,
    },
    names: NO_ROWS,
    contents: NO_ROWS,
    addresses: NO_ROWS,
    ports: NO_ROWS,
  };
}

/** A process of the run that is about to execute a program. */
function held(sensor: Sensor): HeldProcess {
  const shell = holdShell('exec /bin/true');
  sensor.tasks.label(shell.pid, RUN);
  return shell;
}

const execUnder = (sensor: Sensor): Promise<number | string> => held(sensor).finish();

test('a run is refused everything until it has a policy, and again once it is cleared', async () => {
  const sensor = attached();
  expect(REFUSED_EXEC).toContain(await execUnder(sensor));
  sensor.policies.install(permissive(), DAY_MS);
  expect(REFUSED_EXEC).toContain(await execUnder(sensor));
  sensor.policies.setRun(RUN, 1, { terminate: true });
  expect(await execUnder(sensor)).toBe(0);
  sensor.policies.clearRun(RUN);
  expect(REFUSED_EXEC).toContain(await execUnder(sensor));
});

test('a lease that is over refuses, and renewing it allows again', async () => {
  const sensor = attached();
  const rows = permissive();
  sensor.policies.install(rows, 0);
  sensor.policies.setRun(RUN, 1, { terminate: true });
  expect(REFUSED_EXEC).toContain(await execUnder(sensor));
  sensor.policies.renewLease(rows, DAY_MS);
  expect(await execUnder(sensor)).toBe(0);
  sensor.policies.renewLease(rows, -DAY_MS * 365);
  expect(REFUSED_EXEC).toContain(await execUnder(sensor));
  // Both are there before the lease is, which then has to last for one exec.
  const [within, after] = [held(sensor), held(sensor)];
  sensor.policies.renewLease(rows, 2_000.5);
  expect(await within.finish()).toBe(0);
  await sleep(2_100);
  expect(REFUSED_EXEC).toContain(await after.finish());
});

test('a removed policy refuses, and removing it again is nothing', async () => {
  const sensor = attached();
  sensor.policies.install(permissive(), DAY_MS);
  sensor.policies.setRun(RUN, 1, { terminate: true });
  sensor.policies.remove(permissive());
  sensor.policies.remove(permissive());
  expect(REFUSED_EXEC).toContain(await execUnder(sensor));
});

test('without terminate, a refused open is prevented by LSM, else goes on and is told as observed', async () => {
  const sensor = attached();
  const rows = permissive();
  sensor.policies.install({ ...rows, paths: { ...rows.paths, count: 1, ...firstRow(rows.paths) } }, DAY_MS); // exec alone
  sensor.policies.setRun(RUN, 1, { terminate: false });
  const events: KernelEvent[] = [];
  sensor.start((batch) => {
    events.push(...decodeBatch(batch));
  });
  const opener = await holdOpener(3);
  sensor.tasks.label(opener.pid, RUN);
  const isPrevented = sensor.loaded().includes('guard_open');
  expect(await opener.finish()).toBe(isPrevented ? 1 : 0);
  await sensor.flush();
  const open = { ruling: { verdict: 'deny' }, path: '/etc/hostname' };
  expect(events.filter((event) => event.kind === 'open')).toMatchObject(
    isPrevented ? [{ ...open, outcome: 'prevented' }] : Array(3).fill({ ...open, outcome: 'observed' }),
  );
});

function firstRow({ keys, values, count }: MapRows): Pick<MapRows, 'keys' | 'values'> {
  return { keys: keys.subarray(0, keys.length / count), values: values.subarray(0, values.length / count) };
}

test('a policy that the kernel refuses is taken back whole', () => {
  const sensor = attached();
  const rows = permissive();
  const bad = Buffer.from(rows.paths.keys);
  bad.writeUInt32LE(0xffffffff, layout.path_key.size); // the second row's prefix length
  expect(() => sensor.policies.install({ ...rows, paths: { ...rows.paths, keys: bad } }, DAY_MS)).toThrow(
    expect.objectContaining({
      code: 'KERNEL_MAP_WRITE',
      message: expect.stringMatching(/row 1 of 4 in path_rules: Invalid argument/),
      fix: expect.stringMatching(/rules/),
    }),
  );
  expect(sensor.tasks.runOf(process.pid)).toBeNull();
});

test('labels are runs by number; 0 is none', () => {
  const sensor = attached();
  const shell = holdShell('true');
  expect(sensor.tasks.runOf(shell.pid)).toBeNull();
  sensor.tasks.label(shell.pid, 4_000_000_000);
  expect(sensor.tasks.runOf(shell.pid)).toBe(4_000_000_000);
  expect(() => sensor.tasks.label(shell.pid, 0)).toThrow(/run 0/);
});

test('losses are counted by the names of kind and cause', async () => {
  const sensor = attached({ observationsBytes: 4096 });
  sensor.policies.install(permissive(), DAY_MS);
  sensor.policies.setRun(RUN, 1, { terminate: true });
  expect(sensor.lossCounts()).toEqual([]);
  const opener = await holdOpener(1_000);
  sensor.tasks.label(opener.pid, RUN);
  await opener.finish();
  const [count, ...others] = sensor.lossCounts();
  expect(count).toMatchObject({ kind: 'open', cause: 'ring_full' });
  expect(count!.records > 900n && count!.records < 1_000n).toBe(true);
  expect(others).toEqual([]);
});

test('flush waits for what onBatch does with its batches', async () => {
  const sensor = attached();
  sensor.policies.install(permissive(), DAY_MS);
  sensor.policies.setRun(RUN, 1, { terminate: true });
  let handled = 0;
  sensor.start(async (batch) => {
    const { length } = decodeBatch(batch);
    await sleep(50);
    handled += length;
  });
  const opener = await holdOpener(100);
  sensor.tasks.label(opener.pid, RUN);
  await opener.finish();
  await sensor.flush();
  expect(handled).toBe(101);
});

test('a closed sensor says so, with what to do', async () => {
  const sensor = attached();
  sensor.close();
  sensor.close();
  expect(() => sensor.attach()).toThrow(
    expect.objectContaining({ name: 'WarderError', code: 'KERNEL_CLOSED' }),
  );
  await expect(sensor.flush()).rejects.toMatchObject({ name: 'WarderError', code: 'KERNEL_CLOSED' });
});

test('a directory that is no cgroup2 is named, with the command that mounts one', () => {
  expect(() => Sensor.open({ cgroup2: '/tmp' })).toThrow(
    expect.objectContaining({
      name: 'WarderError',
      code: 'KERNEL_CGROUP',
      message: '/tmp is no cgroup2 directory',
      fix: expect.stringMatching(/mount -t cgroup2/),
    }),
  );
});

test('kernel time is wall-clock time, to a millisecond', () => {
  const clock = new BootClock(() => loadAddon().clocks());
  const before = Date.now();
  const { bootNs } = loadAddon().clocks();
  const after = Date.now();
  const unixMs = Number(clock.toUnixNs(bootNs) / 1_000n) / 1_000;
  expect(unixMs).toBeGreaterThan(before - 5);
  expect(unixMs).toBeLessThan(after + 5);
  expect(clock.bootNs() >= bootNs).toBe(true);
});
