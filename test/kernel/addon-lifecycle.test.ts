/** However a sensor ends, the kernel holds nothing of it afterwards, and the process that held it goes on. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import { afterEach, expect, test } from 'vitest';
import { loadAddon } from '../../src/kernel/addon.ts';
import { programsToAttach } from '../../src/kernel/mechanisms.ts';
import {
  attachedSensor,
  availablePrograms,
  cleanUp,
  holdOpener,
  idsOf,
  type KernelIds,
  label,
  listed,
  NOTHING,
  openSensor,
  options,
  RUN,
  remainsOf,
} from './addon-fixtures.ts';

const FIXTURES = new URL('./addon-fixtures.ts', import.meta.url).pathname;
/** A soak sets more: WARDER_LOAD_ROUNDS=1000 npx vitest run --project kernel test/kernel/addon-lifecycle.test.ts --testTimeout 7200000 */
const ROUNDS = Number(process.env.WARDER_LOAD_ROUNDS ?? 10);
const CALLER = new URL('./programs/call-until-terminated.ts', import.meta.url);

let program: ChildProcess | undefined;
afterEach(async () => {
  await cleanUp();
  if (program && program.exitCode === null && program.signalCode === null) program.kill('SIGKILL');
});

/**
 * A node of its own that holds an attached, draining sensor, with a process under it that opens files all the
 * time. Resolves with what it holds in the kernel once batches have come; then `code` runs in it.
 */
async function draining(
  code: string,
): Promise<{ child: ChildProcess; ids: KernelIds; ended: Promise<unknown[]> }> {
  const script = `
    import { attachedSensor, holdOpener, label, RUN } from '${FIXTURES}';
    const sensor = attachedSensor();
    const opener = await holdOpener(1e9);
    let batches = 0;
    sensor.start(() => { if (++batches === 3) console.log('draining'); if (batches > 3) go(); });
    sensor.labelProcess(opener.pid, label(RUN));
    opener.finish();
    let gone = false;
    process.stdin.on('data', () => { gone = true; });
    function go() { if (gone) { gone = false; ${code} } }`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  program = child;
  const ended = once(child, 'exit');
  const [line] = await Promise.race([once(createInterface({ input: child.stdout! }), 'line'), ended]);
  expect(line).toBe('draining');
  return { child, ids: idsOf(child.pid!), ended };
}

test('while attached, its programs, maps and links are in the kernel', () => {
  const sensor = attachedSensor();
  const ids = idsOf();
  expect(ids.link.length).toBeGreaterThanOrEqual(programsToAttach(availablePrograms(sensor)).length);
  expect(ids.map.length).toBeGreaterThan(5);
  for (const kind of ['prog', 'map', 'link'] as const) {
    const known = listed(kind);
    expect(ids[kind].filter((id) => !known.has(id))).toEqual([]);
  }
});

test('close takes programs, maps and links out of the kernel', async () => {
  const sensor = attachedSensor();
  sensor.start(() => {});
  const ids = idsOf();
  sensor.close();
  expect(idsOf()).toEqual(NOTHING);
  expect(await remainsOf(ids)).toEqual(NOTHING);
});

test('detach takes only what it names', async () => {
  const sensor = attachedSensor();
  const before = idsOf().link.length;
  sensor.detach(['on_exec', 'on_exec']);
  expect(sensor.programs().find((status) => status.name === 'on_exec')).toMatchObject({ attached: false });
  expect(sensor.programs().find((status) => status.name === 'on_fork')).toMatchObject({ attached: true });
  expect(idsOf().link.length).toBeLessThan(before);
  sensor.attach(['on_exec', 'on_fork']);
  expect(idsOf().link.length).toBe(before);
});

test('no tracefs is left mounted', () => {
  const isTracefs = (line: string) => line.includes(' - tracefs ');
  const mounts = () => readFileSync('/proc/self/mountinfo', 'utf8').split('\n').filter(isTracefs);
  const before = mounts();
  const sensor = attachedSensor();
  expect(mounts()).toEqual(before);
  sensor.close();
  expect(mounts()).toEqual(before);
});

test('an exit in the middle of a batch leaves nothing', async () => {
  const { child, ids, ended } = await draining('process.exit(7);');
  child.stdin!.write('go');
  expect(await ended).toEqual([7, null]);
  expect(await remainsOf(ids)).toEqual(NOTHING);
});

test('a close in the middle of a batch leaves nothing, and the process ends by itself', async () => {
  const { child, ids, ended } = await draining(
    'sensor.close(); process.kill(opener.pid, 9); process.stdin.destroy();',
  );
  child.stdin!.write('go');
  expect(await ended).toEqual([0, null]);
  expect(await remainsOf(ids)).toEqual(NOTHING);
});

test('an exception in the middle of a batch is an uncaught one, and leaves nothing', async () => {
  const { child, ids, ended } = await draining(`
    process.once('uncaughtException', (error) => { process.exit(error.message === 'mine' ? 9 : 1); });
    throw new Error('mine');`);
  child.stdin!.write('go');
  expect(await ended).toEqual([9, null]);
  expect(await remainsOf(ids)).toEqual(NOTHING);
});

