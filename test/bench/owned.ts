/**
 * Whose a directory of the benchmark is, and the end of those whose owner was killed: kill -9 runs no clean-up.
 *
 * In:     directories with a list in them: a line for the benchmark that made it, and one for each service that has its
 *         state there. A process is known by its pid and start time, as pids come again.
 * Out:    of dead owners: services ended, what a runtime left in the kernel taken out, directories removed. What a living
 *         benchmark has, or nobody said who, is left alone.
 */
import { appendFileSync, existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { instanceOf, removeInstance } from '../../src/kernel/pins.ts';
import { removeTree } from '../remove-tree.ts';

export const PREFIX = 'warder-bench-';
const LIST = '.processes';
/** A service that is told to stop has so long before it is killed. */
const STOP_MS = 10_000;

/** Clock ticks since boot at which the process started; undefined where there is none, or it has ended and waits to be reaped. */
export function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** Notes a process in the directory's list; the first is its owner. */
export function noteProcess(directory: string, pid: number): void {
  appendFileSync(join(directory, LIST), `${pid} ${startOf(pid)}\n`);
}

interface Noted {
  pid: number;
  alive: boolean;
}

function processesOf(directory: string): Noted[] {
  if (!existsSync(join(directory, LIST))) return [];
  const lines = readFileSync(join(directory, LIST), 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [pid, start] = line.split(' ');
    return { pid: Number(pid), alive: startOf(Number(pid)) === start };
  });
}

/** Removes what killed benchmarks left below `places`. Returns what was removed. */
export async function sweep(places: readonly string[]): Promise<string[]> {
  const removed: string[] = [];
  for (const directory of places.flatMap(ours)) {
    const [owner, ...services] = processesOf(directory);
    if (!owner || owner.alive) continue;
    for (const { pid, alive } of services) if (alive) await end(pid);
    for (const state of readdirSync(directory))
      removeInstance(instanceOf(realpathSync(join(directory, state))));
    removeTree(directory);
    removed.push(directory);
  }
  return removed;
}

function ours(place: string): string[] {
  return readdirSync(place)
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => join(place, name));
}

async function end(pid: number): Promise<void> {
  const start = startOf(pid);
  const limit = performance.now() + STOP_MS;
  process.kill(pid, 'SIGTERM');
  while (startOf(pid) === start && performance.now() < limit) await sleep(20);
  if (startOf(pid) === start) process.kill(pid, 'SIGKILL');
  while (startOf(pid) === start) await sleep(5);
}
