/** What tests of the launcher share: a cgroup of one test, and a launcher with its control channel. */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import { loadAddon } from '../../src/kernel/addon.ts';

export const LAUNCHER = fileURLToPath(new URL('../../build/warder-launch', import.meta.url));
export const CONTROL_FD = 3;
const WALLS_FD = 4;

let cgroups = 0;
const made: string[] = [];
const launched: Launched[] = [];

/** A command that a shell runs. */
export const shell = (script: string) => ['/bin/sh', '-c', script];

/** A description of walls of these words. */
export const described = (...words: string[]) =>
  ['warder-walls', '1', ...words, 'end'].map((word) => `${word}\0`).join('');

/** A new, empty cgroup. */
export function makeCgroup(): string {
  const { cgroup2 } = loadAddon().hostFacts();
  if (cgroup2 === null)
    throw new Error('kernel tests need cgroup2: mount -t cgroup2 none /sys/fs/cgroup/unified');
  const path = join(cgroup2, `warder-test-${process.pid}-${++cgroups}`);
  mkdirSync(path);
  made.push(path);
  return path;
}

export function processesIn(cgroup: string): number[] {
  return readFileSync(join(cgroup, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
}

/** Tries until it does not throw; a loaded machine may take its time. */
export function eventually<T>(check: () => T): Promise<T> {
  return vi.waitFor(check, { timeout: 60_000, interval: 5 });
}

export function untilEmpty(cgroup: string): Promise<void> {
  return eventually(() => {
    if (processesIn(cgroup).length > 0) throw new Error(`${processesIn(cgroup)} are still in ${cgroup}`);
  });
}

/** For afterEach. */
export async function cleanUp(): Promise<void> {
  for (const { process: child } of launched.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  }
  for (const cgroup of made.splice(0)) {
    writeFileSync(join(cgroup, 'cgroup.kill'), '1');
    await untilEmpty(cgroup);
    await eventually(() => rmdirSync(cgroup));
  }
}

export interface Launched {
  process: ChildProcess;
  cgroup: string;
  control: Socket;
  /** All that the launcher has said. */
  lines: string[];
  /** What the command wrote to its standard output. */
  output: () => string;
  /** The first line that matches, now or later. */
  said(pattern: RegExp): Promise<string>;
  /** [exit code, signal] of the launcher. */
  ended: Promise<[number | null, NodeJS.Signals | null]>;
}

export interface LaunchOptions {
  cgroup?: string;
  flags?: string[];
  environment?: NodeJS.ProcessEnv;
  /** Instead of pipes for 0, 1, 2. */
  stdio?: StdioOptions;
  /** A description of walls (native/launcher/walls.h), written to descriptor 4, which `stdio` has as a pipe. */
  walls?: Buffer | string;
  /** Instead of the launcher itself, with its arguments behind. */
  through?: string[];
}

/** Starts the launcher; nothing has been said to it. */
export function start(command: string[], options: LaunchOptions = {}): Launched {
  const cgroup = options.cgroup ?? makeCgroup();
  const flags = ['--cgroup', cgroup, '--control-fd', String(CONTROL_FD), ...(options.flags ?? [])];
  if (options.walls !== undefined) flags.push('--walls-fd', String(WALLS_FD));
  const [program, ...args] = [...(options.through ?? []), LAUNCHER, ...flags, '--', ...command];
  const child = spawn(program!, args, {
    stdio: options.stdio ?? [
      'pipe',
      'pipe',
      'inherit',
      'pipe',
      ...(options.walls === undefined ? [] : ['pipe' as const]),
    ],
    env: options.environment ?? process.env,
  });
  const lines: string[] = [];
  const control = child.stdio[CONTROL_FD] as Socket;
  control.on('error', () => {});
  if (options.walls !== undefined) {
    const walls = child.stdio[WALLS_FD] as Socket;
    walls.on('error', () => {}); // a description that is refused before its end
    walls.end(options.walls);
  }
  createInterface({ input: control })
    .on('line', (line) => lines.push(line))
    .on('error', () => {}); // the launcher ended with words of ours unread
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  const result: Launched = {
    process: child,
    cgroup,
    control,
    lines,
    output: () => output,
    said: (pattern) =>
      eventually(() => {
        const found = lines.find((line) => pattern.test(line));
        if (found === undefined) throw new Error(`${pattern} is not among: ${lines.join(' | ')}`);
        return found;
      }),
    ended: once(child, 'close') as Launched['ended'],
  };
  launched.push(result);
  return result;
}

/** Starts a command and lets it go at once; resolves when the launcher has ended. */
export async function run(
  command: string[],
  options: LaunchOptions = {},
): Promise<Launched & { code: number | null }> {
  const agent = start(command, options);
  await Promise.race([agent.said(/^pid /).then(() => agent.control.write('go\n')), agent.ended]).catch(
    () => {},
  );
  const [code] = await agent.ended;
  return { ...agent, code };
}

/** Starts a command and lets it go; resolves when it runs. */
export async function running(
  command: string[],
  options: LaunchOptions = {},
): Promise<Launched & { pid: number }> {
  const agent = start(command, options);
  const pid = await held(agent);
  agent.control.write('go\n');
  await agent.said(/^started$/);
  return { ...agent, pid };
}

/** The pid of the child once it waits at the gate. */
export async function held(agent: Launched): Promise<number> {
  return Number((await agent.said(/^pid /)).split(' ')[1]);
}
