/** What tests of a runtime that is kept share: the runtime in a process of its own, and what it says. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { vi } from 'vitest';
import { loadAddon } from '../../src/kernel/addon.ts';
import { removeInstance } from '../../src/kernel/pins.ts';
import { removeTree } from '../remove-tree.ts';

const HOLDER = new URL('./programs/hold-runtime.ts', import.meta.url).pathname;
export const CGROUP2 = loadAddon().hostFacts().cgroup2!;

// biome-ignore lint/suspicious/noExplicitAny: lines of JSON, looked at by the tests
export type Said = Record<string, any>;

export interface HeldRuntime {
  child: ChildProcess;
  said: Said[];
  ask(request: object): void;
  /** The first thing said that has this key and passes, now or later. */
  hears(key: string, passes?: (value: Said) => boolean): Promise<Said>;
  kill(): Promise<void>;
}

const children: ChildProcess[] = [];
const cgroups: string[] = [];
const places: { directory: string; instance: string }[] = [];
let count = 0;

/** A directory with a policy, and an instance of its own. */
export function keptPlace(policy: string): { directory: string; instance: string } {
  const directory = mkdtempSync(join(tmpdir(), 'warder-kept-'));
  writeFileSync(join(directory, 'policy.yaml'), policy);
  const place = { directory, instance: `test-${process.pid}-${Date.now().toString(36)}-${++count}` };
  places.push(place);
  return place;
}

export function holdRuntime({ directory, instance }: { directory: string; instance: string }, silenceMs = 0) {
  const child = spawn(process.execPath, [HOLDER, directory, instance, String(silenceMs)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  });
  children.push(child);
  const said: Said[] = [];
  createInterface({ input: child.stdout! }).on('line', (line) => {
    const words = whole(line);
    if (words) said.push(words);
  });
  const held: HeldRuntime = {
    child,
    said,
    ask: (request) => child.stdin!.write(`${JSON.stringify(request)}\n`),
    hears: (key, passes = () => true) =>
      eventually(() => {
        const found = said.find((line) => key in line && passes(line[key]));
        if (!found) throw new Error(`nothing of '${key}' was said: ${JSON.stringify(said.slice(-5))}`);
        return found[key];
      }),
    kill: () => killed(child),
  };
  return held;
}

/** What an agent prints comes this way too, and the last words of a killed runtime are cut. */
function whole(line: string): Said | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 60_000, interval: 20 });
}

export async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** A process of the test's own. It ends with the test. */
export function spawned(command: string, args: string[], cgroup?: string): ChildProcess {
  const child = spawn(
    '/bin/sh',
    ['-c', `${cgroup ? `echo $$ > ${cgroup}/cgroup.procs && ` : ''}exec "$@"`, 'sh', command, ...args],
    { stdio: ['pipe', 'pipe', 'ignore'] },
  );
  children.push(child);
  return child;
}

export function testCgroup(name = `warder-test-${process.pid}-${++count}`, make = true): string {
  const path = join(CGROUP2, name);
  if (make) mkdirSync(path);
  cgroups.push(path);
  return path;
}

/** For afterEach. */
export async function cleanUpKept(): Promise<void> {
  for (const child of children.splice(0)) await killed(child);
  for (const cgroup of cgroups.splice(0)) await emptied(cgroup);
  for (const { directory, instance } of places.splice(0)) {
    for (const run of runsIn(join(directory, 'runtime', 'runs'))) await emptied(join(CGROUP2, 'warder', run));
    removeInstance(instance);
    removeTree(directory);
  }
}

function runsIn(directory: string): string[] {
  try {
    return readdirSync(directory).flatMap((name) => /^([0-9a-f-]{36})\.json$/.exec(name)?.[1] ?? []);
  } catch {
    return [];
  }
}

async function emptied(cgroup: string): Promise<void> {
  try {
    writeFileSync(join(cgroup, 'cgroup.kill'), '1');
  } catch {
    return; // it is not there
  }
  await eventually(() => rmdirSync(cgroup));
}
