/**
 * Many processes that open what is guarded, at once or without end: what it costs them, and that a guard which always has
 * somebody to answer is neither taken for one that is stopped nor kept from stopping.
 *
 * Cost is counted in switches between processes, as in launcher-crowd.test.ts.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { requireHost } from '../../src/kernel/capability.ts';
import { Sensor } from '../../src/kernel/sensor.ts';
import { removeTree } from '../remove-tree.ts';

const CROWD = 200;
const OPENS = 20;
const WITHOUT_END = 8;
const SILENCE_MS = 1_000;

const directory = mkdtempSync(join(tmpdir(), 'warder-guard-crowd-'));
const file = join(directory, 'file');
const children: ChildProcess[] = [];

beforeAll(() => writeFileSync(file, ''));
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
});
afterAll(() => removeTree(directory));

/** Python that says something once it has begun. */
async function started(program: string): Promise<void> {
  const child = spawn('/usr/bin/python3', ['-SEBc', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  await once(child.stdout, 'data');
}

/** They open at the same moment; says how many switches all of them together came to. */
const crowd = `
import os, resource
gate, hold = os.pipe()
for _ in range(${CROWD}):
    if not os.fork():
        os.close(hold)
        os.read(gate, 1)
        for _ in range(${OPENS}):
            os.close(os.open("${file}", os.O_RDONLY))
        os._exit(0)
os.close(hold)
for _ in range(${CROWD}):
    assert os.wait()[1] == 0
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_nvcsw)
`;

const endless = `
import os
print("ready", flush=True)
while True:
    os.close(os.open("${file}", os.O_RDONLY))
`;

test('a crowd that opens a guarded file at once is answered without a wakeup of everybody for each', () => {
  const sensor = Sensor.open({ cgroup2: requireHost().cgroup2 });
  const guard = sensor.guard(1);
  expect(guard.mark(file, false)).toBe(true);
  const switches = Number(execFileSync('/usr/bin/python3', ['-SEBc', crowd], { encoding: 'utf8' }));
  expect(guard.counts().passed).toBeGreaterThanOrEqual(BigInt(CROWD * OPENS));
  guard.close();
  sensor.close();
  expect(switches).toBeGreaterThanOrEqual(CROWD * OPENS);
  expect(switches).toBeLessThan((CROWD * OPENS * CROWD) / 10);
});

test('one that is asked without end is not taken for stopped, and ends when it is told to', async () => {
  const program = fileURLToPath(new URL('programs/hold-guard.ts', import.meta.url));
  const holder = spawn(process.execPath, [program, file, `${SILENCE_MS}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(holder);
  const ended = once(holder, 'exit');
  await once(holder.stdout, 'data');
  await Promise.all(Array.from({ length: WITHOUT_END }, () => started(endless)));
  await new Promise((resolve) => setTimeout(resolve, 3 * SILENCE_MS));
  holder.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});