test('kill -9 leaves nothing', async () => {
  const { child, ids, ended } = await draining('');
  child.kill('SIGKILL');
  expect(await ended).toEqual([null, 'SIGKILL']);
  expect(await remainsOf(ids)).toEqual(NOTHING);
});

test('a worker that is terminated in the middle of a batch leaves nothing, and the process goes on', async () => {
  const worker = new Worker(
    `import('${FIXTURES}').then(async ({ attachedSensor, holdOpener, idsOf, label, RUN }) => {
      const sensor = attachedSensor();
      const opener = await holdOpener(1e9);
      let batches = 0;
      sensor.start(() => {
        if (++batches === 3) require('node:worker_threads').parentPort.postMessage({ pid: opener.pid, ids: idsOf() });
        if (batches > 3) for (;;) { /* busy when the end comes */ }
      });
      sensor.labelProcess(opener.pid, label(RUN));
      opener.finish();
    })`,
    { eval: true },
  );
  const [{ pid, ids }] = (await once(worker, 'message')) as [{ pid: number; ids: KernelIds }];
  expect(ids.link.length).toBeGreaterThan(5);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await worker.terminate()).toBe(1);
  process.kill(pid, 'SIGKILL');
  expect(await remainsOf(ids)).toEqual(NOTHING);
});

test('a worker that ends without close leaves nothing', async () => {
  const worker = new Worker(
    `import('${FIXTURES}').then(({ attachedSensor, idsOf }) => {
      const sensor = attachedSensor();
      sensor.start(() => {});
      require('node:worker_threads').parentPort.postMessage(idsOf());
      process.exit(0);
    })`,
    { eval: true },
  );
  const [ids] = (await once(worker, 'message')) as [KernelIds];
  await once(worker, 'exit');
  expect(ids.prog.length).toBeGreaterThan(5);
  expect(await remainsOf(ids)).toEqual(NOTHING);
});

test('workers that are terminated in the middle of a call do not end the process', async () => {
  const script = `
    import { once } from 'node:events';
    import { Worker } from 'node:worker_threads';
    for (let i = 0; i < 20; i++) {
      const worker = new Worker(new URL('${CALLER}'), { execArgv: [] });
      await once(worker, 'message');
      await new Promise((resolve) => setTimeout(resolve, i));
      await worker.terminate();
    }`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' });
  program = child;
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('two sensors of one process keep apart', async () => {
  const first = attachedSensor();
  const second = attachedSensor();
  const opener = await holdOpener(1);
  first.labelProcess(opener.pid, label(RUN));
  expect(second.readLabel(opener.pid)).toBeNull();
  second.close();
  expect(first.readLabel(opener.pid)).toEqual(label(RUN));
  expect(await opener.finish()).toBe(0);
});

test('rounds of load, attach, drain and close leave descriptors and memory as they were', async () => {
  const round = async () => {
    const sensor = attachedSensor();
    sensor.start(() => {});
    await sensor.flush();
    await cleanUp(); // closes it, and keeps no hold on what is left of it in JavaScript
    await new Promise(setImmediate);
  };
  for (let i = 0; i < 3; i++) await round();
  const descriptors = readdirSync('/proc/self/fd').length;
  const tasks = readdirSync('/proc/self/task').length;
  const bytes = process.memoryUsage.rss();
  for (let i = 0; i < ROUNDS; i++) await round();
  expect(readdirSync('/proc/self/fd').length).toBe(descriptors);
  expect(readdirSync('/proc/self/task').length).toBe(tasks);
  // Leaked copies of the kernel's BTF alone would be more.
  expect(process.memoryUsage.rss() - bytes).toBeLessThan(20e6);
});

test('a refused load leaves nothing', () => {
  const before = readdirSync('/proc/self/fd').length;
  for (let i = 0; i < 3; i++) {
    expect(() => loadAddon().openSensor(options({ cgroupPath: '/tmp' }))).toThrow(/no cgroup2/);
  }
  expect(readdirSync('/proc/self/fd').length).toBe(before);
  expect(idsOf()).toEqual(NOTHING);
});

test('loaded on another thread it is the same sensor once something is asked of it', () => {
  const sensor = loadAddon().beginSensor(options());
  expect(availablePrograms(sensor)).toEqual(availablePrograms(openSensor()));
  sensor.close();
  expect(() => sensor.programs()).toThrow(/is closed/);
});

test('what keeps it from being loaded there is told to who asks first, and nothing is left', () => {
  const sensor = loadAddon().beginSensor(options({ cgroupPath: '/tmp' }));
  expect(() => sensor.programs()).toThrow(/no cgroup2/);
  expect(() => sensor.programs()).toThrow(/is closed/);
  sensor.close();
  expect(idsOf()).toEqual(NOTHING);
});

test('closed while it is being loaded, nothing is left of it', () => {
  const before = readdirSync('/proc/self/fd').length;
  loadAddon().beginSensor(options()).close();
  expect(readdirSync('/proc/self/fd').length).toBe(before);
  expect(idsOf()).toEqual(NOTHING);
});
