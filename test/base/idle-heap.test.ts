/** When a service gives back what V8 has taken, and that it does. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { IdleHeap } from '../../src/base/idle-heap.ts';

const MB = 1 << 20;

/** A process whose heap shrinks to what lives when it is collected. */
function fakeProcess() {
  const state = {
    nowMs: 0,
    cpuMs: 0,
    heapBytes: 30 * MB,
    livesBytes: 20 * MB,
    collectable: true,
    collected: 0,
  };
  const heap = new IdleHeap({
    nowMs: () => state.nowMs,
    cpuMs: () => state.cpuMs,
    heapBytes: () => state.heapBytes,
    collect: () => {
      if (!state.collectable) return false;
      state.collected++;
      state.heapBytes = state.livesBytes;
      return true;
    },
  });
  const after = (ms: number, share: number): number => {
    state.nowMs += ms;
    state.cpuMs += ms * share;
    heap.look();
    return state.collected;
  };
  return { state, after };
}

test('a process is collected once it idles after its start, and when it idles and has taken more', () => {
  const { state, after } = fakeProcess();
  expect(after(1_000, 0.9)).toBe(0);
  expect(after(1_000, 0.01)).toBe(1);
  expect(after(30_000, 0.01)).toBe(1);
  state.heapBytes += 3 * MB;
  expect(after(30_000, 0.01)).toBe(1);
  state.heapBytes += 2 * MB;
  expect(after(30_000, 0.01)).toBe(2);
});

test('one that works is not, however long it was idle before', () => {
  const { state, after } = fakeProcess();
  expect(after(300_000, 0.01)).toBe(1);
  state.heapBytes = 60 * MB;
  expect(after(30_000, 0.05)).toBe(1);
  expect(after(30_000, 0.5)).toBe(1);
  expect(after(30_000, 0.01)).toBe(2);
});

test('where it could not be collected, it is as soon as it can be', () => {
  const { state, after } = fakeProcess();
  state.collectable = false;
  expect(after(1_000, 0.01)).toBe(0);
  state.collectable = true;
  expect(after(1_000, 0.01)).toBe(1);
});

/** A thread that idles and looks until it has collected, beside a main thread that never idles. */
const THREAD = `
  import { parentPort } from 'node:worker_threads';
  import { getHeapStatistics } from 'node:v8';
  import { IdleHeap, THIS_THREAD } from '${new URL('../../src/base/idle-heap.ts', import.meta.url)}';
  const heap = new IdleHeap(THIS_THREAD);
  const taken = getHeapStatistics().total_heap_size;
  const looking = setInterval(() => {
    if (!heap.look()) return;
    clearInterval(looking);
    parentPort.postMessage({ taken, left: getHeapStatistics().total_heap_size, gc: typeof gc });
  }, 500);`;

test('a thread that idles beside one that works gives back what its start took', async () => {
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(THREAD)}`), {
    execArgv: [],
    resourceLimits: { maxYoungGenerationSizeMb: 4 },
  });
  const working = setInterval(() => {
    for (const end = performance.now() + 80; performance.now() < end; );
  }, 100);
  try {
    const [{ taken, left, gc }] = await once(worker, 'message');
    expect(left).toBeLessThan(taken);
    expect(gc).toBe('undefined');
  } finally {
    clearInterval(working);
    await worker.terminate();
  }
});

/** What V8 has for new objects of a service that made many at its start, there and when that has shrunk or never does. */
const SERVICE = `
  const { serve } = await import(${JSON.stringify(fileURLToPath(new URL('../../src/cli/service.ts', import.meta.url)))});
  const { getHeapSpaceStatistics } = process.getBuiltinModule('v8');
  const size = () => getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size;
  const log = { info() {}, problem(error) { console.error(error); } };
  let taken = 0;
  await serve(async () => {
    let kept = [];
    for (let index = 0; index < 400_000; index++) kept.push({ index });
    taken = size();
    const tries = setInterval(() => {
      if (said || (size() > taken / 2 && ++count < 200)) return;
      said = true;
      console.log(JSON.stringify({ taken, left: size(), gc: typeof gc }));
      process.kill(process.pid, 'SIGTERM');
    }, 100);
    let count = 0;
    let said = false;
    return { reload: async () => {}, stop: async () => clearInterval(tries) };
  }, log, { mappedBytes: 32 << 10, keptBytes: 1 << 20 });`;

test('a service that has started gives back what its start took', () => {
  const words = ['--max-semi-space-size=4', '--input-type=module', '-e', SERVICE];
  const { stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  expect(stderr).toBe('');
  const { taken, left, gc } = JSON.parse(stdout);
  expect(taken).toBeGreaterThan(4 * MB);
  expect(left).toBeLessThanOrEqual(taken / 2);
  expect(gc).toBe('undefined');
});
